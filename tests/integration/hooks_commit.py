#!/usr/bin/env python3
"""Hooks of a commit, installed as a user would, run by git itself. Usage in tests/support/outside.py."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import Repo  # noqa: E402
from hook_outside import HookCase  # noqa: E402
from outside import main, token  # noqa: E402

# One value that stands on five lines.
HALVES = r"[[rules]]" "\nid = 'github-pat'\n" r"regex = '(begin_[0-9a-f]{8}\n(?:.*\n){3}end_[0-9a-f]{8})'" "\n"


class Commit(HookCase):
    def test_a_block_says_all_and_silence_is_clean(self):
        r = self.installed()
        r.write("a.txt", f"one\n{token(1)}\n")
        r.git("add", "-A")
        done = self.run_git(r, "commit", "-q", "-m", "x", FORCE_COLOR="1", CLICOLOR_FORCE="1")
        self.blocked(done, "a.txt:2", "checksum", "revoke it at GitHub", "staunch:allow", ".staunchignore",
                     "--no-verify", secret=token(1))
        self.assertNotIn("\x1b", done.all)
        r.write("a.txt", f"one\n{token(1)}  # staunch:allow made up for this test\n")
        r.git("add", "-A")
        self.assertEqual(self.run_git(r, "commit", "-q", "-m", "x", code=0).all, "")
        r.write("b.txt", token(2))
        r.git("add", "-A")
        ignored = next(line.split()[1] for line in self.run_git(r, "commit", "-qm", "x").all.splitlines()
                       if line.startswith("  ignore"))
        r.write(".staunchignore", f"{ignored} # made up\n")
        self.assertEqual(self.run_git(r, "commit", "-q", "-m", "x", code=0).all, "")

    def test_parts_of_the_index(self):
        r = self.installed()
        r.write("b.txt", token(1))
        r.git("add", "b.txt")
        r.write("a.txt", "two\n")
        self.run_git(r, "commit", "-qm", "only a", "a.txt", code=0)
        r.write("a.txt", f"{token(2)}\n")
        self.blocked(self.run_git(r, "commit", "-qm", "only a", "a.txt"), "a.txt:1")

    def test_messages(self):
        r = self.installed()
        self.blocked(self.run_git(r, "commit", "--allow-empty", "-m", "one", "-m", f"two {token(1)}"),
                     "(commit message):3:5", secret=token(1))
        r.git("worktree", "add", "-q", "../linked")
        linked = Repo(self.path("linked"), self.folder, made=True)
        done = self.run_git(linked, "commit", "--allow-empty", "-m", f"two {token(1)}")
        self.blocked(done, f"yours is in {r.path}/.git/worktrees/linked/COMMIT_EDITMSG")
        self.run_git(r, "commit", "--allow-empty", "-m", f"{token(1)} staunch:allow, made up", code=0)
        # What `git commit -v` shows below the scissors is not the message: here, a line that goes.
        r.write("a.txt", f"{token(2)}\n")
        r.git("commit", "-q", "--no-verify", "-am", "in")
        r.write("a.txt", "gone\n")
        self.run_git(r, "commit", "-q", "-v", "-a", code=0, GIT_EDITOR="sh -c 'sed -i 1s/^/out/ \"$1\"' -")

    def test_states_of_a_repository(self):
        r = self.installed()
        base = r.head()
        r.git("checkout", "-q", "--detach")
        r.write("a.txt", token(1))
        r.git("add", "-A")
        self.blocked(self.run_git(r, "commit", "-qm", "detached"))
        r.git("reset", "-q", "--hard")
        r.git("checkout", "-q", "--orphan", "other")
        r.write("a.txt", token(1))
        r.git("add", "-A")
        self.blocked(self.run_git(r, "commit", "-qm", "unborn"))
        r.git("reset", "-q", "--hard", base)
        linked = os.path.join(self.folder, "linked")
        r.git("worktree", "add", "-q", linked, base)
        work = Repo(linked, self.folder, made=True)
        os.makedirs(linked + "/sub")
        work.write("sub/w.txt", token(3))
        work.git("add", "-A")
        inside = Repo(linked + "/sub", self.folder, made=True)
        self.blocked(self.run_git(inside, "commit", "-qm", "x"), "sub/w.txt:1")

    def test_repositories_that_few_programs_read(self):
        """With longer ids, a split or a sparse index."""
        files = {"a.txt": "one\n", "in/b.txt": "b\n", "out/c.txt": "c\n"}
        for name, init, *setting in (("long", ["--object-format=sha256"]),
                                     ("split", [], "update-index", "--split-index"),
                                     ("sparse", [], "sparse-checkout", "set", "--sparse-index", "in")):
            r = self.installed(name=name, init=init, **files)
            if setting:
                r.git(*setting)
            r.write("in/b.txt", f"{token(1)}\n")
            r.git("add", "-A")
            self.blocked(self.run_git(r, "commit", "-qm", name), "in/b.txt:1", secret=token(1))
            r.write("in/b.txt", "fine\n")
            r.git("add", "-A")
            self.assertEqual(self.run_git(r, "commit", "-qm", name, code=0).all, "")

    def test_of_another_user(self):
        r = self.installed()
        r.write("a.txt", f"{token(1)}\n")
        r.git("add", "-A")
        self.give_away(r)
        r.git("status", fails=True, GIT_CONFIG_COUNT="0")  # git itself wants nothing to do with it
        self.blocked(self.hook("pre-commit", repo=r, GIT_CONFIG_COUNT="0"), "a.txt:1")

    def test_without_a_head(self):
        """A repository without one is none, which is said: silence would pass for clean."""
        r = self.installed()
        r.write("a.txt", token(1))
        r.git("add", "-A")
        os.unlink(r.file("HEAD"))
        self.assertEqual(self.hook("pre-commit", repo=r).code, 2)
        for text in ("", "nonsense\n", "ref: refs/heads/../../x\n"):
            r.write(".git/HEAD", text)
            done = self.hook("pre-commit", repo=r)
            self.assertIn(done.code, (2, 3), done.all)
            self.assertIn("HEAD", done.err)
        r.write(".git/HEAD", "ref: refs/heads/other\n")  # a branch that is not there yet: all is new
        self.blocked(self.hook("pre-commit", repo=r), "a.txt:1")

    def test_names_from_hell(self):
        r = self.installed()
        names = [b"-rf", b"new\nline", b"\x1b[31mred\x1b[0m", b"quote\"'$(touch x)`", b"\xff\xfe",
                 "\u202egpj".encode(), b" ", b"*"]
        for number, name in enumerate(names):
            r.write(name, f"{token(number)}\n")
        r.git("add", "-A")
        done = self.run_git(r, "commit", "-qm", "x")
        self.blocked(done, "8 secrets")
        for bad in ("\x1b", "\u202e", "new\nline"):
            self.assertNotIn(bad, done.all)
        self.assertFalse(os.path.exists(r.path + "/x"))

    def test_merges(self):
        """A merge brings in what none of its parents has."""
        r = self.installed()
        r.git("checkout", "-q", "-b", "side")
        r.write("a.txt", f"side\n{token(1)}\n")
        r.write("s.txt", f"{token(2)}\n")
        r.git("add", "-A")
        r.git("commit", "-q", "--no-verify", "-m", "side")
        r.git("checkout", "-q", "main")
        r.commit(files={"a.txt": "main\n"})
        r.git("merge", "side", fails=True)
        r.write("a.txt", f"main\nside\n{token(1)}\n{token(3)}\n")
        r.git("add", "-A")
        done = self.run_git(r, "commit", "-qm", "solved")
        self.blocked(done, "a secret", "a.txt:4", secret=token(3))
        r.write("a.txt", f"main\nside\n{token(1)}\n")
        r.git("add", "-A")
        self.assertEqual(self.run_git(r, "commit", "-qm", "solved", code=0).all, "")

    def test_merges_that_git_makes_alone(self):
        """They run pre-merge-commit, and bring in what no side has: here two halves of one value, a line from each."""
        r = self.installed()
        r.commit(files={".staunch.toml": HALVES, "a.txt": "one\nb\nc\nd\ntwo\n"})
        r.git("checkout", "-q", "-b", "side")
        r.commit(files={"a.txt": "one\nb\nc\nd\nend_12345678\n"})
        r.git("checkout", "-q", "-b", "old", "main")
        r.write("old.txt", "begin_0000000a\nb\nc\nd\nend_0000000a\n")
        r.git("add", "-A")
        r.git("commit", "-q", "--no-verify", "-m", "what is known already")
        r.git("checkout", "-q", "main")
        r.commit(files={"a.txt": "begin_12345678\nb\nc\nd\ntwo\n"})
        before = r.head()
        self.run_git(r, "merge", "--no-edit", "old", code=0)
        self.assertNotEqual(r.head(), before)
        before = r.head()
        self.blocked(self.run_git(r, "merge", "--no-edit", "side"), "a.txt:1")
        self.assertEqual(r.head(), before)
        self.run_git(r, "commit", "-m", "goes on", code=1)  # and is looked at again
        self.run_git(r, "merge", "--abort", code=0)

    def test_files_that_commit_names(self):
        """git makes an index of its own for `git commit FILE`: of the others nothing counts."""
        r = self.installed()
        r.commit(files={"b.txt": "b\n", "c d.txt": "c\n"})
        r.write("a.txt", token(1))
        r.git("add", "a.txt")
        r.write("b.txt", "b\nfine\n")
        self.run_git(r, "commit", "-qm", "only b", "b.txt", code=0)
        r.write("c d.txt", f"c\n{token(2)}\n")
        self.blocked(self.run_git(r, "commit", "-qm", "only c", "c d.txt"), "c d.txt:2", "a secret", secret=token(2))
        self.blocked(self.run_git(r, "commit", "-qm", "both", "-i", "c d.txt"), "2 secrets", "a.txt:1", "c d.txt:2")
        self.assertEqual(r.git("diff", "--cached", "--name-only"), "a.txt")

    def test_reverts(self):
        """A revert brings back what was taken away."""
        r = self.installed()
        r.write("a.txt", token(1))
        r.git("commit", "-q", "--no-verify", "-am", "bad")
        r.commit(files={"a.txt": "clean again\n"})
        done = self.run_git(r, "revert", "--no-edit", "HEAD")
        if done.code == 0:  # git has run no pre-commit: the push is where it stops
            done = self.run_git(r, "push", self.repo("bare.git", "--bare").path, "main")
        self.blocked(done, "a.txt:1")

    def test_conflicts_in_the_index(self):
        r = self.installed()
        for branch, text in (("one", f"{token(1)}\n"), ("two", f"{token(2)}\n")):
            r.git("checkout", "-q", "-b", branch, "main")
            r.write("a.txt", text)
            r.git("commit", "-q", "--no-verify", "-am", branch)
        r.git("merge", "one", fails=True)
        done = self.hook("pre-commit", repo=r)
        self.assertEqual(done.code, 0, done.all)  # each version is one parent's

    def test_rebase(self):
        r = self.installed()
        first = r.head()
        r.commit("fine", files={"b.txt": "b\n"})
        r.write("c.txt", f"{token(1)}\n")
        r.git("add", "-A")
        r.git("commit", "-q", "--no-verify", "-m", "bad")
        r.commit("fine too", files={"d.txt": "d\n"})
        edit = "sh -c 'sed -i s/^pick/reword/ \"$1\"' -"
        self.run_git(r, "rebase", "-i", first, code=0, GIT_SEQUENCE_EDITOR="sed -i 2s/^pick/edit/", GIT_EDITOR="true")
        r.write("c.txt", f"{token(1)}\n{token(2)}\n")
        r.git("add", "-A")
        self.blocked(self.run_git(r, "commit", "--amend", "--no-edit"), "c.txt")
        r.write("c.txt", "clean\n")
        r.git("add", "-A")
        self.run_git(r, "commit", "--amend", "--no-edit", code=0)
        self.run_git(r, "rebase", "--continue", code=0, GIT_EDITOR="true", GIT_SEQUENCE_EDITOR=edit)
        self.assertEqual(self.scan("--range", f"{first}..HEAD", r, code=0).lines("occurrence"), [])

    def test_an_empty_environment(self):
        r = self.repo()
        r.commit(files={"a.txt": "one\n"})
        r.write("a.txt", token(1))
        r.git("add", "-A")
        self.blocked(self.hook("pre-commit", repo=r, plain=True), "a.txt:1")
        for arguments in (["pre-push"], ["pre-push", "origin", "here"]):
            self.assertEqual(self.hook(*arguments, repo=r, plain=True).code, 0)
        self.assertEqual(self.hook("pre-receive", repo=r, plain=True).code, 2)
        self.assertEqual(self.hook("commit-msg", "nowhere", repo=r, plain=True).code, 2)
        os.makedirs(self.path("none"))
        none = Repo(self.path("none"), self.folder, made=True)
        self.assertEqual(self.hook("pre-commit", repo=none, plain=True).code, 2)

    def test_time_runs_out(self):
        r = self.repo()
        r.commit(files={"a.txt": "one\n"})
        for number in range(40):
            r.write(f"f{number}", ("x = 'padding of a line'\n" * 60000))
        r.git("add", "-A")
        for answer, code, word in (([], 0, "let through"), (["--on-timeout=allow"], 0, "let through"),
                                   (["--on-timeout=block"], 3, "BLOCKED")):
            done = self.hook("pre-commit", "--budget=0.001", *answer, repo=r)
            self.assertEqual(done.code, code, done.all)
            self.assertIn(word, done.err)
        self.assertEqual([line["decision"] for line in self.log(r)],
                         ["out of time: allowed", "out of time: allowed", "out of time: blocked"])
        self.assertEqual(self.hook("pre-commit", "--budget=0", repo=r).all, "")

    def test_what_cannot_be_read_is_not_clean(self):
        r = self.installed()
        blob = r.blob("hello\n")
        r.git("update-index", "--add", "--cacheinfo", f"100644,{blob},gone.txt")
        os.unlink(r.file(f"objects/{blob[:2]}/{blob[2:]}"))
        done = self.hook("pre-commit", repo=r)
        self.assertEqual(done.code, 3, done.all)
        self.assertIn(blob, done.err)

if __name__ == "__main__":
    main()
