#!/usr/bin/env python3
"""staunch hook: installed as a user would, run by git itself. Usage in tests/support/outside.py."""
import json
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, Repo  # noqa: E402
from outside import main, token  # noqa: E402

# Rules of a fork that wants nothing found.
ALL_OFF = '''[extend]
useDefault = true
[[allowlists]]
description = "everything"
regexes = [\'\'\'.*\'\'\']
paths = [\'\'\'.*\'\'\']
'''

# One value that stands on five lines.
HALVES = r"[[rules]]" "\nid = 'github-pat'\n" r"regex = '(begin_[0-9a-f]{8}\n(?:.*\n){3}end_[0-9a-f]{8})'" "\n"


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


class Done:
    def __init__(self, done):
        self.code = done.returncode
        self.out, self.err = (each.decode("utf-8", "backslashreplace") for each in (done.stdout, done.stderr))
        self.all = self.out + self.err


class HookCase(GitCase):
    def hook(self, *arguments, repo, given=b"", plain=False, **environment):
        """The program itself; `plain`: with nothing at all in its environment. Time is no matter unless a test says so."""
        if not any(each.startswith("--budget") for each in arguments) and arguments[0] not in ("uninstall", "ci"):
            arguments = (arguments[0], "--budget=200", *arguments[1:])
        env = {} if plain else dict(repo.environment, **environment)
        return Done(subprocess.run([self.program, "hook", *arguments], cwd=repo.path, input=given, env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False))

    def run_git(self, repo, *arguments, code=None, **environment):
        """As repo.git(), with what is said."""
        date = f"{repo.time} +0000"
        env = dict(repo.environment, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date, **environment)
        done = Done(subprocess.run(["git", *arguments], cwd=repo.path, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False))
        if code is not None:
            self.assertEqual(done.code, code, done.all)
        return done

    def installed(self, *options, name="r"):
        repo = self.repo(name)
        repo.commit(files={"a.txt": "one\n"})
        done = self.hook("install", *options, repo=repo)
        self.assertEqual(done.code, 0, done.err)
        return repo

    def blocked(self, done, *words, secret=None):
        self.assertNotEqual(done.code, 0, done.all)
        for word in ("BLOCKED", "github-pat", *words):
            self.assertIn(word, done.all)
        if secret:
            self.assertNotIn(secret, done.all)

    def log(self, repo, folder=".git"):
        with open(os.path.join(repo.path, folder, "staunch-hook.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]


class Install(HookCase):
    def hooks(self, repo, folder=".git/hooks"):
        at = os.path.join(repo.path, folder)
        return {name: read(os.path.join(at, name)) for name in os.listdir(at)
                if not name.endswith(".sample")}

    def place(self, repo, name, text, folder=".git/hooks"):
        repo.write(f"{folder}/{name}", text)
        os.chmod(os.path.join(repo.path, folder, name), 0o755)

    def test_what_was_there_runs_first_and_comes_back(self):
        r = self.repo()
        self.place(r, "pre-commit", "#!/bin/sh\necho before >>ran\n")
        self.place(r, "pre-push", "#!/bin/sh\ncat >>pushed\n")
        before = self.hooks(r)
        for _ in range(3):
            self.assertEqual(self.hook("install", repo=r).code, 0)
        self.assertEqual(sorted(self.hooks(r)), ["commit-msg", "pre-commit", "pre-commit.before-staunch",
                                                 "pre-merge-commit",
                                                 "pre-push", "pre-push.before-staunch"])
        r.commit(files={"a.txt": "fine\n"})
        self.assertEqual(read(r.path + "/ran"), "before\n")
        r.write("a.txt", token(1))
        r.git("add", "a.txt")
        self.blocked(self.run_git(r, "commit", "-m", "x"), "a.txt:1", secret=token(1))
        bare = self.repo("bare.git", "--bare")
        r.git("remote", "add", "origin", bare.path)
        self.run_git(r, "push", "origin", "main", code=0)
        self.assertIn("refs/heads/main", read(r.path + "/pushed"))
        self.place(r, "pre-commit.before-staunch", "#!/bin/sh\nexit 7\n")
        self.run_git(r, "commit", "--allow-empty", "-m", "x", code=1)
        for _ in range(2):
            self.assertEqual(self.hook("uninstall", repo=r).code, 0)
        self.assertEqual(sorted(self.hooks(r)), sorted(before))
        self.assertEqual(self.hooks(r)["pre-push"], before["pre-push"])

    def test_many_at_once(self):
        r = self.repo()
        self.place(r, "pre-commit", "#!/bin/sh\nexit 0\n")
        runs = [threading.Thread(target=self.hook, args=("install",), kwargs={"repo": r}) for _ in range(8)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        hooks = self.hooks(r)
        self.assertEqual(hooks["pre-commit.before-staunch"], "#!/bin/sh\nexit 0\n")
        self.assertEqual(len(hooks), 5)

    def test_two_programs_over_each_other(self):
        """Of two installed ones the later serves, the user's own hook is kept once, and either takes all away."""
        r = self.repo()
        self.place(r, "pre-commit", "#!/bin/sh\nexit 0\n")
        before = self.hooks(r)
        other = self.path("other-staunch")
        shutil.copy2(self.program, other)
        subprocess.run([other, "hook", "install"], cwd=r.path, env=r.environment, check=True, stdout=subprocess.DEVNULL)
        first = self.hooks(r)
        self.assertIn(other, first["pre-commit"])
        self.assertEqual(self.hook("install", repo=r).code, 0)
        second = self.hooks(r)
        self.assertEqual(sorted(second), sorted(first))
        self.assertEqual(second["pre-commit.before-staunch"], before["pre-commit"])
        self.assertNotIn(other, second["pre-commit"])
        subprocess.run([other, "hook", "uninstall"], cwd=r.path, env=r.environment, check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(self.hooks(r), before)

    def test_others_that_look_after_hooks(self):
        cases = {
            "husky": lambda r: (r.git("config", "core.hooksPath", ".husky/_"),
                                self.place(r, "pre-commit", "", ".husky/_")),
            "lefthook": lambda r: r.write("lefthook.yml", "pre-commit: {}\n"),
            "pre-commit": lambda r: r.write(".pre-commit-config.yaml", "repos: []\n"),
            "core.hooksPath": lambda r: r.git("config", "core.hooksPath", "tools/hooks"),
        }
        for name, make in cases.items():
            r = self.repo(name)
            make(r)
            done = self.hook("install", repo=r)
            self.assertEqual(done.code, 2, done.all)
            self.assertIn(f"{name} looks after the hooks here", done.err)
            self.assertIn("staunch hook pre-commit", done.err)
            self.assertEqual(self.hooks(r), {})
        self.assertEqual(self.hook("install", "--force", repo=r).code, 0)
        self.assertEqual(sorted(self.hooks(r, "tools/hooks")),
                         ["commit-msg", "pre-commit", "pre-merge-commit", "pre-push"])
        self.assertEqual(self.hook("uninstall", repo=r).code, 0)
        self.assertEqual(self.hooks(r, "tools/hooks"), {})

    def test_somebody_else_took_our_place(self):
        r = self.installed()
        self.place(r, "pre-commit", "#!/bin/sh\nexit 0\n")
        self.place(r, "pre-commit.before-staunch", "#!/bin/sh\nexit 1\n")
        done = self.hook("install", repo=r)
        self.assertEqual(done.code, 2)
        self.assertIn("one of them has to go", done.err)
        self.assertEqual(self.hook("uninstall", repo=r).code, 0)
        self.assertEqual(sorted(self.hooks(r)), ["pre-commit", "pre-commit.before-staunch"])

    def test_for_all_of_a_user(self):
        own = os.path.join(self.folder, "global")
        user = dict(HOME=self.folder, GIT_CONFIG_GLOBAL=own)
        r = self.repo()
        self.place(r, "post-commit", "#!/bin/sh\ntouch made\n")
        self.place(r, "pre-commit", "#!/bin/sh\ntouch asked\n")
        for _ in range(2):
            done = self.hook("install", "--global", repo=r, **user)
            self.assertEqual(done.code, 0, done.err)
        r.write("a.txt", "x\n")
        r.git("add", "-A")
        self.run_git(r, "commit", "-qm", "x", code=0, **user)
        self.assertTrue(os.path.exists(r.path + "/made") and os.path.exists(r.path + "/asked"))
        linked = os.path.join(self.folder, "linked")
        self.run_git(r, "worktree", "add", "-q", linked, "-b", "side", code=0, **user)
        for folder in (r.path, linked):
            work = Repo(folder, self.folder, made=True)
            work.write("b.txt", token(2))
            work.git("add", "-A")
            self.blocked(self.run_git(work, "commit", "-m", "x", **user), "b.txt:1")
        self.assertTrue(os.path.exists(linked + "/asked"))
        self.assertEqual(self.hook("install", repo=r, **user).code, 2)
        self.assertEqual(self.hook("uninstall", "--global", repo=r, **user).code, 0)
        self.run_git(r, "commit", "-qm", "x", code=0, **user)
        self.assertNotIn("hooksPath", read(own))
        self.assertFalse(os.path.exists(self.path(".config/staunch/hooks")))

    def test_where_servers_look(self):
        for layout, make, wanted in (
                ("plain", None, "hooks/pre-receive"), ("gitea", "hooks/pre-receive.d", "hooks/pre-receive.d/staunch"),
                ("gitlab", "custom_hooks", "custom_hooks/pre-receive.d/staunch")):
            bare = self.repo(layout, "--bare")
            if make:
                os.makedirs(os.path.join(bare.path, make), exist_ok=True)
            for word, there in (("install", True), ("install", True), ("uninstall", False)):
                self.assertEqual(self.hook(word, "--server", ".", repo=bare).code, 0)
                self.assertEqual(os.access(os.path.join(bare.path, wanted), os.X_OK), there, layout)
        for name, options, wanted in (("custom_hooks", [], "pre-receive.d/staunch"),
                                      ("ours", ["--layout", "github"], "staunch-pre-receive")):
            os.makedirs(self.path(name))
            self.assertEqual(self.hook("install", "--server", *options, self.path(name), repo=bare).code, 0)
            self.assertTrue(os.access(os.path.join(self.path(name), wanted), os.X_OK))
        os.makedirs(self.path("unknown"))
        self.assertEqual(self.hook("install", "--server", self.path("unknown"), repo=bare).code, 2)
        self.assertEqual(self.hook("install", "--allow-skip", repo=bare).code, 2)

    def test_the_program_is_gone(self):
        r = self.installed()
        name = os.path.join(r.path, ".git/hooks/pre-commit")
        text = read(name)
        with open(name, "w", encoding="utf-8") as file:
            file.write(text.replace(self.program, "/nowhere/staunch"))
        self.assertIn("not there any more", self.run_git(r, "commit", "--allow-empty", "-m", "x", code=1).err)


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
