"""The program as its users have it: commands, pipes and signals, for the scripts in tests/integration.

    integration/NAME.py PROGRAM [--sanitized] [TEST...]

--sanitized: the program is instrumented, so it is given less and its memory is not measured.
"""
import base64
import json
import os
import random
import select
import shutil
import string
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

WAIT = 240  # seconds until something that must happen has not happened: a machine may be slow, and others at work on it
USERS_OWN = ("GIT_", "GITLEAKS_", "LANGUAGE", "LC_", "LIBMYSQL_", "MARIADB_", "MYSQL_", "PG", "STAUNCH_FINGERPRINT_KEY", "XDG_")
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def forget_the_user():
    """From here on nothing depends on how whoever runs this has set up git, PostgreSQL, the language or the program."""
    for name in [name for name in os.environ if name.startswith(USERS_OWN)]:
        del os.environ[name]
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", LANG="C.UTF-8")


forget_the_user()


def option(name):
    """What stands behind it on the command line, from which both go; else nothing."""
    if name not in sys.argv:
        return ""
    at = sys.argv.index(name)
    del sys.argv[at]
    return sys.argv.pop(at)


def until(true):
    """Waits until it is, and gives it back."""
    end = time.monotonic() + WAIT
    while not (it := true()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
    return it


def key_block():
    """One ASN.1 sequence of noise: a private key as far as one can see from outside. 26 lines of it."""
    noise = random.Random(1).randbytes(1190)
    coded = base64.b64encode(b"\x30\x82" + len(noise).to_bytes(2, "big") + noise).decode()
    body = "\n".join(coded[i:i + 64] for i in range(0, len(coded), 64))
    return "-----BEGIN RSA " + "PRIVATE KEY-----\n" + body + "\n-----END RSA " + "PRIVATE KEY-----\n"


def token(seed):
    """A GitHub token that nobody was ever given: its last six characters are the checksum of the others."""
    chosen = random.Random(seed)
    body = "".join(chosen.choice(DIGITS) for _ in range(30))
    rest, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        check = DIGITS[digit] + check
    return "ghp" + "_" + body + check


class Result:
    def __init__(self, code, out, err, kilobytes, seconds):
        self.code, self.out, self.err = code, out.decode("utf-8", "backslashreplace"), err.decode()
        self.kilobytes, self.seconds = kilobytes, seconds

    def lines(self, kind):
        """The objects of a jsonl report of this type."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        return [each for each in objects if each["type"] == kind]

    @property
    def summary(self):
        (only,) = self.lines("summary")
        return only

    def places(self):
        return sorted((o["path"], o["line"], o["offset"]) for o in self.lines("occurrence"))


class Case(unittest.TestCase):
    """Each test stands in an empty folder that is also HOME."""
    program = ""
    sanitized = False
    maxDiff = 4000

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="staunch-outside-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            if isinstance(data, (bytes, str)):
                data = [data if isinstance(data, bytes) else data.encode()]
            for piece in data:
                file.write(piece)
        return name

    def settings(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STAUNCH_", "GITLEAKS_", "XDG_", "LC_"))}
        kept.update(HOME=self.folder, LANG="C.UTF-8", TERM="dumb", STAUNCH=self.program)
        return dict(cwd=self.folder, env=kept)

    def start(self, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE):
        process = subprocess.Popen([self.program, *arguments], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE,
                                   bufsize=0, **self.settings())
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()

    def run_to_end(self, *arguments, given=b"", stdin=None):
        """`given` is written by a process of its own, a shell command if it is text."""
        if stdin is None and isinstance(given, str):
            writer = subprocess.Popen(["bash", "-c", given], stdout=subprocess.PIPE, **self.settings())
            self.addCleanup(writer.wait)
            self.addCleanup(writer.stdout.close)
            stdin = writer.stdout
        elif stdin is None:
            stdin = tempfile.TemporaryFile()
            stdin.write(given)
            stdin.seek(0)
            self.addCleanup(stdin.close)
        began = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen([self.program, *arguments], stdin=stdin, stdout=out, stderr=err,
                                       **self.settings())
            status, used = os.wait4(process.pid, 0)[1:]
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            return Result(process.returncode, out.read(), err.read(), used.ru_maxrss, time.monotonic() - began)

    def small(self, result):
        """Asserts that little memory was used. What this process holds counts as well: it is the program's parent."""
        if not self.sanitized:
            self.assertLess(result.kilobytes, 150_000)

    def wait_for(self, stream, text, seen=b""):
        """Reads until `text` has come; all that was read."""
        until = time.monotonic() + WAIT
        while text.encode() not in seen:
            if not select.select([stream], [], [], max(0, until - time.monotonic()))[0]:
                self.fail(f"{text!r} did not come; what did: {seen!r}")
            got = os.read(stream.fileno(), 65536)
            if not got:
                self.fail(f"{text!r} did not come; it ended with: {seen!r}")
            seen += got
        return seen

    def until_end(self, process, seen=b""):
        """Waits for its end; its input stays open."""
        until = time.monotonic() + WAIT
        while select.select([process.stdout], [], [], max(0, until - time.monotonic()))[0]:
            got = os.read(process.stdout.fileno(), 65536)
            if not got:
                return Result(process.wait(WAIT), seen + got, process.stderr.read(), 0, 0)
            seen += got
        self.fail(f"it does not end; what came: {seen!r}")

    def finish(self, process, seen=b""):
        """Closes its input and waits."""
        out, err = process.communicate(timeout=WAIT)
        return Result(process.returncode, seen + out, err, 0, 0)


def main():
    Case.sanitized = "--sanitized" in sys.argv
    rest = [argument for argument in sys.argv[1:] if argument != "--sanitized"]
    Case.program = os.path.abspath(rest[0])
    unittest.main(argv=[sys.argv[0], *rest[1:]])
