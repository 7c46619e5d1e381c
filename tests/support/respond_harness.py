"""What the suites of the response begin with: doubles of providers, a policy that leads to them, tokens of some formats,
and a look at everything that comes out for the secrets of the test. The program is the suite's first argument.
"""
import base64
import functools
import json
import os
import pathlib
import random
import string
import subprocess
import sys
import tempfile
import unittest
import zlib

from outside import WAIT
from provider_double import Doubles

SUPPORT = pathlib.Path(__file__).resolve().parent
STAUNCH = os.path.abspath(sys.argv.pop(1))
PROGRAM = os.path.join(os.path.dirname(STAUNCH), "libexec", "staunch", "staunch-respond")
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
rng = random.Random(8)


def some(alphabet, n):
    return "".join(rng.choice(alphabet) for _ in range(n))


def github_token():
    body = some(BASE62, 30)
    check, digits = zlib.crc32(body.encode()), ""
    while check:
        check, digit = divmod(check, 62)
        digits = BASE62[digit] + digits
    return "ghp" + "_" + body + digits.rjust(6, "0")


def gitlab_token():
    return "glpat" + "-" + some(BASE62, 20)


def slack_token():
    return "xoxb" + "-" + some(string.digits, 12) + "-" + some(string.digits, 12) + "-" + some(BASE62, 24)


def slack_app_token():
    return "xapp" + "-1-A" + some(BASE62[:36], 10) + "-" + some(string.digits, 13) + "-" + some("0123456789abcdef", 64)


def openai_key(kind="proj"):
    return "sk-" + kind + "-" + some(BASE62, 74) + "T3Blbk" + "FJ" + some(BASE62, 74)


def anthropic_key(kind="api03"):
    return "sk-ant-" + kind + "-" + some(BASE62, 93) + "AA"


ENOUGH = 512 << 20  # bytes that must be free there: containers may have little


def fast_folder():
    """A temporary folder; in memory where that may be, since a journal waits for the disk at each step."""
    memory, may = "/dev/shm", False
    if os.access(memory, os.W_OK):
        about = os.statvfs(memory)
        may = not about.f_flag & os.ST_NOEXEC and about.f_bavail * about.f_frsize >= ENOUGH
    return tempfile.TemporaryDirectory(dir=memory if may else None)


@functools.cache
def stop_at():
    """The library that stops a program at a point (stop_at.c), made once; None where nothing may be preloaded."""
    program = pathlib.Path(PROGRAM).read_bytes()
    if b"__asan_init" in program or b"__tsan_init" in program:
        return None
    folder = tempfile.TemporaryDirectory()
    stop_at.folder = folder  # as long as this process
    shim = os.path.join(folder.name, "stop_at.so")
    subprocess.run(["gcc-12", "-shared", "-fPIC", "-O1", "-o", shim, str(SUPPORT / "stop_at.c"), "-ldl"], check=True)
    return shim


class Harness(unittest.TestCase):
    def setUp(self):
        self.folder = fast_folder()
        self.dir = pathlib.Path(self.folder.name)
        (self.dir / "tls").mkdir()
        self.doubles = Doubles(self.dir / "tls")
        self.policy = self.doubles.policy(self.dir / "policy.toml")
        self.secrets = set()

    def tearDown(self):
        self.doubles.close()
        self.assertEqual(self.doubles.breaches(), [])
        self.folder.cleanup()

    def run_staunch(self, *words, text="", env=None):
        done = subprocess.run([STAUNCH, *words], input=text.encode(), capture_output=True, timeout=WAIT, cwd=self.dir,
                              env={**os.environ, **(env or {})})
        for stream in (done.stdout, done.stderr):  # 5.4: in no coding of it
            for secret in self.secrets:
                for form in (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex()):
                    self.assertNotIn(form.encode(), stream)
        return done

    def verify(self, secret, rule, *words, policy=None, env=None):
        self.secrets.add(secret)
        done = self.run_staunch("verify", "-", "--rule", rule, "--policy", policy or self.policy, "-f", "jsonl", *words,
                                text=secret + "\n", env=env)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return done, lines[0]["verdict"] if lines else None

    def alive(self, provider, token, **facts):
        self.doubles[provider].tokens[token] = facts

    def scan(self, files, *words):
        tree = self.dir / "tree"
        tree.mkdir(exist_ok=True)
        for name, text in files.items():
            (tree / name).write_text(text + "\n")
        report = self.dir / "report.jsonl"
        done = subprocess.run([STAUNCH, "dir", str(tree), "-f", "jsonl", "-r", str(report), *words],
                              capture_output=True, timeout=WAIT)
        self.assertEqual(done.returncode, 1, done.stderr)
        return str(report)
