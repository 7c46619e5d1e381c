#!/usr/bin/env python3
"""The C library as others use it: c_api.py BUILD SOURCE

Installed into a folder of its own, the example (tests/c_api/example.c) is compiled against it by pkg-config and by
CMake's find_package, as C, and run; what the functions promise is tried through ctypes: findings and their places,
streams cut anywhere, many threads on one scanner, stopping, wrong arguments and rules.
"""
import ctypes
import os
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import threading

build, source = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
folder = tempfile.TemporaryDirectory(prefix="staunch-c-")
root = pathlib.Path(folder.name)
prefix = root / "installed"
OK, PARTIAL, INCOMPLETE, STOPPED, BAD_ARGUMENT, BAD_RULES = range(6)
RULES = b"""
[[rules]]
id = "mark"
description = "A mark"
regex = '''(mark_[0-9a-z]{16})'''
keywords = ["mark_"]
"""
random_ = random.Random(3)


def mark():
    return "mark_" + "".join(random_.choices(string.ascii_lowercase + string.digits, k=16))


class Finding(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("rule", ctypes.c_char_p), ("provider", ctypes.c_char_p),
                ("description", ctypes.c_char_p), ("fingerprint", ctypes.c_char_p), ("severity", ctypes.c_int),
                ("confidence", ctypes.c_int), ("path", ctypes.c_char_p)] + \
        [(name, ctypes.c_uint64) for name in ("offset", "length", "line", "column", "end_line", "end_column")] + \
        [("decoded", ctypes.c_char_p), ("secret", ctypes.POINTER(ctypes.c_char)), ("secret_size", ctypes.c_size_t)]


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("rules", ctypes.c_char_p), ("rules_size", ctypes.c_size_t),
                ("key", ctypes.c_char_p), ("key_size", ctypes.c_size_t), ("decode", ctypes.c_uint),
                ("archive", ctypes.c_uint)]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Finding))


def run(*command, **settings):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, **settings)


def install():
    for component in ("library", "development"):
        run("cmake", "--install", build, "--prefix", prefix, "--component", component, check=True)
    (libraries,) = {path.parent for path in prefix.rglob("libstaunch.so")}
    exported = run("nm", "-D", "--defined-only", libraries / "libstaunch.so", check=True).stdout.split()
    names = {word.split("@")[0] for word in exported if word.startswith("staunch_")}
    header = (prefix / "include/staunch.h").read_text()
    assert len(names) == 10 and all(name + "(" in header for name in names), names
    assert not [word for word in exported if word.startswith("_Z")]
    return libraries


def examples(libraries):
    program = source / "tests/c_api/example.c"
    env = {**os.environ, "PKG_CONFIG_PATH": str(libraries / "pkgconfig"), "LD_LIBRARY_PATH": str(libraries)}
    flags = run("pkg-config", "--cflags", "--libs", "staunch", env=env, check=True).stdout.split()
    run("gcc-12", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", program, *flags, "-o", root / "example",
        env=env, check=True)
    cmake = root / "cmake"
    cmake.mkdir()
    (cmake / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.25)
