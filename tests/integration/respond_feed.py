"""filter and serve --respond: what a stream leads to, and that no data waits for it.   respond_feed.py STAUNCH"""
import fcntl
import http.client
import json
import pathlib
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402

POLICY = """
journal = "{d}/journal"
recheck_ms = 1
live = ["slack"]
[own_accounts]
slack = ["T1"]
"""
ENTRY = """
[[respond]]
providers = ["slack"]
do = ["incident"]
"""


class Feed(base.Harness):
    def setUp(self):
        super().setUp()
        self.write_policy(ENTRY)
        (self.dir / "tree").mkdir()

    def write_policy(self, entries):
        self.doubles.policy(self.policy, POLICY.format(d=self.dir) + entries)

    def token(self):
        token = base.slack_token()
        self.secrets.add(token)
        self.alive("slack", token, team="crew")
        return token

    def filter(self, text, *words):
        return self.run_staunch("filter", "--respond", self.policy, *words, text=text)

    def incidents(self):
        return self.run_staunch("incident", "list", "--policy", self.policy).stdout.decode().splitlines()

    def report(self):
        id, = [line.split()[0] for line in self.incidents()]
        return self.run_staunch("incident", "report", id, "--policy", self.policy).stdout.decode()

    def test_2_3_a_filter_leads_to_an_incident_at_most_and_to_one(self):
        token = self.token()
        self.write_policy(ENTRY.replace('"incident"', '"incident", "revoke"'))
        for _ in range(2):
            done = self.filter("before\ntoken = %s\ntoken = %s again\nafter\n" % (token, token))
            self.assertEqual((done.returncode, done.stdout.count(b"[REDACTED:slack-bot-token]")), (0, 2), done.stderr)
            self.assertTrue(done.stdout.endswith(b"after\n"))
        self.assertEqual(len(self.incidents()), 1)
        self.assertIn("slack-bot-token", self.report())
        self.assertIn("what was filtered", self.report())
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_2_3_an_entry_may_name_filter(self):
        self.token()
        self.write_policy(ENTRY + 'sources = ["filter"]\n')
        self.filter("token = %s\n" % self.token())
        self.assertIn("live at slack.com", self.report())

    def test_an_incident_of_a_stream_has_the_fingerprint_that_a_scan_tells(self):
        token = self.token()
        self.filter("token = %s\n" % token)
        (self.dir / "tree" / "a").write_text("token = %s\n" % token)
        told = self.run_staunch("dir", "tree", "-f", "jsonl").stdout.decode()
        fingerprint, = {json.loads(line)["fingerprint"] for line in told.splitlines() if '"fingerprint"' in line}
        self.assertIn(fingerprint, self.report())

    def test_a_wrong_policy_is_known_before_anything_passes(self):
        pathlib.Path(self.policy).write_text("journal = 3\n")
        for words in (("filter",), ("serve", "--listen", "127.0.0.1:0")):
            done = self.run_staunch(*words, "--respond", self.policy, text="line\n")
            self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_what_rsyslog_reads_has_no_word_of_the_response(self):
        done = self.filter(json.dumps({"msg": "token = " + self.token()}) + "\n", "--rsyslog-mm")
        self.assertEqual(done.stderr, b"")
        for line in done.stdout.splitlines():
            json.loads(line)
        self.assertEqual(len(self.incidents()), 1)

    def test_data_never_waits_and_what_was_not_taken_is_counted(self):
        errors = open(self.dir / "errors", "wb")
        process = subprocess.Popen([STAUNCH, "filter", "--respond", self.policy], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=errors, cwd=self.dir)
        self.addCleanup(process.stdout.close)
        process.stdin.write(b"begun\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), b"begun\n")
        with open(self.dir / "journal" / "lock", "r+") as lock:  # another responder at work
            fcntl.flock(lock, fcntl.LOCK_EX)
            lines = 3 * 4096
            others = "".join("token = %s\n" % base.gitlab_token() for _ in range(lines - 1))  # no entry speaks of them
            text = ("token = %s\n" % self.token() + others).encode()
            writer = subprocess.Popen(["sh", "-c", "cat; echo last"], stdin=subprocess.PIPE, stdout=process.stdin)
            reader_got = []
            reader = threading.Thread(target=lambda: reader_got.extend(process.stdout.readline() for _ in range(lines + 1)))
            reader.start()
            writer.communicate(text)
            reader.join(WAIT)
            self.assertEqual(len(reader_got), lines + 1)  # all of it came while nothing could be taken up
            self.assertEqual(reader_got[-1], b"last\n")
            self.assertEqual(sum(b"REDACTED" in line for line in reader_got), lines)
        until(self.incidents)  # it is tried again
        process.stdin.close()
        self.assertEqual(process.wait(WAIT), 0)
        errors.close()
        said = (self.dir / "errors").read_text()
        self.assertRegex(said, r"\d{4} findings were not handed to the response")

    def test_serve_leads_to_the_same(self):
        token, port_file = self.token(), self.dir / "port"
        server = subprocess.Popen([STAUNCH, "serve", "--listen", "127.0.0.1:0", "--port-file", str(port_file),
                                   "--respond", self.policy], cwd=self.dir, stderr=subprocess.PIPE)
        self.addCleanup(server.stderr.close)
        until(port_file.exists)
        for _ in range(3):
            asked = http.client.HTTPConnection("127.0.0.1", int(port_file.read_text()), timeout=WAIT)
            asked.request("POST", "/v1/redact", json.dumps({"text": "token = " + token}),
                          {"Content-Type": "application/json"})
            self.assertIn(b"REDACTED", asked.getresponse().read())
            asked.close()
        server.terminate()
        said = server.communicate(timeout=WAIT)[1]
        self.assertEqual(server.returncode, 0, said)
        self.assertNotIn(token.encode(), said)
        self.assertIn("/v1/redact", self.report())
        self.assertEqual(self.doubles["slack"].calls, [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
