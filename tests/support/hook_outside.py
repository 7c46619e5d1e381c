"""What the tests of hooks have in common: hooks installed as a user would, run by git itself."""
import json
import os
import subprocess

from git_outside import GitCase


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
        """The program itself; `plain`: with nothing at all in its environment. Time is no matter but where a test says
        so."""
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

    def installed(self, *options, name="r", init=(), **files):
        repo = self.repo(name, *init)
        repo.commit(files=files or {"a.txt": "one\n"})
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
