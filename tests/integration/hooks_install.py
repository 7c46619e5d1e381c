#!/usr/bin/env python3
"""staunch hook install and uninstall, beside whatever else looks after hooks. Usage in tests/support/outside.py."""
import os
import shutil
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import Repo  # noqa: E402
from hook_outside import HookCase, read  # noqa: E402
from outside import main, token  # noqa: E402


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
        self.assertFalse(os.path.exists(self.path(".config/staunch")))

    def test_where_servers_look(self):
        for layout, make, wanted in (
                ("plain", None, "hooks/pre-receive"), ("gitea", "hooks/pre-receive.d", "hooks/pre-receive.d/staunch"),
                ("gitlab", "custom_hooks", "custom_hooks/pre-receive.d/staunch")):
            bare = self.repo(layout, "--bare")
            if make:
                os.makedirs(os.path.join(bare.path, make), exist_ok=True)
            for word, there in (("install", True), ("install", True), ("uninstall", False)):
                done = self.hook(word, "--server", ".", repo=bare)
                self.assertEqual(done.code, 0)
                # What was only guessed is told: a hook elsewhere would never be run.
                self.assertEqual(f"laid out as {layout} does" in done.err, there and bool(make), done.err)
                self.assertEqual(os.access(os.path.join(bare.path, wanted), os.X_OK), there, layout)
            if make:
                self.assertEqual(os.listdir(os.path.join(bare.path, make)), [])
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

if __name__ == "__main__":
    main()
