"""What findings lead to: --respond on scans and staunch respond, against doubles of providers.   respond_trigger.py STAUNCH"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from agreed import Approver  # noqa: E402

POLICY = """
journal = "{d}/journal"
kill_switch = "{d}/stop"
recheck_ms = 1
live = ["slack", "gitlab", "anthropic"]
{keys}
[own_accounts]
slack = ["T1"]
gitlab = ["7"]
anthropic = ["org-1"]
[notify.security]
webhook = {{ file = "{d}/hook" }}
[notify.owner]
command = ["{d}/mail"]
to = "owner@example.com"
{entries}
"""
ENTRY = """
[[respond]]
providers = ["slack"]
do = ["incident", "revoke", "notify"]
notify = ["security", "owner"]
exposure = "public"
"""


class Trigger(base.Harness):
    def setUp(self):
        super().setUp()
        self.keys, self.approver = "", None
        self.hook = base.some(base.BASE62, 24)
        self.secrets.add(self.hook)
        self.alive("webhook", self.hook)
        (self.dir / "hook").write_text("https://hooks.example/services/%s\n" % self.hook)
        (self.dir / "hook").chmod(0o600)
        mail = self.dir / "mail"  # keeps what it is told, and what of the secret anybody could see meanwhile
        mail.write_text("#!/bin/sh\ncat >> %s/mailed\nfor p in /proc/[0-9]*; do cat $p/cmdline $p/environ; done "
                        "2>/dev/null >> %s/seen\nexit 0\n" % (self.dir, self.dir))
        mail.chmod(0o755)
        self.write_policy(ENTRY)

    def write_policy(self, entries):
        self.doubles.policy(self.policy, POLICY.format(d=self.dir, keys=self.keys, entries=entries))

    def slack(self, name="app.env", text="token = %s\n"):
        token = base.slack_token()
        self.secrets.add(token)
        self.alive("slack", token, team="crew")
        self.put(name, text % token)
        return token

    def put(self, name, text):
        path = self.dir / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def approve(self, digest, name="approval", until="2099-01-01T00:00:00Z"):
        if not self.approver:
            self.approver = Approver(self.dir)
            self.keys = 'approval_keys = ["%s"]' % self.approver.public
        return self.approver.sign(digest, self.dir / name, until)

    def respond(self, *words, text=""):
        done = self.run_staunch(*words, "--respond", self.policy, text=text)
        return done, done.stderr.decode()

    def approved_policy(self):
        """The entry with its approval, as a person would make it: by the digest that a run tells."""
        _, said = self.respond("dir", "tree")
        digest = said.split("digest is ")[1][:64]
        approval = self.approve(digest)
        self.write_policy(ENTRY + 'approval = "%s"\n' % approval)

    def incident(self):
        listed = self.run_staunch("incident", "list", "--policy", self.policy).stdout.decode().splitlines()
        self.assertEqual(len(listed), 1, listed)
        return listed[0].split()[0]

    def report(self, *words):
        done = self.run_staunch("incident", "report", self.incident(), "--policy", self.policy, *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def count(self, name="revoke", provider="slack"):
        return self.doubles[provider].count(name)

    def test_2_6_what_cannot_be_undone_waits_for_a_signed_yes(self):
        token = self.slack()
        done, said = self.respond("dir", "tree")
        self.assertIn("waits for a yes", said)
        self.assertIn("the response is not complete (it ended with 4)", said)
        self.assertEqual((done.returncode, self.count()), (1, 0))
        self.assertIn(b"xoxb", done.stdout)  # the report itself comes as ever
        self.approved_policy()
        done, said = self.respond("dir", "tree")
        self.assertIn("revoked", said)
        self.assertEqual((done.returncode, self.count()), (1, 1))
        self.assertFalse(self.doubles["slack"].tokens[token]["alive"])

    def test_2_6_an_approval_is_of_this_entry_by_a_listed_key_and_ends(self):
        self.slack()
        _, said = self.respond("dir", "tree")
        digest = said.split("digest is ")[1][:64]
        other = "0" * 64
        for approves, until, keys, why in [(other, "2099-01-01T00:00:00Z", True, "something else"),
                                           (digest, "2020-01-01T00:00:00Z", True, "it has ended"),
                                           (digest, "soon", True, "until when"),
                                           (digest, "2099-01-01T00:00:00Z", False, "not signed by a key")]:
            with self.subTest(why):
                approval = self.approve(approves, until=until)
                kept, self.keys = self.keys, self.keys if keys else 'approval_keys = ["%s"]' % other
                self.write_policy(ENTRY + 'approval = "%s"\n' % approval)
                self.keys = kept
                self.assertIn(why, self.respond("dir", "tree")[1])
        self.write_policy(ENTRY.replace("public", "internal") + 'approval = "%s"\n' % self.approve(digest))
        self.assertIn("something else", self.respond("dir", "tree")[1])
        self.assertEqual(self.count(), 0)

    def test_nothing_happens_twice(self):
        self.slack()
        self.approved_policy()
        for _ in range(3):
            self.respond("dir", "tree")
        self.assertEqual(self.count(), 1)
        self.incident()  # one alone
        self.assertEqual(len(self.doubles["webhook"].objects["kept"]), 1)
        self.assertEqual((self.dir / "mailed").read_text().count("Subject:"), 1)

    def test_who_was_told_when_stands_in_the_report(self):
        token = self.slack("deep/app.env")
        self.respond("dir", "tree")
        message = self.doubles["webhook"].objects["kept"][0]
        self.assertEqual((message["incident"], message["role"]), (self.incident(), "security"))
        self.assertIn("tree/deep/app.env:1", message["text"])
        mailed = (self.dir / "mailed").read_text()
        self.assertTrue(mailed.startswith("To: owner@example.com\nSubject: Incident "))
        for form in (self.report(), self.report("-f", "html")):
            self.assertRegex(form, r"Z security: Incident .*webhook")
            self.assertRegex(form, r"Z owner: Incident ")
        for text in (json.dumps(message), mailed):
            self.assertNotIn(token, text)

    def test_a_role_that_cannot_be_told_is_told_again(self):
        self.slack()
        self.doubles["webhook"].faults = ["500"]
        _, said = self.respond("dir", "tree")
        self.assertIn("security could not be told: the webhook answered 500", said)
        self.assertIn("could not be told", self.report())
        self.respond("dir", "tree")
        self.assertEqual(len(self.doubles["webhook"].objects["kept"]), 1)
        self.assertEqual((self.dir / "mailed").read_text().count("Subject:"), 1)

    def test_2_3_a_stream_leads_to_an_incident_at_most(self):
        token = self.slack()
        done, said = self.respond("stdin", text="token = %s\n" % token)
        self.assertEqual(done.returncode, 1)
        self.assertIn("an incident is the most that stdin may lead to", said)
        self.assertIn("unknown", self.report())
        self.assertEqual(self.doubles["slack"].calls, [])
        self.assertFalse((self.dir / "mailed").exists())

    def test_2_3_an_entry_may_name_the_source(self):
        token = self.slack()
        self.write_policy(ENTRY + 'sources = ["stdin"]\n')
        _, said = self.respond("stdin", text="token = %s\n" % token)
        self.assertIn("waits for a yes", said)
        self.assertGreater(len(self.doubles["slack"].calls), 0)
        self.doubles["slack"].calls.clear()
        _, said = self.respond("dir", "tree")
        self.assertIn("the policy says nothing about it", said)
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_2_3_live_actions_are_capped_per_source_and_day(self):
        self.slack()
        self.approved_policy()
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text("live_actions_per_day = 1\n" + text)
        self.slack("b.env")
        _, said = self.respond("dir", "tree")
        self.assertIn("1 live actions in a day are what the policy allows", said)
        self.assertEqual(self.count(), 1)

    def test_5_2_nobody_sees_the_secret_on_its_way(self):
        token = self.slack()
        self.respond("dir", "tree")
        seen = (self.dir / "seen").read_bytes()
        self.assertIn(b"--respond", seen)
        for secret in (token, self.hook):
            self.assertNotIn(secret.encode(), seen)

    def test_2_1_a_policy_in_what_is_scanned_is_not_obeyed(self):
        self.slack()
        inside = self.dir / "tree" / "policy.toml"
        inside.write_text(pathlib.Path(self.policy).read_text())
        inside.chmod(0o600)
        done = self.run_staunch("dir", "tree", "--respond", str(inside))
        self.assertIn(b"lies in what was scanned, so it is not obeyed", done.stderr)
        self.assertEqual(self.doubles["slack"].calls, [])
        self.assertFalse((self.dir / "journal" / "audit.jsonl").exists())

    def test_a_wrong_policy_is_known_before_anything_is_scanned(self):
        self.slack()
        for entries, why in [("", "no [[respond]]"), ('[[respond]]\ndo = ["explode"]', "'do' knows"),
                             ('[[respond]]\ndo = ["revoke"]\nwhen = "any"', "'when' must be live"),
                             ('[[respond]]\ndo = ["incident", "notify"]\nnotify = ["nobody"]', "no [notify.nobody]")]:
            with self.subTest(why):
                self.write_policy(entries)
                done = self.run_staunch("dir", "tree", "--respond", self.policy, "-r", str(self.dir / "report"))
                self.assertEqual(done.returncode, 2)
                self.assertIn(why, done.stderr.decode())
                self.assertFalse((self.dir / "report").exists())

    def test_when_any_nobody_is_asked(self):
        self.slack()
        self.write_policy('[[respond]]\ndo = ["incident"]\nwhen = "any"')
        self.respond("dir", "tree")
        self.assertIn("unknown", self.report())
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_1_an_end_users_key_leads_to_a_reminder_and_nothing_more(self):
        self.slack()
        self.write_policy(ENTRY + '[end_users]\nrules = ["slack-bot-token"]\n')
        done, said = self.respond("dir", "tree")
        self.assertIn("it belongs to an end user: remind its owner", said)
        self.assertEqual(self.count(), 0)
        self.assertIn("an end user's, who gets a reminder", (self.dir / "mailed").read_text())

    def test_a_report_leads_to_the_same(self):
        self.slack()
        self.run_staunch("dir", "tree", "-r", "report.jsonl")
        self.write_policy(ENTRY + 'sources = ["report"]\n')
        done = self.run_staunch("respond", "report.jsonl", "--policy", self.policy)
        self.assertIn(b"waits for a yes", done.stdout, done.stderr)
        self.assertEqual(done.returncode, 4)

    def test_a_history_leads_to_the_same(self):
        token = self.slack()
        def git(*words):
            subprocess.run(["git", "-C", str(self.dir / "tree"), *words], check=True, capture_output=True, env={
                **os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.dir)})
        git("init", "-q")
        git("add", ".")
        git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "it")
        (self.dir / "tree" / "app.env").write_text("token = gone\n")
        git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qam", "gone")
        self.approved_policy_by_git()
        _, said = self.respond("git", "tree")
        self.assertIn("revoked", said)
        self.assertFalse(self.doubles["slack"].tokens[token]["alive"])
        self.assertIn("since commit", self.report())

    def approved_policy_by_git(self):
        _, said = self.respond("git", "tree")
        approval = self.approve(said.split("digest is ")[1][:64])
        self.write_policy(ENTRY + 'approval = "%s"\n' % approval)

    def test_a_reversible_disable_goes_first_and_the_rest_waits(self):
        secret = "sk-ant-" + "api03-" + base.some(base.BASE62, 93) + "AA"
        admin = "sk-ant-" + "admin01-" + base.some(base.BASE62, 93) + "AA"
        self.secrets |= {secret, admin}
        for key in (secret, admin):
            self.alive("anthropic", key, org="org-1")
        (self.dir / "admin").write_text(admin + "\n")
        (self.dir / "admin").chmod(0o600)
        self.doubles["anthropic"].objects["apikey_0"] = {"secret": secret, "alive": True,
                                                         "hint": secret[:14] + "..." + secret[-4:]}
        self.put("key.py", 'KEY = "%s"\n' % secret)
        self.write_policy('[[respond]]\ndo = ["incident", "revoke"]\n[credentials.anthropic]\n'
                          'secret = { file = "%s" }\n' % (self.dir / "admin"))
        _, said = self.respond("dir", "tree")
        self.assertIn("waits for a yes", said)
        self.assertIn("disabled", said)
        self.assertEqual(self.doubles["anthropic"].objects["apikey_0"]["status"], "inactive")

    def test_a_retired_credential_seen_elsewhere_is_an_alert(self):
        token = self.slack()
        self.approved_policy()
        self.respond("dir", "tree")
        self.assertNotIn("seen again", self.respond("dir", "tree")[1])  # at the same place it is no news
        self.put("other/copy.env", "token = %s\n" % token)
        for _ in range(2):
            _, said = self.respond("dir", "tree")
        self.assertNotIn("seen again", said)
        told = [one["text"] for one in self.doubles["webhook"].objects["kept"] if one["event"].startswith("seen again")]
        self.assertEqual(len(told), 1)
        self.assertIn("tree/other/copy.env:1", told[0])
        self.assertIn("seen again", self.report())

    def watch(self):
        return self.run_staunch("incident", "watch", "--once", "--policy", self.policy)

    def test_what_is_dead_is_watched_until_it_answers_again(self):
        token = self.slack()
        self.respond("dir", "tree")
        self.assertEqual(self.watch().returncode, 0)
        self.assertIn("Nothing was watched yet", self.report())  # it is good, so it is still to be ended
        self.approved_policy()
        self.respond("dir", "tree")
        self.assertIn(b"1 asked about, 0 gave no answer, 0 alarms", self.watch().stderr)
        self.assertIn("answered dead 1 times", self.report())
        self.doubles["slack"].tokens[token]["alive"] = True
        self.assertIn(b"0 asked about", self.watch().stderr)  # not due
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            text, = db.execute("SELECT json FROM document WHERE kind='watch'").fetchone()
            state = json.loads(text)
            state["polled"] -= 3600
            db.execute("UPDATE document SET json=? WHERE kind='watch'", (json.dumps(state),))
        done = self.watch()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("is good again at slack.com", self.report())
        told = [one["text"] for one in self.doubles["webhook"].objects["kept"] if one["event"].startswith("alarm")]
        self.assertEqual(len(told), 1)


if __name__ == "__main__":
    unittest.main(verbosity=1)
