#!/usr/bin/env python3
"""Commits, trees and refs that are broken, missing or endless: a message that names what is wrong, the rest is scanned,
the exit code says so. Usage in tests/support/outside.py."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from bad_repository import COMMIT, TREE, BadCase, Pack, id_of, loose  # noqa: E402
from outside import main, token  # noqa: E402


class BadHistories(BadCase):
    def test_missing(self):
        r, here = self.good()
        rootless = r.commit(files={"src/lost": token(2), "kept": token(3), "d/e": token(4)})
        last = r.commit(files={"f": token(5)})
        gone = r.head("HEAD:src/lost"), r.head("HEAD:d"), r.head(rootless + "^{tree}")
        for id in gone:
            os.unlink(loose(r, id))
        result = self.tells(r, *gone, found=[here, (token(3), last, "kept", 1), (token(5), last, "f", 1)])
        self.assertEqual(self.secrets(result), sorted([token(1), token(1), token(3), token(4), token(5)]))
        self.assertIn("src/lost", str(result.summary["incomplete"]))
        self.assertIn(rootless, str(result.summary["incomplete"]))
        for o in result.lines("occurrence"):
            if o.get("commit", "") == last:
                self.assertTrue(o.get("at_or_before", True))

    def test_missing_and_nothing_found(self):
        r = self.repo()
        r.commit(files={"a": "1"})
        os.unlink(loose(r, r.head("HEAD:a")))
        self.tells(r, r.head("HEAD:a"))

    def test_missing_parent(self):
        r, _ = self.good()
        first = r.head()
        second = r.commit(files={"b": token(2)})
        os.unlink(loose(r, first))
        result = self.tells(r, first, found=[(token(1), second, "good", 1), (token(2), second, "b", 1)])
        for o in result.lines("occurrence"):
            self.assertTrue(o.get("at_or_before", True))

    def test_refs_to_nothing(self):
        r, here = self.good()
        r.write(".git/refs/heads/lost", "1" * 40 + "\n")
        r.write(".git/refs/heads/noise", "this is no id\n")
        r.write(".git/refs/heads/empty", "")
        r.write(".git/refs/heads/circle", "ref: refs/heads/circle\n")
        packed = b"2" * 40 + b" refs/heads/packed"
        r.write(".git/packed-refs", b"# pack-refs with: peeled\nnonsense\n" + packed + b"\n\xff\0\n")
        self.tells(r, "1" * 40, "refs/heads/noise", "refs/heads/empty", "refs/heads/circle", "2" * 40, found=[here])

    def object(self, r, kind, data):
        return r.git("hash-object", "-w", "--literally", "--stdin", "-t", kind,
                     given=data if isinstance(data, bytes) else data.encode())

    def test_objects_that_are_not_what_they_say(self):
        r, here = self.good()
        tree, person = r.head("HEAD^{tree}"), "A <a@example.com> 1700000000 +0000"
        names = [self.object(r, "commit", text) for text in (
            "", "nothing at all", "tree\n", "tree 1234\n\n", f"parent {here[1]}\n\n", "tree " + "z" * 40 + "\n\nm")]
        names += [self.object(r, "tree", data) for data in (
            b"100644 name", b"100644 name\0short", b"xyz name\0" + b"\1" * 20, b"\0" * 100, b"100644" * 100,
            b"100644 \0" + b"\1" * 20)]
        names += [self.object(r, "tag", text) for text in ("", "object\n", "object 12\ntype commit\n\n")]
        odd = [self.object(r, "commit", f"tree {tree}\nauthor {person}\ncommitter {who}\n\n{token(2 + i)}")
               for i, who in enumerate(("", "B", "B <b", "B <b> x y", "B <b> -99999999999999999999 +9999",
                                        "B <b> 99999999999999999999 +0000", "\xff\xfe <\x01> 1 1"))]
        result = self.tells(r, *names, found=[here])
        told = {(o["secret"]["value"], o.get("commit", "")) for o in result.lines("occurrence")}
        for i, id in enumerate(odd):
            self.assertIn((token(2 + i), id), told)

    def test_objects_of_another_kind(self):
        # A tree where a blob should be, a blob as a commit's tree, a blob and a tree as parents.
        r, here = self.good()
        blob, tree = r.blob(token(2)), r.head("HEAD^{tree}")
        mixed = self.object(r, "tree", b"100644 file\0" + bytes.fromhex(tree) + b"40000 folder\0" + bytes.fromhex(blob))
        person = "A <a@example.com> 1700000000 +0000"
        for top, parent in ((mixed, here[1]), (blob, here[1]), (tree, blob), (tree, tree)):
            made = self.object(r, "commit",
                               f"tree {top}\nparent {parent}\nauthor {person}\ncommitter {person}\n\nm\n")
            r.write(".git/refs/heads/x" + made, made + "\n")
        result = self.scan(r, code=1)
        self.assertIn(here, {(o["secret"]["value"], o.get("commit", ""), o["path"], o["line"])
                             for o in result.lines("occurrence")})
        self.assertIn(token(2), self.secrets(result))

    def test_many_parents(self):
        r, here = self.good()
        parents = [r.commit_tree(r.head("HEAD^{tree}"), here[1], message=str(i)) for i in range(200)]
        person = "A <a@example.com> 1700000000 +0000"
        top = r.tree(("100644", "blob", r.blob(token(2)), "evil"))
        lines = "".join(f"parent {parents[i % 200]}\n" for i in range(70_000))
        made = self.object(r, "commit", f"tree {top}\n{lines}author {person}\ncommitter {person}\n\nm\n")
        self.tells(r, found=[here, (token(2), made, "evil", 1)], megabytes=200)

    def test_paths(self):
        r, here = self.good()
        names = [b"new\nline", b"caf\xe9", b"\xff\xfe", b"tab\tbell\a", b"esc\x1b[31mred", b"quote\"'", b" ", b"-rf",
                 b"a!b", "\u202egnp.exe".encode(), b"x" * 4000]
        entries = [("100644", "blob", r.blob(f"{token(10 + i)}\n"), name) for i, name in enumerate(names)]
        made = r.commit_tree(r.tree(*entries), here[1])
        r.git("update-ref", "refs/heads/main", made)
        result = self.tells(r, found=[here, (token(10), made, "new\nline", 1), (token(11), made, "caf\ufffd", 1),
                                      (token(18), made, "a!b", 1)])
        self.assertEqual(len(result.lines("occurrence")), len(names) + 1)
        text = self.run_to_end("git", "-f", "text", r.path)
        self.assertEqual(text.code, 1)
        self.assertNotIn("\x1b[31m", text.out)
        self.assertNotIn("\u202e", text.out)

    def test_entries_that_git_refuses(self):
        # "..", ".git", "a/b": as they stand, and nowhere is anything written or read for them.
        r, here = self.good()
        blob = bytes.fromhex(r.blob(token(2)))
        data = b"".join(b"100644 " + name + b"\0" + blob
                        for name in (b"..", b".git", b"a/b", b"../../etc", b"same", b"same"))
        made = r.commit_tree(self.object(r, "tree", data), here[1])
        result = self.tells(r, found=[here, (token(2), made, "..", 1), (token(2), made, "a/b", 1)])
        self.assertNotEqual(result.lines("occurrence"), [])

    def test_tree_bomb(self):
        # Ten levels of ten entries, all of the same folder: 10,000,000,000 paths of one secret.
        r, here = self.good()
        below = r.tree(("100644", "blob", r.blob(token(2)), "secret"))
        for _ in range(10):
            below = r.tree(*(("040000", "tree", below, str(i)) for i in range(10)))
        made = r.commit_tree(below, here[1])
        r.git("update-ref", "refs/heads/main", made)
        result = self.tells(r, found=[here], code=1, megabytes=400)
        self.assertIn(made, str(result.summary["partial"]))
        self.assertIn(token(2), self.secrets(result))

    def test_tree_bomb_without_a_secret(self):
        r, here = self.good()
        below = r.tree(("100644", "blob", r.blob("nothing"), "file"))
        for _ in range(30):
            below = r.tree(*(("040000", "tree", below, str(i)) for i in range(10)))
        r.git("update-ref", "refs/heads/main", r.commit_tree(below, here[1]))
        result = self.tells(r, found=[here])
        self.assertEqual(result.summary["partial"], [])

    def test_deep_trees(self):
        r, here = self.good()
        below = bytes.fromhex(r.tree(("100644", "blob", r.blob(token(2)), "secret")))
        written, made = [], None
        for _ in range(5000):
            data = b"40000 d\0" + below
            below = id_of(b"tree", data)
            written.append((below, data))
        pack = Pack()
        for id, data in written:
            pack.add(id, TREE, data)
        pack.write(r)
        made = r.commit_tree(below.hex(), here[1])
        r.git("update-ref", "refs/heads/main", made)
        result = self.scan(r, code=1)
        self.assertIn(here[0], self.secrets(result))
        self.assertTrue(token(2) in self.secrets(result) or made in str(result.summary), "it may not go unsaid")

    def test_deep_history(self):
        r, here = self.good()
        pack, parent, tree = Pack(), here[1], r.head("HEAD^{tree}")
        for i in range(50_000):
            data = (f"tree {tree}\nparent {parent}\nauthor A <a> {1700000000 + i} +0000\n"
                    f"committer A <a> {1700000000 + i} +0000\n\nm\n").encode()
            parent = pack.add(id_of(b"commit", data), COMMIT, data).hex()
        pack.write(r)
        r.git("update-ref", "refs/heads/main", parent)
        result = self.tells(r, found=[here])
        self.assertEqual(result.summary["commits"], 50_001)

if __name__ == "__main__":
    main()
