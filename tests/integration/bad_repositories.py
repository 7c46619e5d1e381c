#!/usr/bin/env python3
"""Repositories that are broken, lie, or were made to do harm: a message that names the object or the file, the rest is
scanned, the exit code says so, and nothing of them is executed. Usage in tests/support/outside.py."""
import hashlib
import os
import shutil
import signal
import stat
import struct
import sys
import unittest
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, Repo  # noqa: E402
from outside import main, token  # noqa: E402

COMMIT, TREE, BLOB, TAG, OFS_DELTA, REF_DELTA = 1, 2, 3, 4, 6, 7
LONGEST = 900  # seconds that a test may take before it counts as one that hangs


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out + bytes([number]))


def delta(base_size, size, *instructions):
    return varint(base_size) + varint(size) + b"".join(instructions)


def insert(data):
    return bytes([len(data)]) + data


def copy(offset, size):
    return b"\xff" + struct.pack("<I", offset) + struct.pack("<I", size)[:3]


def id_of(kind, data):
    return hashlib.sha1(b"%s %d\0" % (kind, len(data)) + data).digest()


class Pack:
    """gitformat-pack(5), by hand: whatever is said of an object is written."""

    def __init__(self):
        self.entries = []  # id, bytes, what the index says instead of the offset and the checksum

    def add(self, id, kind, data, size=None, base=b"", packed=None, offset=None, crc=None):
        size = len(data) if size is None else size
        header, rest = kind << 4 | size & 15, size >> 4
        out = bytearray()
        while rest:
            out.append(header | 128)
            header, rest = rest & 127, rest >> 7
        entry = bytes(out + bytes([header])) + base + (zlib.compress(data) if packed is None else packed)
        self.entries.append((id, entry, offset, crc))
        return id

    def blob(self, text, **more):
        data = text.encode()
        return self.add(id_of(b"blob", data), BLOB, data, **more)

    def write(self, repo, name="made"):
        pack, listed = bytearray(b"PACK" + struct.pack(">II", 2, len(self.entries))), []
        for id, entry, offset, crc in self.entries:
            listed.append((id, zlib.crc32(entry) if crc is None else crc, len(pack) if offset is None else offset))
            pack += entry
        pack += hashlib.sha1(pack).digest()
        listed.sort()
        index = bytearray(b"\377tOc" + struct.pack(">I", 2))
        for first in range(256):
            index += struct.pack(">I", sum(id[0] <= first for id, _, _ in listed))
        index += b"".join(id for id, _, _ in listed) + b"".join(struct.pack(">I", crc) for _, crc, _ in listed)
        large = [offset for _, _, offset in listed if offset >= 1 << 31]
        for _, _, offset in listed:
            index += struct.pack(">I", offset if offset < 1 << 31 else 1 << 31 | large.index(offset))
        index += b"".join(struct.pack(">Q", offset) for offset in large) + pack[-20:]
        index += hashlib.sha1(index).digest()
        repo.write(f".git/objects/pack/pack-{name}.pack", bytes(pack))
        repo.write(f".git/objects/pack/pack-{name}.idx", bytes(index))


class BadCase(GitCase):
    def setUp(self):
        super().setUp()
        signal.alarm(LONGEST)
        self.addCleanup(signal.alarm, 0)

    def good(self, name="r"):
        """A repository in which one secret stands that must always be found; where that is."""
        r = self.repo(name)
        brought = r.commit(files={"good": token(1)})
        return r, (token(1), brought, "good", 1)

    def tells(self, target, *names, found=(), code=None, megabytes=100):
        """Whatever else: an end, an exit code that fits, a whole report, little memory. Each of `names` must stand in
        what is said to be incomplete, and these places are found, be it in any order."""
        result = self.scan(target)
        if code is None:
            code = 1 if found else 3 if names else 0
        self.assertEqual(result.code, code, result.err + result.out)
        self.assertEqual(result.summary["complete"], not result.summary["incomplete"])
        said = [note["what"] + ": " + note["why"] for note in result.summary["incomplete"]]
        for name in names:
            self.assertTrue(any(name in note for note in said), (name, said))
        if not names:
            self.assertEqual(said, [])
        told = {(o["secret"]["value"], o.get("commit", ""), o["path"], o["line"]) for o in result.lines("occurrence")}
        self.assertLessEqual(set(found), told)
        if not self.sanitized:
            self.assertLess(result.kilobytes, megabytes * 1000)
        one = self.scan("--no-delta-scan", "--threads", "1", target)
        self.assertEqual(one.code, result.code)
        self.assertCountEqual(one.lines("occurrence"), result.lines("occurrence"))
        self.assertCountEqual(one.summary["incomplete"], result.summary["incomplete"])
        return result

    @staticmethod
    def secrets(result):
        return sorted(o["secret"]["value"] for o in result.lines("occurrence"))


