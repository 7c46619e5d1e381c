"""verify, revoke and respond on reports of other scanners, and of histories.   respond_reports.py STAUNCH"""
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402


class Reports(base.Harness):
    def setUp(self):
        super().setUp()
        self.tree = self.dir / "tree"
        self.tree.mkdir()
        self.token = base.slack_token()
        self.secrets.add(self.token)
        self.alive("slack", self.token, team="crew")

    def put(self, name, text):
        (self.tree / name).write_text(text)

    def write(self, name, value):
        path = self.dir / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return str(path)

    def verdicts(self, report, *words):
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl", *words)
        self.assertLess(done.returncode, 4, done.stderr)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def one(self, report, *words):
        done, lines = self.verdicts(report, *words)
        self.assertEqual(len(lines), 1, (lines, done.stderr))
        return lines[0]

    def asked(self):
        return [call for call, credential in self.doubles["slack"].calls if credential == self.token]

    def gitleaks(self, secret, line=2, rule="slack-bot-token", path="app.env", **more):
        return self.write("gitleaks.json", [{"RuleID": rule, "Description": "x", "StartLine": line, "EndLine": line,
                                             "StartColumn": 9, "EndColumn": 60, "Match": secret, "Secret": secret,
                                             "File": path, "Commit": "", "Fingerprint": "x", **more}])

    def git(self, *words):
        done = subprocess.run(["git", "-C", str(self.tree), *words], check=True, capture_output=True, env={
            **os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.dir)})
        return done.stdout.decode().strip()

    def history(self):
        """A commit with the secret in deep/app.env, and one without it; returns the first."""
        (self.tree / "deep").mkdir()
        self.put("deep/app.env", "#\ntoken = %s\n" % self.token)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "it")
        self.put("deep/app.env", "token = gone\n")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "gone")
        return self.git("rev-parse", "HEAD~")

    def test_a_report_that_shows_the_secret_needs_no_place(self):
        for report in (self.gitleaks(self.token),
                       self.write("trufflehog.jsonl", json.dumps({
                           "SourceMetadata": {"Data": {"Filesystem": {"file": "app.env", "line": 2}}},
                           "DetectorName": "Slack", "Raw": self.token, "Verified": False}) + "\n")):
            with self.subTest(report):
                told = self.one(report)
                self.assertEqual((told["rule"], told["provider"], told["verdict"]["state"]),
                                 ("slack-bot-token", "slack", "live"))

    def test_5_1_a_report_that_hides_it_is_read_again_below_the_named_folder(self):
        self.put("app.env", "#\ntoken = %s\n" % self.token)
        sarif = self.write("other.sarif", {"version": "2.1.0", "runs": [{
            "tool": {"driver": {"name": "other", "rules": []}}, "results": [{
                "ruleId": "their-slack-rule", "message": {"text": "x"}, "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": "app.env"}, "region": {"startLine": 2}}}]}]}]})
        for report in (self.gitleaks("REDACTED"), sarif):
            with self.subTest(report):
                told = self.one(report)
                self.assertIn("the report does not hold it; name the work tree", told["verdict"]["why"])
                self.assertEqual(self.asked(), [])
                told = self.one(report, "--in", "tree")
                self.assertEqual((told["rule"], told["verdict"]["state"]), ("slack-bot-token", "live"), told)
                self.doubles["slack"].calls.clear()

    def test_5_1_what_is_not_where_the_report_says_is_moved(self):
        self.put("app.env", "#\n#\ntoken = %s\n" % self.token)
        outside = self.dir / "outside.env"
        outside.write_text("#\ntoken = %s\n" % self.token)
        (self.tree / "link.env").symlink_to(outside)
        for path in ("app.env", "gone.env", "link.env", "../outside.env", str(outside)):
            with self.subTest(path):
                told = self.one(self.gitleaks("REDACTED", path=path), "--in", "tree")
                self.assertIn("moved", told["verdict"]["why"])
                self.assertEqual(told["verdict"]["state"], "unknown")
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_5_1_of_a_stream_that_is_told(self):
        report = self.dir / "stream.jsonl"
        done = self.run_staunch("stdin", "-f", "jsonl", text="token = %s\n" % self.token)
        report.write_bytes(done.stdout)
        self.assertIn("--seal or --respond", self.one(str(report))["verdict"]["why"])
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_5_1_two_on_one_line_are_nobodys(self):
        self.put("app.env", "#\na = %s b = %s\n" % (self.token, base.slack_token()))
        told = self.one(self.gitleaks("REDACTED"), "--in", "tree")
        self.assertIn("moved", told["verdict"]["why"])

    def test_5_1_our_own_redacted_report_is_held_to_its_fingerprint(self):
        self.put("app.env", "token = %s\n" % self.token)
        for form in ("jsonl", "sarif"):
            with self.subTest(form):
                report = "report." + form
                self.run_staunch("dir", "tree", "-f", form, "-r", report)
                self.assertEqual(self.one(report)["verdict"]["state"], "live")
                other = base.slack_token()  # at the very place
                self.put("app.env", "token = %s\n" % other)
                self.assertIn("moved", self.one(report)["verdict"]["why"])
                self.put("app.env", "token = %s\n" % self.token)

    def test_5_1_a_history_is_read_again_from_its_objects(self):
        commit = self.history()
        self.run_staunch("git", "tree", "-f", "jsonl", "-r", "report.jsonl")
        self.assertEqual(self.one("report.jsonl")["verdict"]["state"], "live")
        report = self.gitleaks("REDACTED", path="deep/app.env", Commit=commit)
        self.assertEqual(self.one(report, "--in", "tree")["verdict"]["state"], "live")
        for change, why in (({"Commit": "0" * 40}, "the commit cannot be read"),
                            ({"Commit": commit, "File": "deep/none"}, "no such file"),
                            ({"Commit": self.git("rev-parse", "HEAD")}, "moved")):
            told = self.one(self.gitleaks("REDACTED", **{"path": "deep/app.env", **change}), "--in", "tree")
            self.assertIn(why, told["verdict"]["why"])

    def test_a_gitleaks_report_leads_to_what_the_policy_says(self):
        self.put("app.env", "#\ntoken = %s\n" % self.token)
        self.doubles.policy(self.policy, 'journal = "%s/journal"\n[[respond]]\nproviders = ["slack"]\n'
                            'do = ["incident"]\nsources = ["report"]\n' % self.dir)
        done = self.run_staunch("respond", self.gitleaks("REDACTED"), "--in", "tree", "--policy", self.policy)
        self.assertIn(b"incident ", done.stdout, done.stderr)
        listed = self.run_staunch("incident", "list", "--policy", self.policy).stdout.decode()
        story = self.run_staunch("incident", "report", listed.split()[0], "--policy", self.policy).stdout.decode()
        self.assertIn("live at slack.com", story)

    def test_2_1_a_policy_below_the_named_folder_is_not_obeyed(self):
        self.put("app.env", "#\ntoken = %s\n" % self.token)
        inside = self.tree / "policy.toml"
        inside.write_text(pathlib.Path(self.policy).read_text())
        inside.chmod(0o600)
        done = self.run_staunch("verify", self.gitleaks("REDACTED"), "--in", "tree", "--policy", str(inside))
        self.assertIn(b"lies in what was scanned", done.stderr)
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_what_is_no_report_is_told_with_its_place(self):
        for text, code in (("", 2), ("hello\n", 2), ("[1, 2]", 2), ('{"runs": 3}', 2), ('{"DetectorName": ', 3)):
            done = self.run_staunch("verify", self.write("bad", text), "--policy", self.policy)
            self.assertEqual(done.returncode, code, (text, done.stderr))
            self.assertIn(b"bad", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
