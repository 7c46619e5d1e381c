#!/usr/bin/env python3
"""Archives that lie, bite or are broken, through a pipe and as files: a message that names the place, and its exit
code. All are made here, from descriptions; usage in tests/support/outside.py."""
import gzip
import io
import json
import os
import pathlib
import py_compile
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import Case, main, token  # noqa: E402


class Zeros:
    """A member that is too large to hold here."""
    def __init__(self, megabytes):
        self.megabytes = megabytes


def zipped(*members):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            if not isinstance(data, Zeros):
                archive.writestr(name, data)
                continue
            with archive.open(name, "w") as member:
                for _ in range(data.megabytes):
                    member.write(bytes(1 << 20))
    return made.getvalue()


def tarred(*members, mode="w"):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def gzipped(pieces):
    """What the program's parent holds is counted as the program's: large contents come in pieces."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def gzipped_zeros(megabytes):
    return gzipped(bytes(1 << 20) for _ in range(megabytes))


def noise(size):
    return b"".join(struct.pack("<I", zlib.crc32(b"%d" % i)) for i in range(size // 4))


def gzip_quine():
    """A gzip file that holds itself, after Russ Cox, "Zip Files All The Way Down" (research.swtch.com/zip).

    Its operations are five bytes each: `literal` (a stored block of n bytes) and `repeat` (the last n bytes once more:
    a block of fixed Huffman codes with two matches). The checksum it must hold of itself stands in it twice; CRC-32 is
    affine in its bits, so that it is the solution of 32 equations."""
    def literal(size):
        return struct.pack("<BHH", 0, size, size ^ 0xffff)

    def repeat(size):  # 17 to 20 bytes back, in two matches of half of it: 40 bits
        def code(value, width):  # a Huffman code goes with its highest bit first
            return f"{value:0{width}b}"
        match = code(size // 2 - 2, 7) + code(8, 5) + f"{size - 17:03b}"[::-1]
        bits = "0" + "10" + match + match + code(0, 7)
        assert len(bits) == 40 and size % 2 == 0 and 17 <= size <= 20
        return int(bits[::-1], 2).to_bytes(5, "little")

    def whole(name, check, size):
        head = b"\x1f\x8b\x08\x08" + bytes(6) + name + b"\0"
        tail = struct.pack("<BHHII", 1, 0, 0xffff, check, size)
        p, s = len(head) + 5, len(tail) + 5
        units = [
            head, literal(p), head, literal(p), repeat(p),
            literal(5), repeat(p), literal(5), literal(5), literal(20), repeat(p), literal(5), literal(5), literal(20),
            repeat(20), literal(20), repeat(20), literal(20), repeat(20), literal(20),
            repeat(20), literal(20), repeat(20), literal(0), literal(0), literal(s),
            repeat(20), literal(0), literal(0), literal(s), repeat(s), tail, repeat(s), tail]
        return b"".join(units)

    for number in range(1000):
        name = b"%04d" % number
        size = len(whole(name, 0, 0))
        constant = zlib.crc32(whole(name, 0, size))
        rows = []  # of an equation a bit: the coefficients, and what they sum to as bit 32
        columns = [zlib.crc32(whole(name, 1 << bit, size)) ^ constant ^ 1 << bit for bit in range(32)]
        for bit in range(32):
            rows.append(sum((columns[i] >> bit & 1) << i for i in range(32)) | (constant >> bit & 1) << 32)
        for bit in range(32):
            pivot = next((i for i in range(bit, 32) if rows[i] >> bit & 1), None)
            if pivot is None:
                break
            rows[bit], rows[pivot] = rows[pivot], rows[bit]
            rows = [row ^ rows[bit] if i != bit and row >> bit & 1 else row for i, row in enumerate(rows)]
        else:
            return whole(name, sum((row >> 32) << i for i, row in enumerate(rows)), size)
    raise ValueError("no name makes the equations solvable")


def cpio_member(name, data, name_size=None):
    """The "new ASCII" format with checksums, cpio(5) of libarchive; `name_size` is what its header says of the name."""
    name += b"\0"
    sizes = (0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, name_size or len(name), sum(data) & 0xffffffff)
    header = b"070702" + b"".join(b"%08X" % number for number in sizes) + name
    return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)


def ar_member(name, data, size=None):
    """ar(5); `size` is what the header says."""
    return b"%-16s0           0     0     100644  %-10d`\n" % (name, size or len(data)) + data + b"\n" * (len(data) % 2)


def tar_header(name):
    header = bytearray(tarfile.TarInfo(name).tobuf(tarfile.USTAR_FORMAT))
    return bytes(header)


def many_tar(count):
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    block = tar_header("e") * 1000
    packed = b"".join(packer.compress(block) for _ in range(count // 1000))
    return packed + packer.compress(bytes(1024)) + packer.flush()


def many_zip(count):
    """Members of no bytes; more than 65,535 of them need the zip64 records (APPNOTE.TXT 4.3.14, 4.3.15)."""
    entry = struct.pack("<IHHHHHIIIHH", 0x04034b50, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0) + b"e"
    listed = struct.pack("<IHHHHHHIIIHHHHHII", 0x02014b50, 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"e"
    held, directory = len(entry) * count, len(listed) * count
    end = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count, count, directory, held)
    end += struct.pack("<IIQI", 0x07064b50, 0, held + directory, 1)
    end += struct.pack("<IHHHHIIH", 0x06054b50, 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    for piece in (entry, listed):
        for _ in range(count // 1000):
            yield piece * 1000
    yield end


class BadArchives(Case):
    def both(self, name, data, *options):
        """As a file, and through a pipe under its name: both must say the same, with little memory."""
        self.write("in/" + name, data)
        as_file = self.run_to_end("dir", "-f", "jsonl", *options, "in/" + name)
        through = self.run_to_end("stdin", "-f", "jsonl", "--label", "in/" + name, *options, given=f"cat 'in/{name}'")
        self.assertEqual(as_file.places(), through.places())
        self.assertCountEqual(as_file.summary["partial"], through.summary["partial"])
        self.assertEqual(as_file.code, through.code)
        self.assertEqual(as_file.summary["incomplete"] + through.summary["incomplete"], [])
        self.small(as_file)
        self.small(through)
        return through

    def is_partial(self, result, where, why):
        self.assertEqual([note["what"] for note in result.summary["partial"]], [where])
        self.assertIn(why, result.summary["partial"][0]["why"])

    def strict(self, name):
        return self.run_to_end("dir", "--strict", "in/" + name).code

    def test_flat_bomb(self):
        bomb = zipped(("before.txt", token(1)), ("zeros", Zeros(150)), ("behind.txt", token(2)))
        result = self.both("bomb.zip", bomb)
        self.is_partial(result, "in/bomb.zip", "expands to more than 1000 times its size: cut after 15")
        self.assertEqual(result.places(), [("in/bomb.zip!before.txt", 1, 0)])
        self.assertEqual(result.code, 1)

    def test_flat_bomb_without_a_finding(self):
        result = self.both("bomb.gz", gzipped_zeros(150))
        self.is_partial(result, "in/bomb.gz", "expands to more than 1000 times its size")
        self.assertEqual((result.code, self.strict("bomb.gz")), (0, 3))

    def test_bomb_in_bombs(self):
        # Sixteen times what one of them holds: the limit is of all together.
        inner = zipped(("zeros", Zeros(20)))
        result = self.both("bombs.zip", zipped(*((f"{i}.zip", inner) for i in range(16))))
        notes = sorted((note["what"], note["why"]) for note in result.summary["partial"])
        self.assertEqual([where for where, _ in notes], ["in/bombs.zip", "in/bombs.zip!3.zip"])
        for _, why in notes:
            self.assertIn("expands to more than 1000 times its size: cut after 67.1 MB", why)

    def test_too_deep(self):
        deep = zipped(("a.txt", token(1)))
        for name in ("c.zip", "b.zip", "a.zip"):
            deep = zipped((name, deep))
        result = self.both("deep.zip", deep)
        self.is_partial(result, "in/deep.zip!a.zip!b.zip", "nested more deeply than --max-archive-depth allows")
        self.assertEqual((result.places(), result.code, self.strict("deep.zip")), ([], 0, 3))
        result = self.both("deep.zip", deep, "--max-archive-depth", "4")
        self.assertEqual(result.places(), [("in/deep.zip!a.zip!b.zip!c.zip!a.txt", 1, 0)])
        self.assertEqual(result.summary["partial"], [])
        # Whoever does not want archives opened is not told about it.
        result = self.both("deep.zip", deep, "--max-archive-depth", "0")
        self.assertEqual((result.places(), result.summary["partial"]), ([], []))

    def test_quine(self):
        quine = gzip_quine()
        self.assertEqual(gzip.decompress(quine), quine)
        result = self.both("itself.gz", quine)
        self.is_partial(result, "in/itself.gz!itself!content", "nested more deeply than --max-archive-depth allows")
        self.assertEqual(self.both("itself.gz", quine, "--max-archive-depth", "32").code, 0)

    def test_cut_tar_gz(self):
        whole = tarred(("a.txt", token(1).encode()), ("noise", noise(400_000)), ("b.txt", token(2).encode()),
                       mode="w:gz")
        self.assertEqual(len(self.both("whole.tar.gz", whole).places()), 2)
        result = self.both("cut.tar.gz", whole[:200_000])
        self.assertEqual(result.places(), [("in/cut.tar.gz!a.txt", 1, 0)])
        self.is_partial(result, "in/cut.tar.gz", "damaged: ")
        self.assertEqual(result.code, 1)
        clean = tarred(("noise", noise(400_000)), mode="w:gz")
        self.assertEqual(self.both("clean.tar.gz", clean[:200_000]).code, 0)
        self.assertEqual(self.strict("clean.tar.gz"), 3)

    def test_cut_gz_of_text(self):
        text = b"".join(b"%d %s\n" % (i, noise(60).hex().encode()) for i in range(9)) + token(1).encode() + b"\n"
        cut = gzip.compress(text + noise(99_000))[:50_000]
        result = self.both("app.log.gz", cut)
        self.assertEqual([place[:2] for place in result.places()], [("in/app.log.gz!app.log", 10)])
        self.is_partial(result, "in/app.log.gz", "damaged: ")

    def test_cut_zip(self):
        cut = zipped(("a.txt", token(1)), ("noise", noise(400_000)), ("b.txt", token(2)))[:200_000]
        result = self.both("cut.zip", cut)
        self.assertEqual(result.places(), [("in/cut.zip!a.txt", 1, 0)])
        self.assertIn("damaged", result.summary["partial"][0]["why"])

    def test_encrypted_zip(self):
        self.write("a.txt", token(1))
        self.write("open.txt", token(2))
        for more in (["-psesame", "in.zip", "a.txt"], ["in.zip", "open.txt"]):
            subprocess.run(["7zz", "a", "-bso0", "-tzip", *more], check=True, **self.settings())
        result = self.both("locked.zip", pathlib.Path(self.path("in.zip")).read_bytes())
        self.is_partial(result, "in/locked.zip!a.txt", "encrypted, not expanded")
        self.assertEqual(result.places(), [("in/locked.zip!open.txt", 1, 0)])

    def test_names_are_data(self):
        names = ["../../../escaped", "/" + self.folder.lstrip("/") + "/absolute", "a/../../b", "x\x1b[2Jy"]
        secrets = [(name, token(i)) for i, name in enumerate(names)]
        before = sorted(str(path) for path in pathlib.Path(self.folder).rglob("*"))
        for name, data in (("x.zip", zipped(*secrets)), ("x.tar", tarred(*((n, d.encode()) for n, d in secrets)))):
            result = self.both(name, data)
            self.assertEqual([place[0] for place in result.places()], sorted(f"in/{name}!{each}" for each in names))
            text = self.run_to_end("dir", "in/" + name)
            self.assertIn(f"in/{name}!../../../escaped:1:1\n", text.out)
            self.assertNotIn("\x1b", text.out)
        after = sorted(str(path) for path in pathlib.Path(self.folder).rglob("*"))
        self.assertEqual(after, sorted(before + [self.path(n) for n in ("in", "in/x.zip", "in/x.tar")]))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "../../../escaped")))

    def test_headers_that_claim_gigabytes(self):
        """A reader that believes them holds all that follows."""
        secret, large = token(1).encode(), noise(8192) + bytes(1 << 20)
        cpio = cpio_member(b"b.txt", b"", name_size=0xffffffff), cpio_member(b"TRAILER!!!", b"")
        ar = ar_member(b"//", b"", size=1_000_000_000), b""
        for name, inner, magic, member, (lie, end) in (("it.cpio.gz", "", b"", cpio_member, cpio),
                                                       ("it.a.gz", "!it.a", b"!<arch>\n", ar_member, ar)):
            first = magic + member(b"a.txt", secret)
            result = self.both(name, gzipped([first, lie, *[large] * 64]))
            self.assertEqual(result.places(), [(f"in/{name}{inner}!a.txt", 1, 0)])
            self.is_partial(result, f"in/{name}{inner}", "damaged: a header that takes more than 16.8 MB")
            self.assertEqual(result.code, 1)
            # Members may be larger than any header.
            result = self.both(name, gzipped([first, member(b"large", large * 20), member(b"c.txt", secret), end]))
            self.assertEqual([place[0] for place in result.places()],
                             [f"in/{name}{inner}!a.txt", f"in/{name}{inner}!c.txt"])
            self.assertEqual(result.summary["partial"], [])

    def test_many_empty_members(self):
        for name, make in (("many.tar.gz", many_tar), ("many.zip", many_zip)):
            result = self.both(name, make(1_001_000))
            self.is_partial(result, "in/" + name, "holds more than 1000000 members: the others are not expanded")
            self.assertEqual(result.code, 0)

    def test_streams_without_a_name(self):
        data = zipped(("a.txt", token(1)), ("b.zip", zipped(("c.txt", token(2)))))
        result = self.run_to_end("stdin", given=data)
        self.assertIn("  stdin!a.txt:1:1\n", result.out)
        self.assertIn("  stdin!b.zip!c.txt:1:1\n", result.out)
        result = self.run_to_end("stdin", given=gzip.compress(token(1).encode()))
        self.assertIn("  stdin!content:1:1\n", result.out)
        result = self.run_to_end("stdin", "--max-archive-depth", "1", given=data)
        self.assertIn("read in part: stdin!b.zip: not opened", result.out)
        result = self.run_to_end("stdin", given=tarred(("a", noise(99_000)), mode="w:gz")[:50_000])
        self.assertIn("read in part: standard input: damaged: ", result.out)

    def test_image(self):
        """What `docker save` writes: layers in a tar, compressed or not, with their lists as JSON."""
        layers = [tarred(("etc/hostname", b"box\n"), ("root/.netrc", f"password {token(1)}\n".encode()), mode="w:gz"),
                  tarred(("app/settings.py", f"KEY = '{token(2)}'\n".encode()))]
        names = ["blobs/sha256/" + f"{zlib.crc32(layer):08x}" * 8 for layer in layers]
        manifest = '[{"Config":"config.json","RepoTags":["a:1"],"Layers":["%s"]}]' % '","'.join(names)
        config = '{"config":{"Env":["PATH=/bin","TOKEN=%s"]}}' % token(3)
        image = tarred(*zip(names, layers), ("manifest.json", manifest.encode()), ("config.json", config.encode()))
        result = self.both("image.tar", image)
        self.assertEqual([place[0] for place in result.places()], sorted([
            f"in/image.tar!{names[0]}!root/.netrc", f"in/image.tar!{names[1]}!app/settings.py",
            "in/image.tar!config.json"]))
        self.assertEqual(result.summary["partial"], [])

    def test_documents(self):
        """What people make with programs: an office document, a jar, a notebook, a compiled script."""
        self.write("d/a.docx", zipped(("[Content_Types].xml", "<Types/>"),
                                      ("word/document.xml", f"<w:p><w:t>key {token(1)}</w:t></w:p>")))
        self.write("d/b.jar", zipped(("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n"),
                                     ("app.properties", f"key={token(2)}\n")))
        source = f"a = 1\n{token(3)}\nb = 2"
        self.write("d/c.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": source}], "nbformat": 4}))
        self.write("m.py", f"D = {{'a': ('b', '{token(4)}')}}\n")
        py_compile.compile(self.path("m.py"), self.path("d/m.pyc"), doraise=True)
        result = self.run_to_end("dir", "-f", "jsonl", "d")
        self.assertEqual([place[:2] for place in result.places() if place[0] != "d/m.pyc"], [
            ("d/a.docx!word/document.xml", 1), ("d/b.jar!app.properties", 1), ("d/c.ipynb", 1)])
        self.assertEqual(len(result.lines("finding")), 4)
        self.assertEqual((result.summary["partial"], result.summary["incomplete"]), ([], []))

    def test_trickled_archive(self):
        """Members are found however the pipe cuts the archive."""
        data = tarred(("a.txt", token(1).encode()), ("b.txt", token(2).encode()), mode="w:gz")
        process = self.start("stdin", "-f", "jsonl", "--label", "t")
        for at in range(0, len(data), 50):
            process.stdin.write(data[at:at + 50])
            time.sleep(0.01)
        result = self.finish(process)
        self.assertEqual([place[0] for place in result.places()], ["t!a.txt", "t!b.txt"])


if __name__ == "__main__":
    main()
