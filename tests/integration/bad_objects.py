#!/usr/bin/env python3
"""Objects and packs that are broken or lie: a message that names the object or the file, the rest is scanned, the exit
code says so. Usage in tests/support/outside.py."""
import os
import shutil
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from bad_repository import (BLOB, COMMIT, OFS_DELTA, REF_DELTA, TAG, TREE, BadCase, Pack, copy, delta,  # noqa: E402
                            id_of, insert, loose, overwrite)
from git_outside import Repo  # noqa: E402
from outside import main, token  # noqa: E402


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

if __name__ == "__main__":
    main()
