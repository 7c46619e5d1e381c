"""What goes to syslog, heard at a /dev/log of our own: the audit's head, and events.   respond_syslog.py STAUNCH

syslog(3) knows one place, so the suite runs in a mount namespace whose /dev holds what programs need and that socket.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
INSIDE = "STAUNCH_TEST_DEV"
ENTER = """mount -t tmpfs none "$0" || exit 77
for node in null zero random urandom; do : > "$0/$node"; mount --bind "/dev/$node" "$0/$node"; done
ln -s /proc/self/fd "$0/fd"
mount --rbind "$0" /dev || exit 77
exec "$@"
"""
if INSIDE not in os.environ:
    apart = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*apart, "true"]).returncode:
        print("no mount namespace may be made here")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as dev:
        os.chmod(dev, 0o755)
        done = subprocess.run([*apart, "sh", "-c", ENTER, dev, sys.executable, *sys.argv],
                              env={**os.environ, INSIDE: dev})
    if done.returncode == 77:
        print("nothing may be mounted here")
    sys.exit(done.returncode)
import respond_harness as base  # noqa: E402

AUTH_NOTICE = 4 * 8 + 5


class Syslog(base.Harness):
    def setUp(self):
        super().setUp()
        self.doubles.policy(self.policy, 'journal = "%s/journal"\nrecheck_ms = 1\n[audit]\nsyslog = true\n' % self.dir)
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.bind("/dev/log")
        self.log.settimeout(0.2)

    def tearDown(self):
        self.log.close()
        os.unlink("/dev/log")
        super().tearDown()

    def heard(self):
        """All lines that have come, as (priority, tag, text)."""
        lines = []
        while True:
            try:
                line = self.log.recv(65536).decode()
            except TimeoutError:
                return lines
            for secret in self.secrets:
                self.assertNotIn(secret, line)
            priority, tag, text = re.fullmatch(r"<(\d+)>\w{3} [ \d]\d [\d:]{8} (\w+)\[\d+\]: (.*)", line.rstrip("\0\n"), re.S).groups()
            lines.append((int(priority), tag, text))

    def incident(self, *words, code=0):
        done = self.run_staunch("incident", *words, "--policy", self.policy)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode()

    def open(self):
        token = base.slack_token()
        self.secrets.add(token)
        self.alive("slack", token, team="crew")
        return self.incident("open", self.scan({"app.env": "token = " + token}), "--title", "the leak").split()[1]

    def test_6_the_head_is_told_to_syslog_and_finds_what_was_taken_back(self):
        opened = self.open()
        (priority, tag, text), = self.heard()
        self.assertEqual((priority, tag), (AUTH_NOTICE, "staunch"))
        first, key = re.fullmatch(r"audit (\d+:[0-9a-f]{64}) of ([0-9a-f]{64})", text).groups()
        self.assertIn(first, self.incident("audit"))
        self.assertEqual(self.heard(), [])  # a run that adds no line tells nothing
        shutil.copytree(self.dir / "journal", self.dir / "kept")
        self.incident("note", opened, "one more line")
        (_, _, text), = self.heard()
        second = text.split()[1]
        self.assertNotEqual(second, first)
        self.assertTrue(text.endswith(" of " + key))
        shutil.rmtree(self.dir / "journal")
        shutil.copytree(self.dir / "kept", self.dir / "journal")
        self.incident("audit", "--head", first)
        self.assertIn("taken back", self.incident("audit", "--head", second, code=3))

    def test_6_where_nobody_listens_the_run_goes_on(self):
        self.log.close()
        os.unlink("/dev/log")
        self.open()
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.bind("/dev/log")
        self.log.settimeout(0.2)
        self.assertEqual(self.heard(), [])

    def test_5_4_events_go_there_without_the_secret(self):
        token = base.github_token()
        self.secrets.add(token)
        done = self.run_staunch("filter", "--events", "syslog", text="token=%s\n" % token)
        self.assertEqual(done.returncode, 0, done.stderr)
        events = [json.loads(text) for _, tag, text in self.heard() if tag == "staunch"]
        self.assertIn("github-pat", json.dumps(events))


if __name__ == "__main__":
    unittest.main(verbosity=1)
