#!/usr/bin/env python3
"""The hooks as whole processes: pre-commit on a change of one line, commit-msg, pre-push of one commit, pre-receive of
one and of 10,000 refs; beside them `git diff-index`, which is the least that has to be asked.

  hooks.py --staunch build/release/staunch [--files N] [--rounds N]

The repository is made up. The answer comes first: a secret in the change, the message or the push is found, and without
it nothing is said. Then the commands take turns; figures are the wall clock, median and the 95th of 100. Exits with 1
where the target is missed, with 2 where the answer is wrong.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from timing import fail

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tests", "support"))
from outside import token  # noqa: E402

TARGET = 0.030  # seconds, of pre-commit


class Repository:
    def __init__(self, folder, files):
        self.path = os.path.join(folder, "r")
        os.makedirs(self.path)
        self.environment = dict(PATH=os.environ["PATH"], HOME=folder, GIT_CONFIG_NOSYSTEM="1",
                                GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@b.example",
                                GIT_COMMITTER_NAME="A", GIT_COMMITTER_EMAIL="a@b.example")
        self.git("init", "-q", "-b", "main")
        self.git("config", "gc.auto", "0")
        for number in range(files):
            name = os.path.join(self.path, f"d{number % 100}", f"f{number}.py")
            os.makedirs(os.path.dirname(name), exist_ok=True)
            with open(name, "w", encoding="utf-8") as file:
                file.write(f"def f{number}(x):\n    return x + {number}\n" * 20)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "first")
        self.git("gc", "-q")

    def run(self, words, given=b""):
        return subprocess.run(words, cwd=self.path, env=self.environment, input=given, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)

    def git(self, *words, given=b""):
        done = self.run(["git", *words], given)
        if done.returncode != 0:
            fail(done.stdout.decode())
        return done.stdout.decode().strip()

    def stage(self, line):
        with open(os.path.join(self.path, "d1/f1.py"), "a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.git("add", "-A")


def check(repository, command, given, wanted):
    done = repository.run(command, given)
    if done.returncode != (1 if wanted else 0) or (b"BLOCKED" in done.stdout) != wanted or (done.stdout and not wanted):
        fail(f"{' '.join(command)}: {done.returncode}\n{done.stdout.decode()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--staunch", default="build/release/staunch")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    hook = [os.path.abspath(options.staunch), "hook"]
    folder = tempfile.mkdtemp(prefix="staunch-hooks-")
    try:
        r = Repository(folder, options.files)
        first, none = r.git("rev-parse", "HEAD"), "0" * 40
        message = os.path.join(folder, "message")
        commands = {}
        for wanted, text in ((True, token("hooks")), (False, "nothing to see")):
            r.git("reset", "-q", "--hard", first)
            r.stage(f"# {text}")
            with open(message, "w", encoding="utf-8") as file:
                file.write(f"a change: {text}\n")
            tree = r.git("write-tree")
            made = r.git("commit-tree", tree, "-p", first, "-m", text)
            many = "".join(f"{none} {made} refs/heads/b{number}\n" for number in range(10_000))
            commands = {
                "pre-commit, one line": ([*hook, "pre-commit"], b""),
                "commit-msg": ([*hook, "commit-msg", message], b""),
                "pre-push, one commit": ([*hook, "pre-push", "origin", "x"],
                                         f"refs/heads/main {made} refs/heads/main {first}\n".encode()),
                "pre-receive, one ref": ([*hook, "pre-receive"], f"{first} {made} refs/heads/main\n".encode()),
                "pre-receive, 10,000 refs": ([*hook, "pre-receive"], many.encode()),
            }
            for command, given in commands.values():
                check(r, command, given, wanted)
        commands["git diff-index"] = (["git", "diff-index", "--cached", "--raw", "HEAD"], b"")
        taken = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, (command, given) in commands.items():
                began = time.perf_counter()
                r.run(command, given)
                taken[name].append(time.perf_counter() - began)
        print(f"{options.files} files, {options.rounds} rounds")
        for name, values in taken.items():
            values.sort()
            late = values[len(values) * 95 // 100]
            print(f"{name:26} {statistics.median(values) * 1000:7.1f} ms, 95th {late * 1000:7.1f}")
        median = statistics.median(taken["pre-commit, one line"])
        print(f"{'pre-commit':26} {median * 1000:7.1f} ms of at most {TARGET * 1000:.0f}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if median > TARGET else 0)


if __name__ == "__main__":
    main()
