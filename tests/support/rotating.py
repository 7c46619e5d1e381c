"""A rotation of a small provider's keys (small_provider.py), and how it must have ended: what the suites of
`staunch rotate` begin with."""
import pathlib
import random
import string
import unittest

from respond_harness import PROGRAM, fast_folder
from small_provider import SmallProvider

rng = random.Random(9)


def some(n=32, alphabet=string.ascii_letters + string.digits):
    return "".join(rng.choice(alphabet) for _ in range(n))


class Rotating(unittest.TestCase):
    def setUp(self):
        folder = fast_folder()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.it = SmallProvider(self.dir, PROGRAM, some())

    def rotate(self, *words, **more):
        return self.it.rotate(*words, **more)

    def assert_done(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_rotated(self):
        live = self.it.live()
        self.assertEqual(len(live), 1, live)
        self.assertNotEqual(live[0], "Kold")
        self.assertEqual((self.it.value("API_ID"), self.it.value("API_KEY")), (live[0], self.it.secret(live[0])))
        self.assertTrue(self.it.env.read_text().startswith("# kept\nPORT=80\n"))

    def assert_old_again(self):
        self.assertEqual((self.it.value("API_ID"), self.it.value("API_KEY")), ("Kold", self.it.old))
        self.assertEqual(self.it.live(), ["Kold"])

    def order(self, done):
        return [line.split("  api  ")[1] for line in done.stdout.decode().splitlines() if "  api  " in line]

    def log(self, name="log"):
        path = self.dir / name
        return path.read_text().split() if path.exists() else []
