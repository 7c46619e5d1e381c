#!/usr/bin/env python3
"""Parts of a repository: ranges of commits, the index, the work tree, inside and outside of hooks. What a scope tells
is what the whole history tells of the same commits. Usage in tests/support/outside.py."""
import os
import stat
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, Repo  # noqa: E402
from outside import main, token  # noqa: E402


def places(result):
    return sorted((o["secret"]["value"], o["path"], o["line"]) for o in result.lines("occurrence"))


def introductions(result):
    return sorted((o["secret"]["value"], o.get("commit"), o["path"], o["line"], o["column"], o.get("blob"))
                  for o in result.lines("occurrence"))


class Ranges(GitCase):
    def history(self):
        """main: 1, 2, a merge with a secret of its own; side: 3 and a rename of 1's file."""
        r = self.repo()
        r.commit(files={"a.txt": "x\n"})
        self.first = r.commit(files={"a.txt": f"x\n{token(1)}\n"})
        self.second = r.commit(files={"b.txt": f"{token(2)}\n"})
        r.git("checkout", "-q", "-b", "side", self.first)
        r.git("mv", "a.txt", "moved.txt")
        self.renamed = r.commit("a rename")
        self.third = r.commit(files={"sub/c.txt": f"{token(3)}\n"})
        r.git("checkout", "-q", "main")
        self.merged = r.merge("side", files={"d.txt": f"{token(4)}\n"})
        self.last = r.commit(f"message with {token(5)}", files={"moved.txt": f"x\n{token(1)}\n{token(1)} again\n"})
        return r

    def test_each_range_is_a_part_of_the_whole(self):
        r = self.history()
        whole = introductions(self.scan(r, code=1))
        self.assertEqual(len(whole), 6)
        for range_ in (f"{self.first}..main", f"{self.first}..side", "side..main", "main", "side",
                       f"{self.last}^..{self.last}", f"{self.merged}^1..{self.merged}"):
            commits = set(r.git("rev-list", range_).split())
            wanted = [each for each in whole if each[1] in commits]
            told = self.scan("--range", range_, r, code=1 if wanted else 0)
            self.assertEqual(introductions(told), wanted, range_)
            self.assertEqual(told.summary["commits"], len(commits))
            self.assertEqual(introductions(self.scan("--no-delta-scan", "--range", range_, r)), wanted, range_)

    def test_words_for_commits(self):
        r = self.history()
        since = self.scan("--since-commit", self.second, r)
        self.assertEqual(introductions(since), introductions(self.scan("--range", f"{self.second}..HEAD", r)))
        branch = self.scan("--branch", "side", r)
        self.assertEqual(places(branch), [(token(1), "a.txt", 2), (token(3), "sub/c.txt", 1)])
        merges = self.scan("--log-opts", "--all --merges", r)
        self.assertEqual(places(merges), [(token(4), "d.txt", 1)])
        self.assertEqual(merges.summary["merges"], 1)
        path = self.scan("--log-opts", "main -- 'b.txt'", r)
        self.assertEqual(places(path), [(token(2), "b.txt", 1)])

    def test_whole_files(self):
        r = self.history()
        told = self.scan("--whole-files", "--range", f"{self.last}^..{self.last}", r)
        self.assertEqual([place for place in places(told) if place[1] == "moved.txt"],
                         [(token(1), "moved.txt", 2), (token(1), "moved.txt", 3)])

    def test_wrong_words(self):
        r = self.history()
        for arguments in (["--range", "nowhere..main"], ["--log-opts", "--output=x"], ["--log-opts", "'open"],
                          ["--staged", "--range", "main"], ["--whole-files"], ["--since-commit", "--all;x"]):
            told = self.run_to_end("git", "-f", "jsonl", *arguments, r.path)
            self.assertEqual(told.code, 2, (arguments, told.err))
            self.assertNotIn("\\n", told.err)

    def test_more_commits_than_are_read_one_by_one(self):
        r = self.repo()
        stream = []
        for number in range(2500):
            text = f"line {number}\n" + (f"{token(number)}\n" if number % 500 == 7 else "")
            message = f"{token(number)}" if number == 1234 else f"change {number}"
            stream.append(f"commit refs/heads/main\nauthor Ann <a@b.example> {1_700_000_000 + number} +0000\n"
                          f"committer Ann <a@b.example> {1_700_000_000 + number} +0000\n"
                          f"data {len(message)}\n{message}\nM 100644 inline f{number % 5}\ndata {len(text)}\n{text}\n")
        r.git("fast-import", "--quiet", given="".join(stream).encode())
        r.git("branch", "old", "main~400")
        r.blob(f"{token(9999)} that no commit leads to")
        whole = self.scan(r, code=1)
        for branch, count in (("main", 2500), ("old", 2100)):
            commits = set(r.git("rev-list", branch).split())
            wanted = [each for each in introductions(whole) if each[1] in commits]
            self.assertGreater(len(wanted), 4)
            told = self.scan("--branch", branch, r, code=1)
            self.assertEqual(introductions(told), wanted)
            self.assertEqual(told.summary["commits"], count)

    def test_shallow(self):
        r = self.history()
        shallow = self.clone(r, "shallow", "--depth", "1")
        told = self.scan("--range", "HEAD", shallow, code=1)
        self.assertTrue(all(o["at_or_before"] for o in told.lines("occurrence")))


