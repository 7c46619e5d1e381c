#!/usr/bin/env python3
"""staunch git --cache and many repositories: whatever is known already, the report is the one that a scan without a
cache gives. Usage in tests/support/outside.py."""
import base64
import os
import signal
import struct
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, steady  # noqa: E402
from outside import main, token  # noqa: E402

CONFIG = """
[[rules]]
id = "mark"
description = "A mark"
regex = '''mark_[0-9a-f]{8}'''
keywords = ["mark_"]
[[rules]]
id = "note"
description = "A note, in some folders only"
regex = '''note_[0-9a-f]{8}'''
keywords = ["note_"]
path = '''^conf/'''
[[rules.allowlists]]
paths = ['''sample''']
"""


class Cached(GitCase):
    def same(self, *arguments, code=1):
        """With the cache it is what it is without; the result."""
        result = self.scan("--cache", "kept", *arguments, code=code)
        self.assertEqual(steady(result), steady(self.scan(*arguments, code=code)))
        return result

    def kept(self):
        out = {}
        for name in sorted(os.listdir(self.path("kept"))):
            with open(self.path("kept/" + name), "rb") as file:
                out[name] = file.read()
        return out

    def versions(self):
        """A history in which everything that is told occurs, and its tokens."""
        repo = self.repo()
        tokens = [token(seed) for seed in range(9)]
        repo.commit(files={"a/one": f"x\n{tokens[0]}\n", "clean": "nothing here\n" * 50})
        repo.commit(files={"a/one": f"x\n{tokens[0]}\ny\n{tokens[1]}\n"})
        repo.commit(message="gone: " + tokens[2], files={"a/one": "x\n"})
        repo.git("tag", "-m", "a tag " + tokens[3], "v1")
        repo.git("checkout", "-q", "-b", "other", "HEAD~1")
        repo.commit(files={"b/two": tokens[4] + "\n"})
        repo.git("checkout", "-q", "main")
        repo.merge("other", files={"evil": tokens[5] + "\n"})
        repo.write("clean", f"stash {tokens[6]}\n")
        repo.git("stash", "-q")
        repo.blob(f"dangling {tokens[7]}\n")
        repo.commit(files={"coded": base64.b64encode(f"key {tokens[8]} end".encode()).decode()})
        return repo, tokens

    def test_unchanged(self):
        repo, tokens = self.versions()
        for _ in range(3):
            result = self.same(repo)
            self.assertEqual({o["secret"]["value"] for o in result.lines("occurrence")}, set(tokens))
        self.assertEqual(len([name for name in self.kept() if name.endswith(".history")]), 1)
        repo.git("gc", "-q")
        self.same(repo)
        self.same(repo)

    def test_account_is_used(self):
        """Of a repository that did not change nothing is walked."""
        repo, _ = self.versions()
        before = steady(self.same(repo))
        self.assertTrue(any(name.endswith(".history") for name in self.kept()))
        result = self.scan("--cache", "kept", "--stats", repo, code=1)
        self.assertEqual(steady(result), before)
        stages = dict(line.split("  ", 1) for line in result.err.splitlines() if line.startswith(("blobs ", "trees ")))
        self.assertEqual({float(value.split()[0]) for value in stages.values()}, {0.0})

    def test_missing_objects(self):
        """They are missing until something comes; then it is another repository."""
        repo = self.repo()
        repo.commit(files={f"file{i}": f"{i}\n" for i in range(30)} | {"secret": token(1)})
        held = [repo.git("rev-parse", f"HEAD:file{i}") for i in range(30)]
        for blob in held:
            os.unlink(repo.file(f"objects/{blob[:2]}/{blob[2:]}"))
        for _ in range(2):
            result = self.same(repo)
            named = [note["what"] for note in result.summary["incomplete"] if note["why"].startswith("missing")]
            self.assertEqual(named, sorted(held)[:20])
        self.assertEqual(len([name for name in self.kept() if name.endswith(".history")]), 1)
        for i in range(30):
            self.assertEqual(repo.blob(f"{i}\n"), held[i])
        self.assertTrue(self.same(repo).summary["complete"])

    def test_new_commits(self):
        repo, tokens = self.versions()
        self.same(repo)
        again = repo.commit(files={"a/one": f"x\n{tokens[1]}\n"})
        fresh = repo.commit(files={"a/new": f"{tokens[0]}\n{token(50)}\n"})
        result = self.same(repo)
        told = {(o["secret"]["value"], o.get("commit"), o["path"]) for o in result.lines("occurrence")}
        for place in [(tokens[1], again, "a/one"), (tokens[0], fresh, "a/new"), (token(50), fresh, "a/new")]:
            self.assertIn(place, told)
        repo.git("reset", "-q", "--hard", "HEAD~2")  # the same objects, reached by the reflog alone
        result = self.same(repo)
        (place,) = [o for o in result.lines("occurrence") if o["secret"]["value"] == token(50)]
        self.assertEqual(place["reachable"], "reflog")
        repo.git("branch", "-m", "renamed")
        self.same(repo)

    def test_a_clean_blob_moves(self):
        repo = self.repo()
        self.write("rules.toml", CONFIG)
        repo.commit(files={"src/a": "note_0000000a\n", "conf/b": "note_0000000b\n", "conf/sample": "note_0000000c\n"})
        first = self.same("-c", "rules.toml", repo)
        self.assertEqual([o["path"] for o in first.lines("occurrence")], ["conf/b"])
        moved = repo.commit(files={"conf/a": "note_0000000a\n", "conf/c": "note_0000000c\n"})
        second = self.same("-c", "rules.toml", repo)
        self.assertEqual(sorted((o["path"], o["commit"] == moved) for o in second.lines("occurrence")),
                         [("conf/a", True), ("conf/b", False), ("conf/c", True)])
        self.same("-c", "rules.toml", repo)

    def test_other_rules(self):
        repo = self.repo()
        repo.commit(files={"a": "mark_0000000a other_0000000b\n"})
        self.write("rules.toml", CONFIG)
        self.same("-c", "rules.toml", repo)
        self.write("rules.toml", CONFIG + CONFIG[:CONFIG.index("[[rules]]", 9)].replace("mark", "other"))
        result = self.same("-c", "rules.toml", repo)
        self.assertEqual(len(result.lines("occurrence")), 2)
        coded = base64.b64encode(b"text mark_0000000c text").decode()
        repo.commit(files={"b": coded})
        self.assertEqual(len(self.same("-c", "rules.toml", "--max-decode-depth", "0", repo).lines("occurrence")), 2)
        self.assertEqual(len(self.same("-c", "rules.toml", repo).lines("occurrence")), 3)

    def test_no_secret_is_kept(self):
        repo, tokens = self.versions()
        repo.commit(files={token(60): "named\n", "x/" + token(61) + "/y": "in a folder\n"})
        result = self.same(repo)
        kept = b"".join(self.kept().values())
        self.assertGreater(len(kept), 100)
        names = {o["fingerprint"][4:] for o in result.lines("occurrence")}
        self.assertEqual(len(names), len(tokens) + 2)
        for secret in (*tokens, token(60), token(61)):
            for form in (secret.encode(), secret[8:24].encode(), base64.b64encode(secret.encode())[4:24]):
                self.assertNotIn(form, kept)
        for name in names:
            handle = int(name[:16], 16)
            for form in (bytes.fromhex(name), name.encode(), struct.pack("<Q", handle), struct.pack(">Q", handle)):
                self.assertNotIn(form, kept)
        for name in self.kept():
            self.assertEqual(os.stat(self.path("kept/" + name)).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(self.path("kept")).st_mode & 0o777, 0o700)

    def test_damage(self):
        repo, _ = self.versions()
        wanted = steady(self.same(repo))
        for name, whole in self.kept().items():
            for damaged in (b"", whole[:len(whole) // 2], whole[:-1], whole + b"x", b"\0" * len(whole),
                            whole[:60] + b"\xff" + whole[61:], os.urandom(500)):
                with open(self.path("kept/" + name), "wb") as file:
                    file.write(damaged)
                self.assertEqual(steady(self.scan("--cache", "kept", repo, code=1)), wanted)

    def test_not_ours(self):
        repo, _ = self.versions()
        wanted = steady(self.scan(repo))
        os.mkdir(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        os.symlink("kept", self.path("link"))
        os.mkdir(self.path("kept"))
        self.write("file", "text")
        for folder in ("open", "link", "file", "nowhere/at/all"):
            result = self.scan("--cache", folder, repo, code=1)
            self.assertEqual(steady(result), wanted)
            self.assertIn("no cache: ", result.err)
        self.assertEqual(os.listdir(self.path("open")) + os.listdir(self.path("kept")), [])

    def test_usual_place(self):
        repo, _ = self.versions()
        self.scan("--cache", "auto", repo, code=1)
        names = os.listdir(self.path(".cache/staunch"))
        self.assertEqual(sorted(name.rpartition(".")[2] for name in names), ["clean", "history"])

    def test_two_at_once_and_killed(self):
        repo, _ = self.versions()
        wanted = steady(self.scan(repo))
        self.scan("--cache", "kept", repo, code=1)
        for i in range(12):
            repo.blob(f"another {i}\n")  # so that there is something to write
            both = [self.start("git", "--cache", "kept", "-f", "jsonl", repo.path) for _ in range(2)]
            time.sleep(0.002 * i)
            os.kill(both[0].pid, signal.SIGKILL)
            self.finish(both[0])
            self.assertEqual(self.finish(both[1]).code, 1)
        result = self.same(repo)
        self.assertEqual(result.out.splitlines()[1:-1], wanted[1:-1])


class Many(GitCase):
    def three(self):
        repos = [self.repo(name) for name in ("r1", "r2", "r3")]
        for i, repo in enumerate(repos):
            repo.commit(files={"shared": f"{token(1)}\n", "clean": "text\n", "own": f"{token(10 + i)}\n"})
        return repos

    def places(self, result):
        return sorted((o.get("repository"), o["path"], o["secret"]["value"]) for o in result.lines("occurrence"))

    def test_as_alone(self):
        repos = self.three()
        together = self.scan(*repos, code=1)
        alone = []
        for repo in repos:
            alone += [(repo.path, path, secret) for _, path, secret in self.places(self.scan(repo, code=1))]
        self.assertEqual(self.places(together), sorted(alone))
        self.assertEqual(together.summary["blobs"], 9)
        for _ in range(2):
            self.assertEqual(steady(self.scan("--cache", "kept", *repos)), steady(together))

    def test_listed(self):
        repos = self.three()
        wanted = self.places(self.scan(*repos))
        os.rename(repos[2].path, self.path("# r3"))
        wanted = [(at.replace(repos[2].path, self.path("# r3")), *rest) for at, *rest in wanted]
        names = [repos[0].path, "", repos[1].path, self.path("# r3"), repos[0].path + "/", ""]
        for list_ in ("\n".join(names), "\r\n".join(names), "\0".join(names)):
            self.write("list", list_)
            result = self.scan("--repos-from", "list", code=1)
            self.assertEqual(self.places(result), sorted(wanted))
            result = self.run_to_end("git", "-f", "jsonl", "--show-secrets", "--repos-from", "-", given=list_.encode())
            self.assertEqual(self.places(result), sorted(wanted))
        self.write("empty", "\n\n")
        self.scan("--repos-from", "empty", code=2)
        self.scan("--repos-from", "missing", code=2)

    def test_not_a_repository(self):
        repos = self.three()
        os.mkdir(self.path("plain"))
        result = self.scan(repos[0], "plain", "missing", repos[2], code=1)
        self.assertEqual(len(self.places(result)), 4)
        self.assertEqual([note["what"] for note in result.summary["incomplete"]], ["plain", "missing"])
        self.scan("plain", "missing", code=3)

    def test_a_lie_in_one_hides_nothing_in_the_next(self):
        """An object file may hold what it likes: what is known of its name comes from names that are true."""
        liar, honest = self.repo("liar"), self.repo("honest")
        honest.commit(files={"a": token(1) + "\n"})
        blob = honest.git("rev-parse", "HEAD:a")
        liar.commit(files={"b": "text\n"})
        os.makedirs(liar.file("objects/" + blob[:2]), exist_ok=True)
        with open(liar.file(f"objects/{blob[:2]}/{blob[2:]}"), "wb") as file:
            file.write(zlib.compress(b"blob 6\0clean\n"))
        for _ in range(2):
            result = self.scan("--cache", "kept", liar, honest, code=1)
            self.assertEqual([place[2] for place in self.places(result)], [token(1)])
        with open(liar.file(f"objects/{blob[:2]}/{blob[2:]}"), "r+b") as file:
            file.truncate(0)
            file.write(zlib.compress(b"blob 41\0" + token(2).encode() + b"\n"))
        result = self.scan("--cache", "kept2", liar, honest, code=1)
        self.assertIn(token(1), [place[2] for place in self.places(result)])


if __name__ == "__main__":
    main()
