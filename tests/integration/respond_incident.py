"""Incidents: opened by a report or an advisory, told row by row, with an audit whose head is told elsewhere.
respond_incident.py STAUNCH"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402

ROWS = ["Scope", "What leaked, and where it stood since when", "New keys", "Places updated", "Deployments confirmed",
        "Old keys revoked and proved dead", "Related secrets in the same places",
        "Watched for 72 hours after the end", "Who was told, and when", "What to tighten", "Timeline", "The record"]
POLICY = """
journal = "{d}/journal"
recheck_ms = 1
[credentials.slack]
secret = {{ file = "{d}/own" }}
[credentials.absent]
secret = {{ file = "{d}/absent" }}
"""


class Incident(base.Harness):
    def setUp(self):
        super().setUp()
        (self.dir / "tree").mkdir()
        self.own = self.token()
        (self.dir / "own").write_text(self.own)
        (self.dir / "own").chmod(0o600)
        self.write_policy()

    def write_policy(self, more=""):
        self.doubles.policy(self.policy, POLICY.format(d=self.dir) + more)

    def token(self, **facts):
        token = base.slack_token()
        self.secrets.add(token)
        self.alive("slack", token, team="crew", **facts)
        return token

    def put(self, name, text):
        (self.dir / "tree" / name).write_text(text)

    def incident(self, *words, code=0):
        done = self.run_staunch("incident", *words, "--policy", self.policy)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode()

    def open(self, *words, **more):
        return self.incident("open", *words, "--title", "the leak", **more).split()[1]

    def report(self):
        self.run_staunch("dir", "tree", "-f", "jsonl", "-r", "report.jsonl")
        return "report.jsonl"

    def rows(self, story):
        """heading -> its lines"""
        parts = story.split("\n## ")[1:]
        return {part.split("\n")[0]: part.split("\n")[1:] for part in parts}

    def test_every_row_of_the_playbook_is_there_and_gaps_are_gaps(self):
        self.put("app.env", "token = %s\n" % self.token())
        id = self.open("--from", self.report())
        story = self.incident("report", id)
        rows = self.rows(story)
        self.assertEqual(list(rows), ROWS)
        for row in ROWS[:6] + ROWS[7:10]:
            if row != "Scope":
                self.assertTrue(any(line.lstrip().startswith("- **gap**") for line in rows[row]), (row, rows[row]))
        told = "\n".join(rows["Who was told, and when"])
        for role in ("engineering", "security", "support", "customers", "owner"):
            self.assertIn("**gap**: %s: nobody was told" % role, told)
        gaps = story.count("**gap**")
        self.assertIn("%d gaps." % gaps, story)
        self.incident("told", id, "security", "by telephone")
        self.incident("note", id, "no tokens in files")
        after = self.incident("report", id)
        self.assertEqual(after.count("**gap**"), gaps - 2)
        self.assertNotIn("security: nobody", after)
        page = self.incident("report", id, "-f", "html")
        for row in ROWS:
            self.assertIn("<h2>%s</h2>" % row, page)
        self.assertEqual(page.count("<b>gap</b>"), gaps - 2)

    def test_since_when_it_stood_there_is_told_of_a_history(self):
        self.put("app.env", "token = %s\n" % self.token())
        for words in (("init", "-q"), ("add", "."), ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x")):
            subprocess.run(["git", "-C", str(self.dir / "tree"), *words], check=True, env={
                **os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_COMMITTER_DATE": "2024-02-03T04:05:06Z"})
        self.run_staunch("git", "tree", "-f", "jsonl", "-r", "report.jsonl")
        story = self.incident("report", self.open("report.jsonl"))
        self.assertRegex(story, r"since commit [0-9a-f]{12} of 2024\\?-02\\?-03T04:05:06")
        self.assertNotIn("Since when it stood there is not known", story)

    def test_what_stands_in_the_same_places_is_a_child(self):
        token, beside, far = self.token(), "glpat" + "-" + base.some(base.BASE62, 20), self.token()
        self.secrets.add(beside)
        self.put("app.env", "token = %s\ngitlab = %s\n" % (token, beside))
        self.put("far.env", "token = %s\n" % far)
        report = self.report()
        lines = [json.loads(line) for line in (self.dir / report).read_text().splitlines()]
        fingerprint, = {line["fingerprint"] for line in lines
                        if line["type"] == "occurrence" and line["path"] == "tree/app.env" and line["line"] == 1}
        id = self.open(report, "--only", fingerprint)
        story = self.incident("report", id)
        self.assertIn("1 credential in 1 place;", story)
        listed = self.incident("list").splitlines()
        self.assertEqual(len(listed), 2, listed)
        child, = [line.split()[0] for line in listed if line.split()[0] != id]
        self.assertIn("incident " + child.replace("-", "-"), "\n".join(self.rows(story)[ROWS[6]]).replace("\\", ""))
        below = self.incident("report", child)
        self.assertIn("gitlab-pat", below)
        self.assertIn("found in the same places as those of incident", below)
        self.assertNotIn("far.env", below)

    def test_an_advisory_without_values(self):
        (self.dir / "list.csv").write_text("# from the provider\n\"%s\",2024\nkey_from_the_list\n" % ("AKIA" + "Q" * 16))
        said = self.incident("open", "--title", "the build system's", "--key-id", "AKIA" + "Z" * 16, "--list",
                             "list.csv", "--reference", "slack", "--reference", "absent.secret", "--host", "build-7",
                             "--exposure", "public")
        self.assertIn("with 5 credentials", said)
        story = self.incident("report", said.split()[1]).replace("\\", "")
        for text in ("host that had the values: build-7", "AKIA" + "Z" * 16, "AKIA" + "Q" * 16, "key_from_the_list",
                     "(reference slack)", "(reference absent.secret)", "live at slack.com", "opened by an advisory",
                     "exposure: public"):
            self.assertIn(text, story)
        self.assertEqual(story.count("known by name alone"), 4)
        self.assertEqual(self.run_staunch("incident", "open", "--title", "x", "--policy", self.policy).returncode, 2)
        self.assertEqual(self.run_staunch("incident", "open", "--title", "x", "--reference", "nobody", "--policy",
                                          self.policy).returncode, 2)

    def test_3_4_an_incident_closes_when_each_was_proved_dead(self):
        self.write_policy()
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text('live = ["slack"]\n' + text.replace("[network]", '[own_accounts]\nslack = ["T1"]\n[network]'))
        self.put("a.env", "token = %s\n" % self.token())
        report = self.report()
        id = self.open(report)
        self.assertIn("is not proved dead", self.run_staunch("incident", "close", id, "--policy", self.policy).stderr.decode())
        words = ["revoke", report, "--policy", self.policy]
        plan = [line.split()[1] for line in self.run_staunch(*words).stdout.decode().splitlines() if line.startswith("plan ")][0]
        self.assertEqual(self.run_staunch(*words, "--live", "--plan", plan, "--code", plan[:6]).returncode, 0)
        self.incident("close", id)

    def test_3_4_what_somebody_else_ended_is_proved_dead_before_its_incident_closes(self):
        token = self.token()
        self.put("a.env", "token = %s\n" % token)
        id = self.open(self.report())
        words = ("incident", "close", id, "--policy", self.policy)
        self.assertIn("is good at slack.com", self.run_staunch(*words).stderr.decode())
        slack = self.doubles["slack"]
        slack.tokens[token]["alive"] = False  # a person did it in the console
        slack.calls.clear()
        slack.faults = ["500"] * 200  # no answer proves nothing
        self.assertIn("is not proved dead", self.run_staunch(*words).stderr.decode())
        slack.faults = []
        slack.calls.clear()
        self.incident("close", id)
        self.assertEqual([asked for _, asked in slack.calls].count(token), 3)
        story = self.incident("report", id).replace("\\", "")
        self.assertIn("already gone", story)

    def test_6_the_head_is_told_elsewhere_and_finds_what_was_taken_back(self):
        hook = base.some(base.BASE62, 24)
        self.secrets.add(hook)
        self.alive("webhook", hook)
        (self.dir / "hook").write_text("https://hooks.example/audit/%s\n" % hook)
        (self.dir / "hook").chmod(0o600)
        self.write_policy('[audit]\nwebhook = { file = "%s" }\n' % (self.dir / "hook"))
        self.put("app.env", "token = %s\n" % self.token())
        id = self.open(self.report())
        kept = self.dir / "kept"
        shutil.copytree(self.dir / "journal", kept)
        self.incident("note", id, "one more line")
        heads = [one["head"] for one in self.doubles["webhook"].objects["kept"]]
        self.assertEqual(len(heads), 2)
        self.assertIn(heads[1], self.incident("audit", "--head", heads[1]))
        self.incident("audit", "--head", heads[0])  # an older line is still there
        shutil.rmtree(self.dir / "journal")
        shutil.copytree(kept, self.dir / "journal")  # both taken back: alone they look whole
        self.incident("audit")
        self.assertIn("taken back", self.incident("audit", "--head", heads[1], code=3))
        self.doubles["webhook"].faults = ["500"]
        done = self.run_staunch("incident", "note", id, "again", "--policy", self.policy)
        self.assertEqual(done.returncode, 0)
        self.assertIn(b"the audit's head could not be told", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
