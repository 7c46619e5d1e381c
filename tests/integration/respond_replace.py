"""staunch rotate --replace: every place of the old value is listed, and a patch puts the reference there.
respond_replace.py STAUNCH"""
import base64
import pathlib
import random
import stat
import string
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from respond_harness import PROGRAM, fast_folder  # noqa: E402
from small_provider import SmallProvider  # noqa: E402

rng = random.Random(11)


class Replace(unittest.TestCase):
    def setUp(self):
        folder = fast_folder()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.old = "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(24)) + "/+" + "Zz9"
        self.it = SmallProvider(self.dir, PROGRAM, self.old)
        self.it.write_plan(every="90d")
        self.tree = self.dir / "tree"
        self.tree.mkdir()
        subprocess.run(["git", "init", "-q", str(self.tree)], check=True)
        self.patch = self.dir / "out.patch"

    def put(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    def look(self, *words, target=None):
        done = self.it.rotate(target or self.it.plan, "--replace", str(self.tree), *words)
        for form in (self.old, base64.b64encode(self.old.encode()).decode(), urllib.parse.quote(self.old, safe="")):
            self.assertNotIn(form.encode(), done.stdout + done.stderr)
        return done

    def listed(self, done):
        """path:line -> the rest of the line."""
        return dict(line[len(str(self.tree)) + 1:].split("  ", 1) for line in done.stdout.decode().splitlines())

    def apply(self):
        for words in (["--check"], []):
            done = subprocess.run(["git", "apply", *words, str(self.patch)], cwd=self.tree, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)

    def text(self, name):
        return (self.tree / name).read_bytes().decode()

    def test_each_place_is_listed_and_what_is_plain_is_patched(self):
        old, filler = self.old, "".join("line %d\n" % i for i in range(20))
        self.put("app.yaml", filler + "key: %s\n" % old + filler + 'also: "%s" # here\n' % old)
        self.put("run.sh", "#!/bin/sh\ncurl -H \"X-Key: %s\" https://api.example\n" % old)
        self.put("config.json", '{"key": "%s"}' % old)  # no line end
        self.put("crlf.ini", "[a]\r\nkey=%s\r\nb=1\r\n" % old)
        self.put("app.py", "import os\nKEY = '%s'\nprint(KEY)\n" % old)
        self.put("app.js", "const a = call(\"%s\", `%s`);\n" % (old, old))
        self.put("main.go", "package a\n\nvar key = \"%s\"\n" % old)
        self.put("url.py", "URL = 'https://api.example/?key=%s'\n" % old)
        self.put("a folder/tab\there \"q\" é.env", "KEY=%s\n" % old)
        self.put("coded.txt", "x=%s\n" % base64.b64encode(b"user:" + old.encode()).decode())
        self.put("percent.txt", "https://a.example/?k=%s\n" % urllib.parse.quote(old, safe=""))
        self.put("hex.txt", old.encode().hex() + "\n")
        self.put("split.py", "KEY = ('%s'\n       '%s')\n" % (old[:11], old[11:]))
        self.put("joined.js", "const k = '%s' + '%s';\n" % (old[:9], old[9:]))
        self.put("blob.bin", b"\0\1\2" + old.encode() + b"\0")
        self.put("clean.txt", "nothing\n")
        self.put(".git/config.old", old + "\n")
        (self.dir / "elsewhere").write_text(old + "\n")
        (self.tree / "link").symlink_to(self.dir / "elsewhere")
        before = {p: p.read_bytes() for p in self.tree.rglob("*") if p.is_file()}
        done = self.look("--patch", str(self.patch))
        self.assertEqual(done.returncode, 1, done.stderr)
        listed = self.listed(done)
        self.assertEqual({p: p.read_bytes() for p in self.tree.rglob("*") if p.is_file()}, before)
        plain = ["app.yaml:21", "app.yaml:42", "run.sh:2", "config.json:1", "crlf.ini:2", "app.py:2", "app.js:1", "main.go:3",
                 'a folder/tab\there "q" é.env:1']
        by_hand = {"url.py:1": "longer literal", "coded.txt:1": "base64", "percent.txt:1": "percent", "hex.txt:1": "hex",
                   "split.py:1": "split", "joined.js:1": "split", "blob.bin:1": "no text"}
        for place in plain:
            key = next((k for k in listed if k.split(" é")[0] == place.split(" é")[0]), None) if "é" in place else place
            self.assertIn(key, listed)
            self.assertEqual(listed[key], "plain", place)
        for place, why in by_hand.items():
            self.assertIn("by hand", listed[place])
            self.assertIn(why, listed[place])
        self.assertEqual(len(listed), len(plain) + len(by_hand))
        self.assertIn(b"17 places, 10 of them can be patched", done.stderr)
        self.apply()
        self.assertEqual(self.text("app.yaml"), filler + "key: ${API_KEY}\n" + filler + 'also: "${API_KEY}" # here\n')
        self.assertEqual(self.text("run.sh"), "#!/bin/sh\ncurl -H \"X-Key: ${API_KEY}\" https://api.example\n")
        self.assertEqual(self.text("config.json"), '{"key": "${API_KEY}"}')
        self.assertEqual(self.text("crlf.ini"), "[a]\r\nkey=${API_KEY}\r\nb=1\r\n")
        self.assertEqual(self.text("app.py"), "import os\nKEY = os.environ[\"API_KEY\"]\nprint(KEY)\n")
        self.assertEqual(self.text("app.js"), "const a = call(process.env.API_KEY, process.env.API_KEY);\n")
        self.assertEqual(self.text("main.go"), "package a\n\nvar key = os.Getenv(\"API_KEY\")\n")
        self.assertEqual(self.text('a folder/tab\there "q" é.env'), "KEY=${API_KEY}\n")

    def test_5_4_the_patch_holds_the_value_in_removed_lines_only_and_for_its_owner_only(self):
        self.put("a.yaml", "one: 1\ncoded: %s\nkey: %s\nlast: 1\n" % (base64.b64encode(self.old.encode()).decode(), self.old))
        self.put("b.yaml", "key: %s\ncoded: %s\nlast: 1\n" % (self.old, self.old.encode().hex()))
        done = self.look("--patch", str(self.patch))
        self.assertEqual(stat.S_IMODE(self.patch.stat().st_mode), 0o600)
        text = self.patch.read_text()
        self.assertIn("keep this file to yourself", text)
        for line in text.splitlines():
            if self.old in line:
                self.assertTrue(line.startswith("-"), line)
        self.assertNotIn(base64.b64encode(self.old.encode()).decode(), text)
        self.assertNotIn(self.old.encode().hex(), text)
        self.assertIn("by hand: the next line holds it in another form", self.listed(done)["b.yaml:1"])
        self.apply()
        self.assertIn("key: ${API_KEY}\nlast", self.text("a.yaml"))
        self.assertIn("key: " + self.old, self.text("b.yaml"))

    def test_neighbouring_lines_make_one_hunk_and_many_hunks_apply(self):
        rows = ["%d: %s" % (i, self.old if i % 5 == 0 or i % 17 == 0 else "x") for i in range(100)]
        self.put("many.conf", "\n".join(rows) + "\n")
        self.look("--patch", str(self.patch))
        self.apply()
        self.assertEqual(self.text("many.conf"), ("\n".join(rows) + "\n").replace(self.old, "${API_KEY}"))

    def test_the_patch_goes_nowhere_where_it_could_be_committed_or_overwrite(self):
        self.put("a.env", "KEY=%s\n" % self.old)
        done = self.look("--patch", str(self.tree / "out.patch"))
        self.assertEqual(done.returncode, 3)
        self.assertFalse((self.tree / "out.patch").exists())
        self.patch.write_text("mine")
        self.assertEqual(self.look("--patch", str(self.patch)).returncode, 3)
        self.assertEqual(self.patch.read_text(), "mine")

    def test_the_old_value_of_a_rotation_is_still_known_after_it(self):
        self.put("a.env", "KEY=%s\n" % self.old)
        done = self.it.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.look().returncode, 0)  # the value in use now stands nowhere
        done = self.look("--patch", str(self.patch), target=self.it.id_of(done))
        self.assertEqual(self.listed(done), {"a.env:1": "plain"})
        self.apply()

    def test_2_1_a_policy_in_the_tree_is_not_obeyed(self):
        inside = self.tree / "policy.toml"
        inside.write_bytes(pathlib.Path(self.it.policy).read_bytes())
        inside.chmod(0o600)
        self.it.policy = str(inside)
        self.assertIn(b"lies in what was scanned", self.look().stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
