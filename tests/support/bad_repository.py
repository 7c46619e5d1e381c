"""Repositories that are broken, lie, or were made to do harm, and what is asked of every scan of one."""
import hashlib
import os
import signal
import struct
import zlib

from git_outside import GitCase
from outside import token

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
