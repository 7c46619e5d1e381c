"""Canary tokens: recognised without asking, told to be what they are, and left alone.   respond_canary.py STAUNCH"""
import base64
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from provider_double import Doubles  # noqa: E402

base.Doubles = lambda folder: Doubles(folder, extra_hosts=["sts.us-east-1.amazonaws.com"])
CANARIES = "992382" + "622183"  # an account of canarytokens.org
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def key_of(account):
    """The id of an access key of this account: 40 bits of it stand behind the first of the id's body."""
    body = base64.b32encode(((1 << 47 | int(account) << 7) << 32).to_bytes(10, "big")).decode()
    return "AKIA" + body[:9] + base.some(BASE32, 7)


class Canaries(base.Harness):
    def setUp(self):
        super().setUp()
        self.write_policy()

    def write_policy(self, tables=""):
        self.doubles.policy(self.policy, 'journal = "%s/journal"\nrecheck_ms = 1\nlive = ["slack", "aws", "postgresql"]\n'
                            '[own_accounts]\nslack = ["T1"]\naws = ["%s"]\n%s' % (self.dir, CANARIES, tables))

    def leak(self, account):
        self.id, self.secret = key_of(account), base.some(base.BASE62, 40)
        self.secrets.add(self.secret)
        return self.scan({"a.env": "AWS_ACCESS_KEY_ID=%s\nAWS_SECRET_ACCESS_KEY=%s" % (self.id, self.secret)})

    def asked(self):
        """Whether anybody was asked anything: AWS has no double here, so a request to it is a stray."""
        return sum(len(provider.calls) for provider in self.doubles.providers.values()) + len(self.doubles.server.strays)

    def verdict(self, report, *words):
        done = self.run_staunch("verify", report, "--policy", self.policy, "--only", "aws-secret-access-key", "-f", "jsonl", *words)
        return done, json.loads(done.stdout.splitlines()[0])["verdict"]

    def test_4_5_a_canary_in_a_known_account_is_told_and_not_asked_about(self):
        report = self.leak(CANARIES)
        done, verdict = self.verdict(report)
        self.assertEqual((verdict["state"], done.returncode), ("unknown", 3), done.stderr)
        self.assertIn(CANARIES, verdict["canary"])
        self.assertIn("canarytokens.org", verdict["canary"])
        self.assertNotIn("host", verdict)
        self.assertEqual(self.asked(), 0)
        self.verdict(report, "--ask-canaries")
        self.assertGreater(self.asked(), 0)
        self.doubles.server.strays.clear()

    def test_4_5_a_plain_scan_says_it_and_asks_nobody(self):
        for account, service in ((CANARIES, "canarytokens.org"), ("210987" + "654321", None)):
            with self.subTest(account):
                report = pathlib.Path(self.leak(account))
                lines = [json.loads(line) for line in report.read_text().splitlines()]
                marked = {line["rule"]: line["derived"].get("canary") for line in lines if line["type"] == "occurrence"}
                self.assertEqual(marked["aws-secret-access-key"], service)
                text = self.run_staunch("dir", "tree", "--explain")
                self.assertEqual(b"canary canarytokens.org" in text.stdout, bool(service), text.stdout)
                self.assertEqual(b"leave it and tell whoever planted it" in text.stdout, bool(service))
                self.assertEqual(b"found: tree/a.env:1: aws-access-key-id: a canary token: it is of account "
                                 + account.encode() in text.stderr, bool(service), text.stderr)
                for form in ("markdown", "gitlab"):
                    told = self.run_staunch("dir", "tree", "-f", form).stdout
                    self.assertEqual(b"whoever planted it" in told, bool(service), told)
        stream = "DATABASE_URL=postgresql://svc:%s@x1y2z3.canarytokens.com/app\n" % base.some(base.BASE62, 24)
        self.assertIn(b"canary canarytokens.org", self.run_staunch("stdin", text=stream).stdout)
        self.assertEqual(self.asked(), 0)

    def test_4_5_the_policy_names_canaries_of_its_own(self):
        report = self.leak("210987" + "654321")
        self.write_policy('[canaries]\naccounts = ["210987654321"]\n')
        done, verdict = self.verdict(report)
        self.assertIn("210987654321, which holds the canary tokens of the policy's [canaries]", verdict["canary"])
        self.assertEqual(self.asked(), 0)
        fingerprint = json.loads(self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl").stdout.splitlines()[-1])
        self.write_policy('[canaries]\nfingerprints = ["%s"]\n' % fingerprint["fingerprint"])
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl", "--only", fingerprint["fingerprint"])
        self.assertIn("canary", json.loads(done.stdout.splitlines()[0])["verdict"])
        self.assertEqual(self.asked(), 0)

    def test_4_5_a_host_that_reports_to_its_owner_is_not_asked(self):
        for host, is_one in (("x1y2z3.canarytokens.com", True), ("CanaryTokens.org", True), ("db7.acme-internal.net", True),
                             ("notcanarytokens.com", False), ("canarytokens.com.acme-internal.net", False)):
            with self.subTest(host):
                password = base.some(base.BASE62, 24)
                self.secrets.add(password)
                self.write_policy('[canaries]\nhosts = ["db7.acme-internal.net"]\n')
                report = self.scan({"db.env": "DATABASE_URL=postgresql://svc:%s@%s/app" % (password, host)})
                done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
                told = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
                self.assertTrue(told, done.stderr)
                self.assertEqual(any("canary" in one for one in told), is_one, told)
        self.assertEqual(self.asked(), 0)

    def test_4_5_asked_for_it_is_asked_about(self):
        token = base.slack_token()
        self.alive("slack", token, team="crew")
        self.secrets.add(token)
        report = self.scan({"a.env": "TOKEN=" + token})
        name = json.loads([line for line in pathlib.Path(report).read_text().splitlines() if '"finding"' in line][0])["fingerprint"]
        self.write_policy('[canaries]\nfingerprints = ["%s"]\n' % name)
        words = ["verify", report, "--policy", self.policy, "-f", "jsonl"]
        verdict = json.loads(self.run_staunch(*words).stdout)["verdict"]
        self.assertEqual((verdict["state"], self.asked()), ("unknown", 0))
        verdict = json.loads(self.run_staunch(*words, "--ask-canaries").stdout)["verdict"]
        self.assertEqual((verdict["state"], verdict["canary"]), ("live", "the policy's [canaries] names it"))

    def test_4_5_a_canary_is_not_revoked_and_its_incident_says_what_it_is(self):
        report = self.leak(CANARIES)
        only = ["--policy", self.policy, "--only", "aws-secret-access-key"]
        done = self.run_staunch("revoke", report, *only)
        self.assertIn(b"left alone", done.stdout)
        self.assertIn(b"because: a canary token: it is of account " + CANARIES.encode(), done.stdout)
        self.assertIn(b"tell whoever planted it", done.stdout)
        self.assertNotIn(b"plan ", done.stdout)
        done = self.run_staunch("incident", "open", report, "--title", "a find", *only)
        self.assertEqual(done.returncode, 0, done.stderr)
        story = self.run_staunch("incident", "report", done.stdout.split()[1].decode(), "--policy", self.policy).stdout.decode()
        self.assertIn("canary", story)
        self.assertIn(CANARIES, story)
        self.assertEqual(self.asked(), 0)

    def test_4_5_no_entry_of_the_policy_acts_on_a_canary(self):
        report = self.leak(CANARIES)
        self.write_policy('[[respond]]\nproviders = ["aws"]\ndo = ["incident", "revoke"]\nsources = ["report"]\nexposure = "public"\n')
        done = self.run_staunch("respond", report, "--policy", self.policy)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"a canary token", done.stdout)
        self.assertEqual(self.asked(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