project(example C)
find_package(staunch 0.1 REQUIRED)
add_executable(example {program})
target_link_libraries(example staunch::staunch)
""")
    run("cmake", "-G", "Ninja", "-S", cmake, "-B", cmake / "b", "-DCMAKE_C_COMPILER=gcc-12",
        f"-DCMAKE_PREFIX_PATH={prefix}",
        check=True)
    run("cmake", "--build", cmake / "b", check=True)
    # A private key in a file that no scanner keeps: made here.
    key = run("openssl", "genpkey", "-algorithm", "ed25519", check=True).stdout
    (root / "deploy.pem").write_text("\n" + key)
    (root / "clean.txt").write_text("nothing\n")
    for example in (root / "example", cmake / "b/example"):
        found = run(example, "deploy.pem", "clean.txt", cwd=root, env=env)
        assert found.returncode == 1 and found.stdout.startswith("deploy.pem:2:1: "), found
        piped = run(example, input="\n" + key, env=env)
        assert piped.returncode == 1 and piped.stdout.startswith("(standard input):2:1: "), piped
        assert run(example, "clean.txt", cwd=root, env=env).returncode == 0
        assert run(example, input="", env=env).returncode == 0


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(str(path))
        self.c.staunch_version.restype = self.c.staunch_status_text.restype = ctypes.c_char_p

    def open(self, rules=RULES, **options):
        given, scanner, error = Options(), ctypes.c_void_p(), ctypes.create_string_buffer(300)
        self.c.staunch_options_init(ctypes.byref(given))
        given.rules, given.rules_size = rules, len(rules or b"")
        for name, value in options.items():
            setattr(given, name, value)
        status = self.c.staunch_open(ctypes.byref(given), ctypes.byref(scanner), error, len(error))
        return status, scanner, error.value.decode()

    def collect(self, into, stop_after=None):
        @CALLBACK
        def take(_, finding):
            it = finding.contents
            assert it.size == ctypes.sizeof(Finding)
            into.append((it.rule.decode(), it.offset, it.line, it.column, it.length,
                         ctypes.string_at(it.secret, it.secret_size).decode(),
                         it.fingerprint.decode(), it.path.decode(errors="replace"), it.decoded.decode()))
            return int(stop_after is not None and len(into) >= stop_after)
        return take

    def scan(self, scanner, text, path=None, stop_after=None):
        found = []
        status = self.c.staunch_scan(scanner, text, ctypes.c_size_t(len(text)), path, self.collect(found, stop_after),
                                     None)
        return status, found

    def stream(self, scanner, pieces, stop_after=None, flush=False):
        found, stream = [], ctypes.c_void_p()
        callback = self.collect(found, stop_after)
        assert self.c.staunch_stream_open(scanner, b"s", callback, None, ctypes.byref(stream)) == OK
        statuses = []
        for piece in pieces:
            statuses.append(self.c.staunch_stream_write(stream, piece, ctypes.c_size_t(len(piece))))
            if flush:
                statuses.append(self.c.staunch_stream_flush(stream))
        statuses.append(self.c.staunch_stream_close(stream))
        return statuses, found


def made_text(marks):
    text, expected = "", []
    for each in marks:
        text += "x" * random_.randrange(40) + "\n" * random_.randrange(2) + " "
        start = text.rfind("\n") + 1
        expected.append((len(text), text.count("\n") + 1, len(text) - start + 1, each))
        text += each + " "
    return text.encode(), expected


def findings(library):
    status, scanner, _ = library.open()
    assert status == OK
    marks = [mark() for _ in range(40)]
    text, expected = made_text(marks + marks[:3])
    status, found = library.scan(scanner, text, b"a/b.txt")
    assert status == OK and [(f[1], f[2], f[3], f[5]) for f in found] == expected
    assert all(f[0] == "mark" and f[4] == 21 and f[7] == "a/b.txt" for f in found)
    assert len({f[6] for f in found}) == 40 and all(f[6].startswith("sf1:") for f in found)
    hidden = library.scan(scanner, b"k = " + marks[0].encode().hex().encode())[1]
    assert [(f[5], f[6], f[8]) for f in hidden] == [(marks[0], found[0][6], "hex")]
    # Larger than what is scanned at once.
    large = b"\n" * (6 << 20) + marks[0].encode()
    assert [f[2] for f in library.scan(scanner, large)[1]] == [(6 << 20) + 1]

    for _ in range(20):
        cuts = sorted(random_.randrange(len(text)) for _ in range(random_.randrange(30)))
        pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)])]
        statuses, streamed = library.stream(scanner, pieces)
        assert set(statuses) == {OK} and [f[:7] for f in streamed] == [f[:7] for f in found]
    assert [f[5] for f in library.stream(scanner, [mark().encode() + b"\n", b"x"], flush=True)[1]] != []

    assert library.scan(scanner, text, stop_after=5)[0] == STOPPED
    assert len(library.scan(scanner, text, stop_after=5)[1]) == 5
    statuses, streamed = library.stream(scanner, [text, b"\n", text], stop_after=7, flush=True)
    assert len(streamed) == 7 and statuses[-1] == STOPPED

    keyed = library.open(key=b"k", key_size=1)[1]
    assert library.scan(keyed, text)[1][0][6] != found[0][6]
    shallow = library.open(decode=0)[1]
    assert library.scan(shallow, marks[0].encode().hex().encode())[1] == []
    for each in (keyed, shallow, scanner):
        library.c.staunch_close(each)


def threads(library):
    scanner = library.open()[1]
    texts = [made_text([mark() for _ in range(200)]) for _ in range(8)]
    wrong = []

    def work(text, expected):
        for _ in range(30):
            for found in (library.scan(scanner, text)[1], library.stream(scanner, [text[:99], text[99:]])[1]):
                if [(f[1], f[2], f[3], f[5]) for f in found] != expected:
                    wrong.append(found)
    workers = [threading.Thread(target=work, args=each) for each in texts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
    library.c.staunch_close(scanner)


def mistakes(library):
    c = library.c
    for rules, words in ((b"[[rules]\n", "rules:1:"), (b"[[rules]]\nid='x'\nregex='('\n", "x"),
                         (b"[extend]\npath='/etc/x'\n", "extend")):
        status, scanner, error = library.open(rules)
        assert status == BAD_RULES and not scanner.value and words in error, error
    status, scanner, error = library.open(None, size=7)
    assert status == BAD_ARGUMENT and "size" in error
    assert c.staunch_open(None, None, None, 0) == BAD_ARGUMENT
    scanner, stream = library.open()[1], ctypes.c_void_p()
    callback = library.collect([])
    assert c.staunch_scan(None, b"", 0, None, callback, None) == BAD_ARGUMENT
    assert c.staunch_scan(scanner, b"", 0, None, ctypes.cast(None, CALLBACK), None) == BAD_ARGUMENT
    assert c.staunch_scan(scanner, None, 5, None, callback, None) == BAD_ARGUMENT
    assert c.staunch_scan(scanner, None, 0, None, callback, None) == OK
    assert c.staunch_stream_open(scanner, None, callback, None, None) == BAD_ARGUMENT
    assert c.staunch_stream_open(None, None, callback, None, ctypes.byref(stream)) == BAD_ARGUMENT
    assert c.staunch_stream_write(None, b"", 0) == c.staunch_stream_close(None) == BAD_ARGUMENT
    c.staunch_close(None)
    # What is in an archive that breaks off cannot be read.
    import gzip
    packed = gzip.compress(os.urandom(5000) + mark().encode())
    assert library.scan(scanner, packed[:3000], b"a.gz")[0] in (PARTIAL, INCOMPLETE)
    c.staunch_close(scanner)
    # Built-in rules, with others laid over them.
    both = b"[extend]\nuseDefault = true\n" + RULES
    text = (root / "deploy.pem").read_bytes() + mark().encode()
    scanner = library.open(both)[1]
    assert len({f[0] for f in library.scan(scanner, text)[1]}) == 2
    c.staunch_close(scanner)
    assert c.staunch_version().startswith(b"0.")
    assert len({c.staunch_status_text(status) for status in range(8)}) == 8


def main():
    libraries = install()
    examples(libraries)
    print("ok examples", flush=True)
    library = Library(libraries / "libstaunch.so")
    for step in (findings, threads, mistakes):
        step(library)
        print("ok", step.__name__, flush=True)


main()
