"""Small containers of every kind and parts of packs for the fuzz targets, made by Python and other programs.

make_seeds.py FOLDER: an archive's seed begins with a byte that says whether it can be sought in
(tests/fuzz/archive.cc).
"""
import bz2
import gzip
import io
import lzma
import os
import py_compile
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

TEXT = b"a line of text\n" * 4


def zipped(method):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("folder/a", TEXT)
        archive.writestr("b", gzip.compress(TEXT))
    return out.getvalue()


def tarred(form):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in ("a", "folder/" + "n" * 99):
            info = tarfile.TarInfo(name)
            info.size = len(TEXT)
            archive.addfile(info, io.BytesIO(TEXT))
    return out.getvalue().rstrip(b"\0") + b"\0" * 1024


def made_by(command, name):
    """What a program makes of the file `text` in a folder of its own, or nothing."""
    if shutil.which(command[0]) is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "text"), "wb") as out:
            out.write(TEXT)
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        with open(os.path.join(folder, name), "rb") as file:
            return file.read()


def lying_headers():
    """A cpio and an ar whose second header claims gigabytes."""
    def cpio(name, data, name_size):
        numbers = (0, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, name_size, sum(data))
        header = b"070702" + b"".join(b"%08X" % number for number in numbers) + name
        return header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)

    def ar(name, data, size):
        return b"%-16s0           0     0     100644  %-10d`\n" % (name, size) + data

    yield cpio(b"a\0", TEXT, 2) + cpio(b"b\0", TEXT, 0xffffffff)
    yield b"!<arch>\n" + ar(b"a/", TEXT, len(TEXT)) + ar(b"//", TEXT, 1_000_000_000)


def archives():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield zipped(method)
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        yield tarred(form)
        yield gzip.compress(tarred(form))
    yield bz2.compress(TEXT)
    yield lzma.compress(TEXT)
    yield lzma.compress(TEXT, lzma.FORMAT_ALONE)
    yield made_by(["7zz", "a", "it.7z", "text"], "it.7z")
    yield made_by(["7zz", "a", "-tzip", "-psesame", "it.zip", "text"], "it.zip")
    yield made_by(["zstd", "-q", "text"], "text.zst")
    yield made_by(["ar", "rc", "it.a", "text"], "it.a")
    yield from lying_headers()


def databases():
    for encoding, size in (("UTF-8", 512), ("UTF-16le", 512), ("UTF-16be", 1024)):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "it")
            database = sqlite3.connect(path)
            database.execute("PRAGMA encoding='%s'" % encoding)
            database.execute("PRAGMA page_size=%d" % size)
            database.execute("CREATE TABLE t(a, 'b c' TEXT)")
            database.execute("CREATE TABLE u(k PRIMARY KEY) WITHOUT ROWID")
            for i in range(8):
                database.execute("INSERT INTO t VALUES(?, ?)", ("text " * 3, "more " * 30 * i))
                database.execute("INSERT INTO u VALUES(?)", ("key %d" % i,))
            database.commit()
            database.close()
            with open(path, "rb") as file:
                yield file.read()


def compiled():
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "m.py"), os.path.join(folder, "m.pyc")
        with open(source, "w") as file:
            file.write("A = 'text'\ndef f(x=(1, 2.5, 3j, None)):\n  return {'a', b'b', 10 ** 30}\n")
        py_compile.compile(source, out, doraise=True)
        with open(out, "rb") as file:
            yield file.read()


def head(kind, size):
    """The head of a pack's entry: its type and the size of what was packed."""
    number, size = kind << 4 | size & 15, size >> 4
    out = bytearray()
    while size:
        out.append(number | 0x80)
        number, size = size & 0x7F, size >> 7
    return bytes(out) + bytes([number])


def deltas():
    """A base of 16 bytes, and what copies all of it, some of it twice, or puts bytes between."""
    base = bytes(range(65, 81))
    bodies = [b"\x10\x10\x90\x10", b"\x10\x0d\x91\x04\x04\x01!\x91\x04\x04\x91\x08\x04", b"\x10\x03\x03abc"]
    return [base, bodies]


def packs():
    """Entries with 0xee between them (tests/fuzz/pack.cc): a blob, deltas of it by id and by offset."""
    base, bodies = deltas()
    blob = head(3, len(base)) + zlib.compress(base)
    by_id = [head(7, len(body)) + bytes(20) + zlib.compress(body) for body in bodies]
    by_offset = [head(6, len(body)) + bytes([len(blob)]) + zlib.compress(body) for body in bodies]
    return [b"\xee".join([blob, entry]) for entry in by_id + by_offset] + [b"\xee".join([blob, *by_id])]


def indexes():
    """Ids, CRCs and offsets of three objects (tests/fuzz/pack_index.cc), the last beyond 31 bits."""
    def body(width):
        ids = b"".join(bytes([first]) * width for first in b"\0aa")
        return ids + bytes(12) + bytes.fromhex("0000000c 00000040 80000000 0000000100000000")
    return [b"\0" + body(20), b"\1" + body(32)]


def write_all(folder, seeds):
    os.makedirs(folder, exist_ok=True)
    for number, seed in enumerate(seeds):
        with open(os.path.join(folder, str(number)), "wb") as out:
            out.write(seed)


def main():
    files = [file for file in archives() if file is not None]
    write_all(os.path.join(sys.argv[1], "archive"), [first + file for file in files for first in (b"0", b"1")])
    write_all(os.path.join(sys.argv[1], "scan"), [b"0" + file for file in lying_headers()])
    write_all(os.path.join(sys.argv[1], "records"), [*databases(), *compiled()])
    base, bodies = deltas()
    write_all(os.path.join(sys.argv[1], "delta"), [bytes([len(base), 0]) + base + body for body in bodies])
    write_all(os.path.join(sys.argv[1], "pack"), packs())
    write_all(os.path.join(sys.argv[1], "pack_index"), indexes())


main()
