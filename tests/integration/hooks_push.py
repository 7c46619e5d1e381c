#!/usr/bin/env python3
"""Hooks of a push, the client's and the server's, run by git itself. Usage in tests/support/outside.py."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from hook_outside import HookCase, read  # noqa: E402
from outside import main, token  # noqa: E402

# Rules of a fork that wants nothing found.
ALL_OFF = '''[extend]
useDefault = true
[[allowlists]]
description = "everything"
regexes = [\'\'\'.*\'\'\']
paths = [\'\'\'.*\'\'\']
'''


class Push(HookCase):
    def remote(self, *options):
        self.bare = self.repo("bare.git", "--bare")
        r = self.installed(*options)
        r.git("remote", "add", "origin", self.bare.path)
        return r

    def bad(self, r, name, number, *more):
        r.write(name, f"{token(number)}\n")
        r.git("add", "-A")
        r.git("commit", "-q", "--no-verify", "-m", f"commit {number}", *more)
        return r.head()

    def test_only_what_the_remote_has_not(self):
        r = self.remote()
        old = self.bad(r, "old.txt", 1)
        self.blocked(self.run_git(r, "push", "origin", "main"), old[:12], "old.txt:1", secret=token(1))
        r.git("push", "-q", "--no-verify", "origin", "main")
        r.commit(files={"b.txt": "b\n"})
        self.assertNotIn("staunch:", self.run_git(r, "push", "origin", "main", "main:refs/heads/new", code=0).all)
        r.git("checkout", "-q", "-b", "topic")
        new = self.bad(r, "t.txt", 2)
        done = self.run_git(r, "push", "origin", "topic")
        self.blocked(done, new[:12], "t.txt:1")
        self.assertNotIn("old.txt", done.all)
        r.git("rm", "-q", "t.txt")
        r.git("commit", "-qm", "gone again")
        self.blocked(self.run_git(r, "push", "origin", "topic"), new[:12])
        r.git("reset", "-q", "--hard", "main")
        self.run_git(r, "push", "origin", "topic", code=0)
        self.run_git(r, "push", "origin", ":topic", code=0)

    def test_forced_and_unknown(self):
        """Over what another clone pushed meanwhile and was never fetched."""
        r = self.remote()
        r.git("push", "-q", "origin", "main")
        other = self.clone(self.bare, "other")
        other.commit(files={"o.txt": "o\n"})
        other.git("push", "-q", "origin", "main")
        r.git("commit", "-q", "--amend", "-m", "again")
        self.run_git(r, "push", "-f", "origin", "main", code=0)
        self.bad(r, "x.txt", 1)
        self.blocked(self.run_git(r, "push", "-f", "origin", "main"), "x.txt:1")

    def test_tags_and_what_is_no_commit(self):
        r = self.remote()
        r.git("push", "-q", "origin", "main")
        r.git("tag", "-a", "-m", f"says {token(1)}", "v1")
        self.blocked(self.run_git(r, "push", "origin", "v1"), "(tag message)")
        blob = r.blob(f"{token(2)}\n")
        self.blocked(self.run_git(r, "push", "origin", f"{blob}:refs/tags/blob"), blob[:12])
        tree = r.tree(("100644", "blob", blob, "in.txt"))
        self.blocked(self.run_git(r, "push", "origin", f"{tree}:refs/tags/tree"), "in.txt:1")

    def test_lines_that_git_never_writes(self):
        r = self.remote()
        for given in (b"nonsense\n", b"refs/heads/main 12 refs/heads/main 34\n", b"a b c d e\n"):
            self.assertEqual(self.hook("pre-push", "origin", "x", repo=r, given=given).code, 2)
        gone = "1234567890" * 4
        done = self.hook("pre-push", "origin", "x", repo=r, given=f"x {gone} refs/heads/x {'0' * 40}\n".encode())
        self.assertEqual(done.code, 3, done.all)


class Receive(HookCase):
    def server(self, *options, **files):
        """A bare repository with our hook, and a clone of it."""
        first = self.repo("first")
        first.commit(files=files or {"a.txt": "one\n"})
        self.bare = self.clone(first, "bare.git", "--bare", bare=True)
        self.bare.git("config", "receive.advertisePushOptions", "true")
        self.bare.git("remote", "remove", "origin")
        done = self.hook("install", "--server", *options, ".", repo=self.bare)
        self.assertEqual(done.code, 0, done.err)
        return self.clone(self.bare, "work")

    def test_a_push_is_blocked_and_leaves_nothing(self):
        r = self.server()
        bad = r.commit(files={"b.txt": f"{token(1)}\n"})
        done = self.run_git(r, "push", "origin", "main")
        self.blocked(done, "b.txt:1", bad[:12], ".staunchignore", secret=token(1))
        self.assertNotIn("--no-verify", done.all)
        self.assertNotIn("staunch.skip", done.all)
        self.bare.git("cat-file", "-e", bad, fails=True)
        (line,) = self.log(self.bare, "")
        self.assertEqual((line["hook"], line["decision"], line["refs"]),
                         ("pre-receive", "blocked", ["refs/heads/main"]))
        self.assertEqual((line["findings"][0]["path"], line["findings"][0]["commit"]), ("b.txt", bad))
        self.assertNotIn(token(1), json.dumps(line))

    def test_longer_ids(self):
        """A first push of a repository of SHA-256, and of a secret that its own next commit takes away."""
        bare = self.repo("long.git", "--bare", "--object-format=sha256")
        self.assertEqual(self.hook("install", "--server", ".", repo=bare).code, 0)
        r = self.repo("long", "--object-format=sha256")
        r.git("remote", "add", "origin", bare.path)
        bad = r.commit(files={"b.txt": f"{token(1)}\n"})
        r.commit(files={"b.txt": "fine\n"})
        self.blocked(self.run_git(r, "push", "origin", "main"), bad[:12], "b.txt:1", secret=token(1))
        r.git("checkout", "-q", "--orphan", "clean")
        r.git("commit", "-qm", "clean")
        self.assertNotIn("staunch:", self.run_git(r, "push", "origin", "clean", code=0).all)

    def test_refs_of_all_kinds(self):
        r = self.server()
        r.commit(files={"b.txt": "b\n"})
        self.run_git(r, "push", "origin", "main", "main:topic", "main:refs/odd/ref", code=0)
        self.run_git(r, "push", "origin", ":topic", code=0)
        r.git("commit", "-q", "--amend", "-m", "other")
        self.run_git(r, "push", "-f", "origin", "main", code=0)
        r.commit(files={"c.txt": token(1)})
        self.blocked(self.run_git(r, "push", "origin", "main:refs/odd/other", ":refs/odd/ref"), "c.txt:1")
        r.git("reset", "-q", "--hard", "HEAD^")
        r.git("tag", "-am", token(2), "v1")
        self.blocked(self.run_git(r, "push", "origin", "v1"), "(tag message)")
        r.git("notes", "add", "-m", token(3))
        self.blocked(self.run_git(r, "push", "origin", "refs/notes/commits"), "notes")
        self.blocked(self.run_git(r, "push", "origin", f"{r.blob(token(4))}:refs/tags/b"), "(blob ")
        shallow = self.clone(self.bare, "shallow", "--depth", "1")
        shallow.commit(files={"s.txt": token(5)})
        self.blocked(self.run_git(shallow, "push", "origin", "HEAD:refs/heads/s"), "s.txt:1")

    def test_only_what_is_new(self):
        r = self.server(**{"a.txt": f"{token(1)}\n"})
        r.commit(files={"b.txt": "b\n"})
        self.assertNotIn("staunch:", self.run_git(r, "push", "origin", "main", "main:more", code=0).all)

    def test_the_first_push(self):
        empty = self.repo("empty.git", "--bare")
        self.assertEqual(self.hook("install", "--server", ".", repo=empty).code, 0)
        r = self.repo()
        r.commit(files={"a.txt": token(1)})
        r.commit(files={"a.txt": "gone\n"})
        self.blocked(self.run_git(r, "push", empty.path, "main"), "a.txt:1")

    def test_nothing_pushed_switches_it_off(self):
        r = self.server()
        r.write(".staunch.toml", ALL_OFF)
        r.write(".gitleaks.toml", ALL_OFF)
        r.write("b.txt", f"{token(1)} staunch:allow gitleaks:allow\n")
        r.git("add", "-A")
        told = self.run_git(r, "commit", "-qm", "off")
        self.assertEqual(told.code, 0)
        self.assertEqual(self.scan("--range", "HEAD^..HEAD", r, code=0).lines("occurrence"), [])  # it would be off
        done = self.run_git(r, "push", "origin", "main")
        self.blocked(done, "b.txt:1")
        fingerprint = next(line.split()[2] for line in done.all.splitlines() if line.startswith("remote:   ignore"))
        r.write(".staunchignore", f"{fingerprint}\nb.txt:github-pat:1\n")
        r.commit()
        self.blocked(self.run_git(r, "push", "origin", "main"), "b.txt:1")

    def test_the_base_branch_decides(self):
        r = self.server(**{".staunch.toml": ALL_OFF.replace(".*'''", "harmless/.*'''"), "a.txt": "one\n",
                           ".staunchignore": "c.txt:github-pat:1\n"})
        r.commit(files={"harmless/b.txt": token(1), "c.txt": token(2)})
        self.run_git(r, "push", "origin", "main", code=0)
        r.commit(files={"d.txt": token(3)})
        self.blocked(self.run_git(r, "push", "origin", "main"), "d.txt:1")

    def test_a_base_branch_with_a_mistake_can_be_mended(self):
        r = self.server(**{".staunch.toml": "this is no [configuration\n"})
        r.commit(files={".staunch.toml": "[extend]\nuseDefault = true\n"})
        done = self.run_git(r, "push", "origin", "main", code=0)
        self.assertIn("the base branch's configuration is not used", done.all)

    def test_the_servers_configuration_comes_first(self):
        config = self.path("server.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write("[[rules]]\nid = \"only\"\nregex = '''only-[0-9]{6}'''\n")
        r = self.server("-c", config, **{".staunch.toml": ALL_OFF})
        r.commit(files={"a.txt": token(1)})
        self.run_git(r, "push", "origin", "main", code=0)
        r.commit(files={"a.txt": "x = only-123456\n"})
        self.assertIn("a.txt:1", self.run_git(r, "push", "origin", "main", code=1).all)

    def test_let_through_with_a_reason(self):
        r = self.server("--allow-skip", "--log", self.path("log"))
        r.commit(files={"a.txt": token(1)})
        self.blocked(self.run_git(r, "push", "origin", "main"), "git push -o staunch.skip=")
        self.blocked(self.run_git(r, "push", "-o", "staunch.skip=", "origin", "main"), "without a reason")
        done = self.run_git(r, "push", "-o", f"staunch.skip=a decoy: {token(1)}", "origin", "main", code=0)
        self.assertIn("recorded", done.all)
        with open(self.path("log"), encoding="utf-8") as file:
            text = file.read()
        lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([line["decision"] for line in lines], ["blocked", "blocked", "skipped"])
        self.assertTrue(lines[2]["reason"].startswith("a decoy: ghp_"))
        self.assertNotIn(token(1), text)

    def test_a_reason_that_is_not_wanted_or_not_kept(self):
        r = self.server()
        r.commit(files={"a.txt": token(1)})
        self.blocked(self.run_git(r, "push", "-o", "staunch.skip=please", "origin", "main"), "does not allow it")
        self.hook("install", "--server", "--allow-skip", "--log", "/nowhere/log", ".", repo=self.bare)
        self.blocked(self.run_git(r, "push", "-o", "staunch.skip=please", "origin", "main"), "where that is recorded")

    def test_ten_thousand_refs_are_one_run(self):
        r = self.server()
        counted = self.path("counted")
        wrapper = self.path("counting")
        with open(wrapper, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho >>'{counted}'\nexec '{self.program}' \"$@\"\n")
        os.chmod(wrapper, 0o755)
        name = os.path.join(self.bare.path, "hooks/pre-receive")
        text = read(name)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text.replace(self.program, wrapper))
        base = r.head()
        stream = []
        for number in range(10_000):
            body = f"{number}\n" + (f"{token(number)}\n" if number == 7777 else "")
            stream.append(f"commit refs/heads/b{number}\ncommitter Ann <a@b.example> {1_700_000_000 + number} +0000\n"
                          f"data 1\nx\nfrom {base}\nM 100644 inline f\ndata {len(body)}\n{body}\n")
        r.git("fast-import", "--quiet", given="".join(stream).encode())
        done = self.run_git(r, "push", "origin", "refs/heads/b*:refs/heads/b*")
        self.blocked(done, "a secret", "f:2")
        self.assertEqual(read(counted).count("\n"), 1)

    def test_time_runs_out_in_git(self):
        self.server()
        self.write("slow/git", "#!/bin/sh\nexec sleep 60\n")
        os.chmod(self.path("slow/git"), 0o755)
        given = f"{'0' * 40} {self.bare.head('main')} refs/heads/x\n".encode()
        for answer, code in (("allow", 0), ("block", 3)):
            done = self.hook("pre-receive", "--budget=0.2", f"--on-timeout={answer}", repo=self.bare, given=given,
                             PATH=self.path("slow") + ":" + self.bare.environment["PATH"])
            self.assertEqual(done.code, code, done.all)
            self.assertIn("in 0.2 s", done.err)

    def test_time_runs_out(self):
        r = self.server("--budget", "0.001")
        r.commit(files={f"f{number}": "x = 'padding of a line'\n" * 60000 for number in range(20)})
        self.assertIn("BLOCKED: not all", self.run_git(r, "push", "origin", "main", code=1).all)
        self.hook("install", "--server", "--budget", "0.001", "--on-timeout", "allow", ".", repo=self.bare)
        self.assertIn("let through", self.run_git(r, "push", "origin", "main", code=0).all)
        self.assertEqual([line["decision"] for line in self.log(self.bare, "")],
                         ["out of time: blocked", "out of time: allowed"])

if __name__ == "__main__":
    main()