def overwrite(path, at, data):
    os.chmod(path, 0o644)
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(data)


def loose(repo, id):
    return repo.file(f"objects/{id[:2]}/{id[2:]}")


class BadObjects(BadCase):
    def packed(self, r):
        r.git("repack", "-adfq", "--depth=0")
        (name,) = [each for each in os.listdir(r.file("objects/pack")) if each.endswith(".pack")]
        path = r.file("objects/pack/" + name)
        os.chmod(path, 0o644)
        places = {}
        for line in r.git("verify-pack", "-v", path).splitlines():
            words = line.split()
            if len(words) >= 5 and len(words[0]) == 40:
                places[words[0]] = int(words[4]), int(words[3])
        return path, places

    def test_zlib_in_a_pack(self):
        r, here = self.good()
        r.commit(files={"bad": "\n".join(token(i) for i in range(10, 60)), "also": token(2)})
        path, places = self.packed(r)
        bad = r.head("HEAD:bad")
        at, size = places[bad]
        overwrite(path, at + size // 2, b"\xff" * 9)
        result = self.tells(r, bad, found=[here])
        self.assertIn(token(2), self.secrets(result))

    def test_zlib_of_a_tree_and_a_commit(self):
        for what in ("HEAD^{tree}", "HEAD"):
            r, here = self.good(what[-3:])
            r.commit("x" * 200, files={f"{i}-{token(i)[10:]}": "harmless" for i in range(20)})
            path, places = self.packed(r)
            bad = r.head(what)
            at, size = places[bad]
            overwrite(path, at + size // 2, b"\xff" * 9)
            self.tells(r, bad, found=[here])

    def test_checksum_of_zlib(self):
        r, here = self.good()
        r.commit(files={"bad": token(2)})
        path, places = self.packed(r)
        bad = r.head("HEAD:bad")
        at, size = places[bad]
        overwrite(path, at + size - 4, b"\0\1\2\3")
        self.tells(r, bad, found=[here])

    def test_loose(self):
        r, here = self.good()
        r.commit(files={"cut": token(2), "noise": token(3), "empty": token(4), "size": token(5), "kind": token(6),
                        "behind": token(7), "also": token(8)})
        ids = {name: r.head("HEAD:" + name) for name in ("cut", "noise", "empty", "size", "kind", "behind")}
        with open(loose(r, ids["cut"]), "rb") as file:
            whole = file.read()
        for name, data in (("cut", whole[:len(whole) // 2]), ("noise", b"\x78\x9c" + b"\xff" * 60), ("empty", b""),
                           ("size", zlib.compress(b"blob 1152921504606846976\0" + token(5).encode())),
                           ("kind", zlib.compress(b"blub 40\0" + token(6).encode())),
                           ("behind", zlib.compress(b"blob 10\0" + token(7).encode()))):
            os.chmod(loose(r, ids[name]), 0o644)
            with open(loose(r, ids[name]), "wb") as file:
                file.write(data)
        result = self.tells(r, *ids.values(), found=[here])
        self.assertIn(token(8), self.secrets(result))

    def test_loose_names(self):
        r, here = self.good()
        r.write(".git/objects/zz/nothing", "x")
        r.write(".git/objects/ab/short", "x")
        os.makedirs(r.file("objects/cd/" + "0" * 38))
        os.mkfifo(r.file("objects/ab/" + "1" * 38))
        os.symlink("/dev/zero", r.file("objects/ab/" + "2" * 38))
        result = self.scan(r, code=1)
        self.assertIn(here[0], self.secrets(result))

    def test_wrong_crc(self):
        # What the index says of an entry's bytes as they lie in the pack.
        r, here = self.good()
        pack = Pack()
        bad = pack.blob(token(2), crc=12345)
        pack.blob(token(3))
        pack.write(r)
        result = self.tells(r, bad.hex(), found=[here])
        self.assertIn(token(3), self.secrets(result))

    def test_delta_loops(self):
        r, here = self.good()
        one, two, own = b"\x11" * 20, b"\x22" * 20, b"\x33" * 20
        pack = Pack()
        change = delta(10, 20, copy(0, 10), insert(b"x" * 10))
        pack.add(one, REF_DELTA, change, base=two)
        pack.add(two, REF_DELTA, change, base=one)
        pack.add(own, REF_DELTA, change, base=own)
        pack.blob(token(2))
        pack.write(r)
        result = self.tells(r, one.hex(), two.hex(), own.hex(), found=[here])
        self.assertIn(token(2), self.secrets(result))

    def test_loop_over_two_packs(self):
        r, here = self.good()
        one, two = b"\x11" * 20, b"\x22" * 20
        for name, id, base in (("a", one, two), ("b", two, one)):
            pack = Pack()
            pack.add(id, REF_DELTA, delta(10, 10, copy(0, 10)), base=base)
            pack.write(r, name)
        self.tells(r, one.hex(), two.hex(), found=[here])

    def test_deltas(self):
        r, here = self.good()
        pack = Pack()
        base = pack.blob("0123456789")
        bad = {
            "past its base": delta(10, 30, copy(5, 30)),
            "far past": delta(10, 30, copy(0xfffffff0, 30)),
            "another base": delta(11, 10, copy(0, 10)),
            "too short": delta(10, 30, copy(0, 10)),
            "too long": delta(10, 3, copy(0, 10)),
            "reserved": delta(10, 10, b"\0", copy(0, 10)),
            "cut in a copy": delta(10, 10, b"\xff\0"),
            "cut in an insert": delta(10, 100, b"\x64abc"),
            "nothing": b"",
            "sizes only": b"\x0a",
            "endless size": b"\xff" * 30,
            "huge": delta(10, 1 << 60, copy(0, 10)),
        }
        ids = []
        for number, (_, data) in enumerate(bad.items()):
            ids.append(pack.add(bytes([0x40 + number]) * 20, REF_DELTA, data, base=base))
        lost = pack.add(b"\x77" * 20, REF_DELTA, delta(10, 10, copy(0, 10)), base=b"\x78" * 20)
        before = pack.add(b"\x79" * 20, OFS_DELTA, delta(10, 10, copy(0, 10)), base=b"\xff\xff\xff\x7f")
        itself = pack.add(b"\x7a" * 20, OFS_DELTA, delta(10, 10, copy(0, 10)), base=b"\x00")
        good = token(2).encode()
        pack.add(id_of(b"blob", good), REF_DELTA, delta(10, 40, insert(good)), base=base)
        pack.write(r)
        result = self.tells(r, *(id.hex() for id in ids + [lost, before, itself]), found=[here])
        self.assertIn(token(2), self.secrets(result))

    def test_deep_deltas(self):
        # Each is made of the one before: nothing may recurse for each.
        r, here = self.good()
        pack = Pack()
        base = pack.blob("0" * 100)
        text = b"0" * 100
        for number in range(4_000):
            text = text[:90] + b"%010d" % number
            base = pack.add(id_of(b"blob", text), REF_DELTA, delta(100, 100, copy(0, 90), insert(text[90:])), base=base)
        last = b"x" + token(2).encode()
        pack.add(id_of(b"blob", last), REF_DELTA, delta(100, 41, insert(last)), base=base)
        pack.write(r)
        result = self.tells(r, found=[here])
        self.assertIn(token(2), self.secrets(result))

    def test_claims(self):
        r, here = self.good()
        pack = Pack()
        huge = [pack.add(bytes([0x50 + kind]) * 20, kind, token(2).encode(), size=1 << 60)
                for kind in (COMMIT, TREE, BLOB, TAG)]
        more = pack.add(b"\x60" * 20, BLOB, token(3).encode(), size=41)
        less = pack.add(b"\x61" * 20, BLOB, token(4).encode(), size=39)
        kinds = [pack.add(bytes([0x70 + kind]) * 20, kind, token(5).encode()) for kind in (0, 5)]
        pack.blob(token(6))
        pack.write(r)
        result = self.tells(r, *(id.hex() for id in huge + [more, less] + kinds), found=[here])
        self.assertIn(token(6), self.secrets(result))

    def test_much_from_little(self):
        # A gigabyte of zeros in a megabyte: it is streamed, not held.
        r, here = self.good()
        pack, packer = Pack(), zlib.compressobj(9)
        size = 1 << (24 if self.sanitized else 30)
        packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()
        pack.add(b"\x60" * 20, BLOB, b"", size=size, packed=packed)
        pack.write(r)
        self.tells(r, found=[here], megabytes=250)

    def test_index_that_lies(self):
        r, here = self.good()
        pack = Pack()
        ids = [pack.blob(token(10 + i), offset=offset) for i, offset in
               enumerate((0, 4, 13, 1 << 20, (1 << 31) + 7, (1 << 63) + 1))]
        pack.blob(token(2))
        pack.write(r)
        result = self.tells(r, *(id.hex() for id in ids), found=[here])
        self.assertIn(token(2), self.secrets(result))

    def test_index_that_swaps_two(self):
        # Offsets of each other.
        r, here = self.good()
        pack = Pack()
        ids = pack.blob(token(2) + "\n"), pack.blob(token(3) + " and more of it\n")
        at = 12 + len(pack.entries[0][1])
        pack.entries = [(*pack.entries[0][:2], at, None), (*pack.entries[1][:2], 12, None)]
        pack.write(r)
        self.tells(r, *(id.hex() for id in ids), found=[here])

    def test_truncated_packs(self):
        whole, here = self.good("whole")
        for i in range(40):
            whole.commit(files={f"f{i}": token(100 + i)})
        path, _ = self.packed(whole)
        size = os.path.getsize(path)
        for left in (0, 5, 12, 100, size // 2, size - 21, size - 1):
            shutil.rmtree(self.path("r"), ignore_errors=True)
            shutil.copytree(whole.path, self.path("r"))
            r = Repo(self.path("r"), self.folder, made=True)
            os.truncate(r.file("objects/pack/" + os.path.basename(path)), left)
            blob = r.blob(token(7))
            result = self.scan(r, code=1)
            self.assertFalse(result.summary["complete"], left)
            said = str(result.summary["incomplete"])
            self.assertIn(os.path.basename(path).replace(".pack", ""), said)
            self.assertIn(token(7), self.secrets(result), blob)
            if left >= size - 21:
                self.assertIn(here[0], self.secrets(result))

    def test_truncated_indexes(self):
        whole, _ = self.good("whole")
        path, _ = self.packed(whole)
        index = os.path.basename(path).replace(".pack", ".idx")
        size = os.path.getsize(whole.file("objects/pack/" + index))
        for left in (0, 7, 500, 1032, size // 2, size - 30, size - 1):
            shutil.rmtree(self.path("r"), ignore_errors=True)
            shutil.copytree(whole.path, self.path("r"))
            r = Repo(self.path("r"), self.folder, made=True)
            os.chmod(r.file("objects/pack/" + index), 0o644)
            os.truncate(r.file("objects/pack/" + index), left)
            r.blob(token(7))
            result = self.tells(r, index.replace(".idx", ""), code=1)
            self.assertIn(token(7), self.secrets(result))

    def test_one_without_the_other(self):
        for gone in (".idx", ".pack"):
            r, _ = self.good("r" + gone)
            path, _ = self.packed(r)
            os.unlink(path.replace(".pack", gone))
            r.blob(token(7))
            result = self.tells(r, os.path.basename(path).replace(".pack", ""), code=1)
            self.assertIn(token(7), self.secrets(result))

    def test_what_is_no_file(self):
        r, here = self.good()
        os.makedirs(r.file("objects/pack"), exist_ok=True)
        for name in ("pack-1", "pack-2", "pack-3"):
            os.mkfifo(r.file(f"objects/pack/{name}.idx"))
            r.write(f".git/objects/pack/{name}.pack", "x")
        os.makedirs(r.file("objects/pack/pack-4.idx"))
        os.mkfifo(r.file("refs/heads/pipe"))
        os.mkfifo(r.file("packed-refs"))
        os.mkfifo(r.file("logs/refs/heads/pipe"))
        self.tells(r, "pack-1", "refs/heads/pipe", "packed-refs", found=[here])


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

    @unittest.skipIf(os.geteuid() != 0, "files can be given away by root alone")
    def test_of_another_user(self):
        r, here = self.good()
        for folder, folders, files in os.walk(r.path):
            for name in [".", *folders, *files]:
                os.chown(os.path.join(folder, name), 65534, 65534)
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
