#!/usr/bin/env python3
"""Folders that are no repository or half of one, and repositories that want programs run: what is wrong is named, the
rest is scanned, nothing is executed. Usage in tests/support/outside.py."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from bad_repository import BadCase, loose  # noqa: E402
from outside import main, token  # noqa: E402


class BadLayouts(BadCase):
    def refused(self, target, *names):
        """Nothing could be opened."""
        result = self.run_to_end("git", "-f", "jsonl", "--no-progress", target)
        self.assertIn(result.code, (2, 3), result.err)
        said = result.err if result.code == 2 else str(result.summary["incomplete"])
        for name in names:
            self.assertIn(name, said)

    def test_empty(self):
        r = self.repo()
        self.tells(r)
        bare = self.repo("b.git", "--bare")
        self.tells(bare)

    def test_not_a_repository(self):
        os.mkdir(self.path("folder"))
        self.write("file", "x")
        for name in ("folder", "file", "nowhere"):
            self.refused(name, name)

    def test_file_with_nonsense(self):
        for i, text in enumerate((b"", b"nonsense", b"gitdir:", b"gitdir: \n", b"gitdir: /nowhere\n", b"gitdir: .git\n",
                                  b"gitdir: ..\n", b"gitdir: \0/\n", b"\xff" * 100_000)):
            self.write(f"r{i}/.git", text)
            self.refused(f"r{i}", f"r{i}/.git")
        os.mkdir(self.path("pipe"))
        os.mkfifo(self.path("pipe/.git"))
        self.refused("pipe", "pipe/.git")

    def test_head_with_nonsense(self):
        for i, text in enumerate((b"", b"nonsense\n", b"ref: \n", b"ref: ../../etc/passwd\n", b"\0" * 5000)):
            r, _ = self.good(f"r{i}")
            r.write(".git/HEAD", text)
            self.refused(r.path, "HEAD")

    def test_config_with_nonsense(self):
        for i, (text, name) in enumerate(((b"[", "config"), (b"[core]\nx = \"\n", "config"), (b"\0\xff[[[", "config"),
                                          (b"[extensions]\nobjectformat = md5\n[core]\nrepositoryformatversion = 1",
                                           "md5"),
                                          (b"[extensions]\nrefstorage = reftable\n[core]\nrepositoryformatversion = 1",
                                           "reftable"))):
            r, _ = self.good(f"r{i}")
            r.write(".git/config", text)
            self.refused(r.path, name)

    def test_one_of_several(self):
        r, here = self.good()
        os.mkdir(self.path("folder"))
        result = self.scan(self.path("folder"), r, self.path("nowhere"), code=1)
        self.assertEqual(self.secrets(result), [here[0]])
        said = str(result.summary["incomplete"])
        self.assertIn(self.path("folder"), said)
        self.assertIn(self.path("nowhere"), said)
        self.assertFalse(result.summary["complete"])

    def test_alternates(self):
        r, here = self.good()
        other, also = self.good("other")
        r.write(".git/objects/info/alternates",
                f"/nowhere/objects\n{r.file('objects')}\n# a comment\n\n{other.file('objects')}\n/dev/null\n")
        other.write(".git/objects/info/alternates", r.file("objects") + "\n")
        other.blob(token(2))
        result = self.tells(r, "/nowhere/objects", found=[here])
        self.assertIn(token(2), self.secrets(result))
        self.assertTrue(also)

    def test_submodule_that_is_broken(self):
        r, here = self.good()
        r.write(".git/modules/bad/HEAD", "nonsense\n")
        os.makedirs(r.file("modules/bad/refs"))
        os.makedirs(r.file("modules/bad/objects"))
        os.symlink("/", r.file("modules/everything"))
        self.tells(r, "modules/bad", found=[here])

    def test_submodules_behind_a_link(self):
        r, here = self.good()
        other, _ = self.good("others/other")
        other.commit(files={"x": token(2)})
        os.rename(other.file(""), self.path("others/modules"))
        os.symlink(self.path("others"), r.file("modules"))
        result = self.tells(r, found=[here])
        self.assertEqual(self.secrets(result), [here[0]])

    def test_of_another_user(self):
        r, here = self.good()
        self.give_away(r)
        self.tells(r, found=[here])

    def test_index_of_version_1(self):
        r, here = self.good()
        r.git("-c", "pack.indexVersion=1", "repack", "-adq")
        result = self.scan(r)
        self.assertTrue(here[0] in self.secrets(result) or result.code == 3)


class Hostile(BadCase):
    """Every setting that names a program names one that leaves a trace."""

    def arm(self, r):
        marker = self.path("marker")
        self.write("program", f"#!/bin/sh\necho \"$0 $@\" >> {marker}\ncat\nexit 0\n")
        program = self.path("program")
        os.chmod(program, 0o755)
        self.write("included", f"[core]\n\tfsmonitor = {program}\n\tpager = {program}\n")
        for name in ("fsmonitor", "pager", "editor", "sshCommand", "askPass", "gitProxy", "alternateRefsCommand"):
            r.git("config", "core." + name, program)
        for name, value in (
                ("core.hooksPath", self.path("hooks")), ("core.attributesFile", self.path("attributes")),
                ("diff.external", program), ("diff.evil.command", program), ("diff.evil.textconv", program),
                ("diff.evil.cachetextconv", "true"), ("filter.evil.clean", program), ("filter.evil.smudge", program),
                ("filter.evil.process", program), ("filter.evil.required", "true"), ("merge.evil.driver", program),
                ("credential.helper", "!" + program), ("gpg.program", program), ("gpg.ssh.program", program),
                ("sequence.editor", program), ("uploadpack.packObjectsHook", program), ("pager.log", program),
                ("interactive.diffFilter", program), ("alias.log", "!" + program), ("alias.cat-file", "!" + program),
                ("log.showSignature", "true"), ("remote.origin.url", "ext::" + program), ("protocol.allow", "always"),
                ("protocol.ext.allow", "always"), ("remote.origin.promisor", "true"),
                ("remote.origin.uploadpack", program), ("remote.origin.vcs", "evil"),
                ("extensions.partialClone", "origin"), ("core.repositoryFormatVersion", "1"),
                ("include.path", self.path("included")), ("includeIf.gitdir:/**.path", self.path("included")),
                ("trailer.x.command", program), ("submodule.x.update", "!" + program), ("browser.x.cmd", program)):
            r.git("config", name, value)
        self.write("attributes", "* diff=evil filter=evil merge=evil\n")
        r.write(".git/info/attributes", "* diff=evil filter=evil merge=evil\n")
        for name in ("pre-commit", "post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman",
                     "pre-auto-gc", "post-rewrite", "pre-push"):
            for folder in (self.path("hooks"), r.file("hooks")):
                os.makedirs(folder, exist_ok=True)
                shutil.copy(program, os.path.join(folder, name))
        return marker

    def test_nothing_is_executed(self):
        r, here = self.good()
        r.write(".gitattributes", "* diff=evil filter=evil merge=evil\n")
        lost = r.commit(files={"a": token(2), "b": "harmless"})
        replaced, harmless = r.head("HEAD:a"), r.head("HEAD:b")
        r.git("replace", replaced, harmless)
        r.write(".git/info/grafts", f"{lost}\n")
        missing = r.commit(files={"c": "c"})
        gone = r.head("HEAD:c")
        marker = self.arm(r)
        # A trace is left where git does as it is told: else this test could not fail.
        r.git("diff", "HEAD~1", fails=None)
        self.assertTrue(os.path.exists(marker))
        os.unlink(marker)
        os.unlink(loose(r, gone))  # a partial clone would fetch it
        for scope in self.scopes():
            result = self.scan(*scope, r)
            self.assertFalse(os.path.exists(marker), scope)
            if not scope:
                self.assertEqual(result.code, 1)
                told = {(o["secret"]["value"], o.get("commit", ""), o["path"], o["line"])
                        for o in result.lines("occurrence")}
                self.assertEqual(told, {here, (token(2), lost, "a", 1)}, "as it is, nothing replaced or grafted")
        self.assertTrue(missing)

    def scopes(self):
        known = self.run_to_end("git", "--help").out
        yield []
        for option, *values in (("--staged",), ("--pre-commit",), ("--unstaged",), ("--range", "HEAD~1..HEAD"),
                                ("--since-commit", "HEAD~1"), ("--branch", "main"), ("--log-opts", "--all"),
                                ("--whole-files", "--range", "HEAD~1..HEAD")):
            if option + " " in known or option + "," in known or option + "\n" in known:
                yield [option, *values]

if __name__ == "__main__":
    main()