class Index(GitCase):
    def repo_with(self, **files):
        r = self.repo()
        r.commit(files=files or {"a.txt": "one\n"})
        return r

    def test_staged(self):
        r = self.repo_with()
        self.assertEqual(places(self.scan("--staged", r, code=0)), [])
        r.write("a.txt", f"one\n{token(1)}\n")
        r.write("untracked.txt", f"{token(2)}\n")
        self.assertEqual(places(self.scan("--staged", r, code=0)), [])
        r.git("add", "a.txt")
        r.write("a.txt", f"one\nmeanwhile\n{token(3)}\n")
        told = self.scan("--staged", r, code=1)
        self.assertEqual(places(told), [(token(1), "a.txt", 2)])
        self.assertNotIn("commit", told.lines("occurrence")[0])
        self.assertEqual(places(self.scan("--unstaged", r, code=1)), [(token(3), "a.txt", 3)])

    def test_only_what_is_new(self):
        r = self.repo_with(**{"a.txt": f"{token(1)}\n", "b.txt": f"{token(2)}\n"})
        r.write("a.txt", f"{token(1)}\nmore\n")
        r.git("mv", "b.txt", "moved.txt")
        r.git("add", "-A")
        self.assertEqual(places(self.scan("--staged", r, code=0)), [])
        self.assertEqual(places(self.scan("--staged", "--whole-files", r, code=1)),
                         [(token(1), "a.txt", 1), (token(2), "moved.txt", 1)])
        r.write("a.txt", f"{token(1)}\nmore\n{token(1)}\n")
        r.git("add", "-A")
        self.assertEqual(places(self.scan("--staged", r, code=1)), [(token(1), "a.txt", 3)])

    def test_before_the_first_commit(self):
        r = self.repo()
        r.write("odd\nname.txt", f"{token(1)}\n")
        r.git("add", "-A")
        self.assertEqual(places(self.scan("--staged", r, code=1)), [(token(1), "odd\nname.txt", 1)])

    def test_links_and_pipes_in_the_work_tree(self):
        r = self.repo_with(**{"a.txt": "one\n", "b.txt": "two\n", "c.txt": "three\n"})
        for name in ("a.txt", "b.txt", "c.txt"):
            os.unlink(os.path.join(r.path, name))
        os.symlink(token(1), os.path.join(r.path, "a.txt"))
        os.mkfifo(os.path.join(r.path, "b.txt"))
        told = self.scan("--unstaged", r)
        self.assertEqual(places(told), [(token(1), "a.txt", 1)])

    def test_as_a_hook(self):
        """git commit calls the hook in its own environment: another index, GIT_DIR, a folder of the work tree."""
        r = self.repo_with()
        hook = r.file("hooks/pre-commit")
        with open(hook, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n"
                       f"exec '{self.program}' git --pre-commit --no-progress -f jsonl -r '{r.path}/../out'\n")
        os.chmod(hook, 0o755)
        r.write("a.txt", "one\nfine\n")
        r.git("commit", "-q", "-am", "fine")
        r.write("b.txt", f"{token(1)}\n")
        r.git("add", "b.txt")
        r.write("a.txt", f"one\n{token(2)}\n")
        r.git("commit", "-q", "-m", "b alone", fails=True)
        r.git("commit", "-q", "-m", "only a", "a.txt", fails=True)
        with open(os.path.join(self.folder, "out"), encoding="utf-8") as report:
            self.assertIn(token(2)[:4], report.read())
        linked = os.path.join(self.folder, "linked")
        r.git("worktree", "add", "-q", linked, "HEAD")
        other = Repo(linked, self.folder, made=True)
        other.write("w.txt", f"{token(3)}\n")
        other.git("add", "w.txt")
        other.git("commit", "-q", "-m", "elsewhere", fails=True)

    def test_nothing_is_written(self):
        r = self.repo_with()
        r.write("a.txt", f"one\n{token(1)}\n")
        r.git("add", "-A")
        before = self.listing(r.path)
        self.scan("--staged", r, code=1)
        self.scan("--unstaged", r, code=0)
        self.scan("--range", "HEAD", r, code=0)
        self.assertEqual(self.listing(r.path), before)

    @staticmethod
    def listing(folder):
        out = []
        for at, _, names in os.walk(folder):
            for name in names:
                status = os.lstat(os.path.join(at, name))
                out.append((at, name, status.st_size, status.st_mtime_ns, stat.S_IFMT(status.st_mode)))
        return sorted(out)


if __name__ == "__main__":
    main()
