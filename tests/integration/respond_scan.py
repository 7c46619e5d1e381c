"""--verify: verdicts beside a scan, in every format of its report.   respond_scan.py STAUNCH"""
import json
import os
import pathlib
import subprocess
import socket
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402


class Scan(base.Harness):
    def setUp(self):
        super().setUp()
        (self.dir / "tree").mkdir()
        self.live, self.gone = base.slack_token(), base.slack_token()
        self.secrets |= {self.live, self.gone}
        self.alive("slack", self.live, team="crew")
        self.put("live.env", "token = %s\n" % self.live)
        self.put("again.env", "token = %s\n" % self.live)
        self.put("gone.env", "token = %s\n" % self.gone)

    def put(self, name, text):
        (self.dir / "tree" / name).write_text(text)

    def scanned(self, form, *words, command=("dir", "tree")):
        done = self.run_staunch(*command, "--verify", "--verify-policy", self.policy, "-f", form, *words)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stdout.decode()

    def asked(self, token):
        return sum(1 for call, credential in self.doubles["slack"].calls if credential == token)

    def states(self, jsonl):
        """path of the first place -> verdict, of the finding lines"""
        lines = [json.loads(line) for line in jsonl.splitlines()]
        return {line["first"]["path"]: line.get("verdict") for line in lines if line["type"] == "finding"}

    def test_each_secret_is_asked_about_once_and_has_its_verdict(self):
        states = self.states(self.scanned("jsonl"))
        self.assertEqual({path: verdict["state"] for path, verdict in states.items()},
                         {"tree/again.env": "live", "tree/gone.env": "dead"})
        self.assertEqual(states["tree/again.env"]["host"], "slack.com")
        self.assertEqual(states["tree/again.env"]["told"]["account"], "T1")
        self.assertEqual((self.asked(self.live), self.asked(self.gone)), (1, 1))

    def test_every_report_that_has_room_shows_it(self):
        text = self.scanned("text")
        self.assertRegex(text, r"verdict +live at slack.com")
        self.assertRegex(text, r"verdict +dead at slack.com")
        self.assertEqual(sorted({entry["Verdict"]["state"] for entry in json.loads(self.scanned("json"))}),
                         ["dead", "live"])
        results = json.loads(self.scanned("sarif"))["runs"][0]["results"]
        self.assertEqual(sorted(result["properties"]["verdict"]["state"] for result in results), ["dead", "live"])
        page = self.scanned("html")
        data = json.loads(page.split('id="data"')[1].split(">", 1)[1].split("</script>")[0])
        self.assertEqual(sorted(finding["verdict"]["state"] for finding in data["findings"]), ["dead", "live"])
        self.scanned("csv")  # has no column for it, and is as ever

    def test_a_report_read_back_keeps_its_verdicts(self):
        (self.dir / "r.jsonl").write_text(self.scanned("jsonl"))
        done = self.run_staunch("report", "r.jsonl", "-f", "text")
        self.assertRegex(done.stdout.decode(), r"verdict +live at slack.com")

    def test_without_the_flag_nothing_is_sent_and_nothing_said(self):
        done = self.run_staunch("dir", "tree", "-f", "jsonl")
        self.assertEqual(set(map(str, self.states(done.stdout.decode()).values())), {"None"})
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_a_stream_and_a_history(self):
        done = subprocess.run([STAUNCH, "stdin", "--verify", "--verify-policy", self.policy, "-f", "jsonl"],
                              input=("token = %s\n" % self.live).encode(), capture_output=True, cwd=self.dir, timeout=WAIT)
        self.assertEqual([v["state"] for v in self.states(done.stdout.decode()).values()], ["live"], done.stderr)
        for words in (("init", "-q"), ("add", "."), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x")):
            subprocess.run(["git", "-C", str(self.dir / "tree"), *words], check=True, env={
                **os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})
        states = self.states(self.scanned("jsonl", command=("git", "tree")))
        self.assertEqual(sorted(v["state"] for v in states.values()), ["dead", "live"])

    def test_it_runs_beside_the_scan(self):
        """A pipe that stays open: what came in is asked about before the scan ends."""
        scan = subprocess.Popen([STAUNCH, "stdin", "--verify", "--verify-policy", self.policy, "-f", "jsonl"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.dir)
        self.addCleanup(scan.stdout.close)
        scan.stdin.write(b"token = %s\n" % self.live.encode())
        scan.stdin.flush()
        until(lambda: self.asked(self.live))
        self.assertIsNone(scan.poll())
        scan.stdin.close()
        self.assertEqual(scan.wait(WAIT), 1)

    def test_2_1_a_repository_cannot_choose_who_is_asked(self):
        """A provider file, a policy and a .gitleaks.toml of the scanned tree, each naming a listener of its own."""
        heard = []
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        stop = threading.Event()

        def listen():
            while not stop.is_set():
                try:
                    heard.append(listener.accept()[0])
                except TimeoutError:
                    pass
        thread = threading.Thread(target=listen)
        thread.start()
        where = "127.0.0.1:%d" % listener.getsockname()[1]
        request = 'request = { method = "GET", url = "http://%s/{secret}" }\n' % where
        self.put("slack.toml", '[provider]\nid = "slack"\nname = "Slack"\n[[verify]]\n' + request)
        (self.dir / "tree" / "rules" / "providers").mkdir(parents=True)
        (self.dir / "tree" / "rules" / "providers" / "slack.toml").write_text('[[verify]]\n' + request)
        policy = '[test_endpoints]\n"slack.com" = "%s"\n' % where
        for name in ("policy.toml", ".staunch-policy.toml"):
            self.put(name, policy)
            (self.dir / "tree" / name).chmod(0o600)
        tables = "\n".join('[[rules]]\nid = "slack-bot-token"\nregex = "xoxb-.*"\n[rules.%s]\nurl = "http://%s/"\n'
                           % (table, where) for table in ("verify", "validate", "secret_key_ref"))
        for name in (".gitleaks.toml", ".staunch.toml"):
            self.put(name, tables)
        done = self.run_staunch("dir", "tree", "--verify", "--verify-policy", self.policy)
        refused = self.run_staunch("dir", "tree", "--verify", "--verify-policy", "tree/policy.toml")
        inside = subprocess.run([STAUNCH, "dir", ".", "--verify", "--verify-policy", self.policy], capture_output=True,
                                cwd=self.dir / "tree", timeout=WAIT)
        stop.set()
        thread.join()
        listener.close()
        self.assertEqual(heard, [], (done.stderr, refused.stderr, inside.stderr))
        self.assertNotEqual(refused.returncode, 1, "a policy of the scanned tree is obeyed")

    def keys(self, name):
        """(public key, file of the private key) as the README's commands make them."""
        pem, hidden = self.dir / (name + ".pem"), self.dir / (name + ".key")
        run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True).stdout
        run("genpkey", "-algorithm", "x25519", "-out", str(pem))
        hidden.write_text(run("pkey", "-in", str(pem), "-outform", "DER")[-32:].hex() + "\n")
        hidden.chmod(0o600)
        return run("pkey", "-in", str(pem), "-pubout", "-outform", "DER")[-32:].hex(), str(hidden)

    def test_5_1_a_stream_can_be_asked_about_from_its_sealed_report(self):
        public, hidden = self.keys("mine")
        done = self.run_staunch("stdin", "--seal", "sealed", "--seal-to", public, text="token = %s\n" % self.live)
        self.assertEqual(done.returncode, 1, done.stderr)
        sealed = (self.dir / "sealed").read_bytes()
        self.assertNotIn(self.live[-20:].encode(), sealed)
        self.assertNotIn(b"slack", sealed)
        self.assertEqual((self.dir / "sealed").stat().st_mode & 0o777, 0o600)
        done = self.run_staunch("verify", "sealed", "--unseal", hidden, "--policy", self.policy)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(b"live", done.stdout)
        _, other = self.keys("other")
        (self.dir / "cut").write_bytes(sealed[:-1])
        for report, words, why in (("sealed", (), b"--unseal"), ("sealed", ("--unseal", other), b"another key"),
                                   ("cut", ("--unseal", hidden), b"damaged")):
            done = self.run_staunch("verify", report, "--policy", self.policy, *words)
            self.assertEqual(done.returncode, 2)
            self.assertIn(why, done.stderr)

    def test_a_verifier_that_cannot_begin_is_known_before(self):
        done = self.run_staunch("dir", "tree", "--verify", "--verify-policy", "nowhere.toml", "-r", "report")
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.dir / "report").exists())


if __name__ == "__main__":
    unittest.main(verbosity=1)
