"""staunch revoke, its journal and its audit, against doubles of providers.   respond_revoke.py STAUNCH"""
import json
import pathlib
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from respond_harness import openai_key  # noqa: E402
from revoking import Revoking  # noqa: E402


class Revoke(Revoking):
    def test_2_6_a_dry_run_changes_nothing_and_a_live_run_does_the_plan(self):
        token = self.slack()
        done, plan = self.dry(token, "slack-bot-token")
        self.assertIn(b"would revoke", done.stdout, done.stderr)
        self.assertIn(b"deactivates the bot", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"revoked", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 1)
        self.assertFalse(self.doubles["slack"].tokens[token]["alive"])
        events = [entry["event"] for entry in self.audit()]
        self.assertEqual(events, ["begin", "intent", "result", "revoke"])
        endpoints = self.audit()[0]["data"]["test_endpoints"]  # 4.3: each run says where it asked
        self.assertEqual(endpoints["slack.com"], "127.0.0.1:%d" % self.doubles.port)
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                self.assertNotIn(token.encode(), path.read_bytes(), path)

    def test_2_6_a_plan_about_one_host_is_none_about_another(self):
        """GitLab runs at hosts of one's own, too: the policy names them, and the plan says which was asked."""
        token = base.gitlab_token()
        self.alive("gitlab", token)
        self.write_policy(tables='[hosts]\ngitlab = ["vault.example"]\n')
        done, plan = self.dry(token, "gitlab-pat", "--part", "host=gitlab.com")
        self.assertIn(b"asks gitlab.com, cannot be undone", done.stdout, done.stderr)
        vault = self.doubles["vault"]
        vault.contract["calls"] += self.doubles["gitlab"].contract["calls"]  # another GitLab, that knows it too
        self.alive("vault", token)
        done = self.act(token, "gitlab-pat", plan)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(b"the plan is about gitlab.com, not about vault.example", done.stdout + done.stderr)
        self.assertEqual(self.doubles["gitlab"].count("revoke") + vault.count("revoke"), 0)
        done = self.act(token, "gitlab-pat", plan, "--part", "host=gitlab.com")
        self.assertEqual((done.returncode, self.doubles["gitlab"].count("revoke")), (0, 1), done.stdout + done.stderr)

    def test_2_6_without_the_code_and_without_a_terminal_nothing_is_done(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.assertEqual(self.act(token, "slack-bot-token", plan, code=False).returncode, 4)
        self.assertEqual(self.act(token, "slack-bot-token", plan, "--code", "000000", code=False).returncode, 4)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_6_what_is_not_in_the_plan_is_left_out_and_named(self):
        planned, new = self.slack(), self.slack()
        _, plan = self.dry(planned, "slack-bot-token")
        self.secrets.add(new)
        done = self.act(new, "slack-bot-token", plan)
        self.assertIn(b"left out", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_6_an_old_or_unknown_plan_is_refused(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        for other in ("0" * 64, plan[:8], "../x"):
            self.assertEqual(self.act(token, "slack-bot-token", other, "--code", plan[:6], code=False).returncode, 2)
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            text, = db.execute("SELECT json FROM document WHERE kind='plan'").fetchone()
            old = json.loads(text)
            old["made"] -= 3601
            db.execute("UPDATE document SET json=? WHERE kind='plan'", (json.dumps(old),))
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"older than an hour", done.stderr)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_6_the_kill_switch_stops_and_so_does_not_seeing_it(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        (self.dir / "stop").touch()
        done = self.act(token, "slack-bot-token", plan)
        self.assertIn(b"kill switch", done.stdout)
        (self.dir / "stop").unlink()
        text = pathlib.Path(self.policy).read_text().replace(
            str(self.dir / "stop"), str(self.dir / "not-mounted" / "stop"))
        pathlib.Path(self.policy).write_text(text)
        done = self.act(token, "slack-bot-token", plan)
        self.assertIn(b"cannot be looked for", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_3_a_foreign_account_is_never_touched(self):
        token = self.slack()
        text = pathlib.Path(self.policy).read_text().replace('slack = ["T1"]', 'slack = ["T2"]')
        pathlib.Path(self.policy).write_text(text)
        done, plan = self.dry(token, "slack-bot-token")
        self.assertIsNone(plan)
        self.assertIn(b"not one of our own", done.stdout)

    def test_2_3_what_does_not_tell_its_account_is_not_touched(self):
        token = self.slack()
        text = pathlib.Path(self.policy).read_text().replace('slack = ["T1"]', "")
        pathlib.Path(self.policy).write_text(text)
        done, plan = self.dry(token, "slack-bot-token")
        self.assertIsNone(plan)
        self.assertIn(b"names no account of our own at slack", done.stdout)

    def test_1_an_end_users_key_is_never_revoked_and_its_owner_is_reminded(self):
        token = self.slack()
        for table in ('rules = ["slack-bot-token"]', 'accounts = ["T1"]'):
            self.write_policy(tables="[end_users]\n" + table)
            if "accounts" in table:  # our own and theirs: that is a mistake
                self.assertEqual(self.dry(token, "slack-bot-token")[0].returncode, 2)
                continue
            done, plan = self.dry(token, "slack-bot-token")
            self.assertIsNone(plan)
            self.assertIn(b"because: it belongs to an end user", done.stdout)
            self.assertIn(b"to do: Remind its owner", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_3_live_actions_are_capped_a_day(self):
        self.write_policy(extra="live_actions_per_day = 1")
        for expected in (1, 1):
            token = self.slack()
            _, plan = self.dry(token, "slack-bot-token")
            done = self.act(token, "slack-bot-token", plan)
            self.assertEqual(self.doubles["slack"].count("revoke"), expected)
        self.assertIn(b"what the policy allows", done.stdout)

    def test_live_is_refused_by_name_for_what_nobody_has_tried(self):
        token = "SG" + "." + base.some(base.BASE62, 22) + "." + base.some(base.BASE62, 43)
        self.alive("sendgrid", token)
        self.write_policy(live=("sendgrid",))
        done, plan = self.dry(token, "sendgrid-key")
        self.assertIsNone(plan)
        self.assertIn(b"sendgrid is only planned", done.stdout)
        done, plan = self.dry("sk" + "_live_" + base.some(base.BASE62, 99), "stripe-live-key")
        self.assertIn(b"https://dashboard.stripe.com/apikeys", done.stdout)

    def test_3_4_already_gone_is_told_apart(self):
        token = base.gitlab_token()
        self.alive("gitlab", token)
        _, plan = self.dry(token, "gitlab-pat")
        provider = self.doubles["gitlab"]
        ask, provider.tokens[token]["asked"] = provider.tokens, 0
        # Alive when asked, gone when told to go: somebody else was quicker.
        calls = provider.contract["calls"]
        calls[1]["effect"], calls[1]["done"] = "revoke_self", calls[1]["dead"]
        done = self.act(token, "gitlab-pat", plan)
        self.assertIn(b"already gone", done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_4_4_a_lost_answer_is_read_and_nothing_is_sent_twice(self):
        for fault in ("lost", "closed"):
            with self.subTest(fault):
                token = self.slack()
                _, plan = self.dry(token, "slack-bot-token")
                before = self.doubles["slack"].count("revoke")
                self.doubles["slack"].faults = [None, None, fault]  # made-up, live, then the revocation
                done = self.act(token, "slack-bot-token", plan)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(b"the answer was lost; the secret is dead", done.stdout)
                self.assertEqual(self.doubles["slack"].count("revoke"), before + 1)
                self.assertIn("unknown-outcome", [e["data"].get("outcome") for e in self.audit()])

    def test_4_4_a_call_that_changes_something_has_a_connection_of_its_own(self):
        """Also where the same host was asked just before and is asked again just after."""
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.doubles["slack"].ports.clear()
        self.assertEqual(self.act(token, "slack-bot-token", plan).returncode, 0)
        mine = [port for name, port in self.doubles["slack"].ports if name == "revoke"]
        others = {port for name, port in self.doubles["slack"].ports if name != "revoke"}
        self.assertEqual(len(mine), 1)
        self.assertNotIn(mine[0], others)

    def test_2_2_what_does_not_say_live_just_now_is_not_touched(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.doubles["slack"].faults = [None] + ["500"] * 3  # the made-up one, then all tries
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual((done.returncode, self.doubles["slack"].count("revoke")), (3, 0), done.stdout)
        self.assertIn(b"it was not verified live just now: unknown", done.stdout)

    def test_nothing_is_revoked_twice(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.act(token, "slack-bot-token", plan)
        self.doubles["slack"].tokens[token]["alive"] = True  # a provider that errs
        done = self.act(token, "slack-bot-token", plan)
        self.assertIn(b"already gone", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 1)

    def test_2_2_where_there_is_no_disable_the_plan_says_so_with_its_source(self):
        done, _ = self.dry(self.slack(), "slack-bot-token")
        self.assertIn(b"there is no disable to try first: auth.revoke is final (source: https://docs.slack.dev/", done.stdout)

    def test_2_2_admin_disables_looks_and_then_deletes(self):
        secret = self.anthropic()
        done, changes = self.try_anthropic(secret)
        self.assertEqual((done.returncode, changes), (0, 2), done.stdout + done.stderr)
        self.assertEqual(self.doubles["anthropic"].objects["apikey_0"]["status"], "archived")
        steps = [e["data"]["step"] for e in self.audit() if e["event"] == "intent"]
        self.assertEqual(steps, ["disable", "revoke"])

    def test_2_2_the_disable_is_undone_where_the_leaked_value_lives_on(self):
        secret = self.anthropic(deaf=True)  # the located object is not what leaked
        done, changes = self.try_anthropic(secret)
        self.assertEqual((done.returncode, changes), (3, 2), done.stdout)
        self.assertEqual(self.doubles["anthropic"].objects["apikey_0"]["status"], "active")
        self.assertIn(b"A person must look", done.stdout)

    def test_2_2_a_look_alike_or_none_is_not_touched(self):
        secret = self.anthropic()
        objects = self.doubles["anthropic"].objects
        objects["other"] = dict(objects["apikey_0"])
        done, changes = self.try_anthropic(secret)
        self.assertEqual(changes, 0)
        self.assertIn(b"several keys look like this one", done.stdout)
        self.doubles["anthropic"].objects.clear()
        done, changes = self.try_anthropic(secret)
        self.assertEqual(changes, 0)
        self.assertIn(b"no key of the account looks like", done.stdout)

    def test_2_2_only_in_our_own_account(self):
        done, changes = self.try_anthropic(self.anthropic(org="org-2"))
        self.assertEqual((done, changes), (None, 0))

    def test_2_5_our_own_credential_is_never_the_target(self):
        secret = self.anthropic()
        (self.dir / "admin").write_text(secret + "\n")
        done, changes = self.try_anthropic(secret)
        self.assertEqual(changes, 0)
        self.assertIn(b"the very credential that we ask with", done.stdout)

    def test_an_expired_admin_key_stops_before_anything_is_done(self):
        secret = self.anthropic()
        for token, facts in self.doubles["anthropic"].tokens.items():
            facts["alive"] = token == secret
        done, changes = self.try_anthropic(secret)
        self.assertEqual(changes, 0)
        self.assertIn(b"could not be located (401", done.stdout)

    def test_openai_by_the_admin_api(self):
        for kind, rule, call, more in (("proj", "openai-project-key", "delete", ["--part", "project=proj_1"]),
                                       ("admin", "openai-admin-key", "admin_delete", [])):
            with self.subTest(rule):
                secret = openai_key(kind)
                self.alive("openai", secret, org="org-1")
                self.admin_key("openai", openai_key("admin"))
                self.doubles.policy(self.policy, pathlib.Path(self.policy).read_text().split("[network]")[0]
                                    .replace('openai = [""]', 'openai = ["org-1"]'))
                self.doubles["openai"].objects = {"key_1": {"secret": secret, "hint": secret[:8] + "..." + secret[-3:],
                                                            "alive": True}}
                _, plan = self.dry(secret, rule, *more)
                self.assertIsNotNone(plan)
                done = self.act(secret, rule, plan, *more)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(self.doubles["openai"].count(call), 1)

    def test_6_the_journal_is_ones_own_and_one_at_a_time(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        journal = self.dir / "journal"
        journal.chmod(0o755)
        self.assertIn(b"yours alone", self.act(token, "slack-bot-token", plan).stderr)
        journal.chmod(0o700)
        (journal / "key").chmod(0o644)
        self.assertIn(b"owner alone", self.act(token, "slack-bot-token", plan).stderr)
        (journal / "key").chmod(0o600)
        import fcntl
        with open(journal / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn(b"another responder", self.act(token, "slack-bot-token", plan).stderr)
        key = (journal / "key").read_text()
        (journal / "key").write_text("0" * 64 + "\n")
        self.assertIn(b"not the one it was written with", self.act(token, "slack-bot-token", plan).stderr)
        (journal / "key").write_text(key)
        with sqlite3.connect(journal / "journal.sqlite") as db:
            db.execute("PRAGMA user_version=99")
        self.assertIn(b"newer program", self.act(token, "slack-bot-token", plan).stderr)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_6_the_audit_shows_edit_gap_fork_and_removed_tail(self):
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.act(token, "slack-bot-token", plan)
        path = self.dir / "journal" / "audit.jsonl"
        whole = path.read_text()
        lines = whole.splitlines(keepends=True)
        self.assertEqual(self.check_audit().returncode, 0, self.check_audit().stdout)
        for name, text, word in [("edit", whole.replace('"slack.com"', '"slack.org"', 1), b"edited"),
                                 ("gap", lines[0] + "".join(lines[2:]), b"gap"),
                                 ("fork", lines[0] + lines[1] + lines[1] + "".join(lines[2:]), b"fork"),
                                 ("tail", "".join(lines[:-1]), b"removed"), ("gone", "", b"removed"),
                                 ("cut", whole[:-5], b"cut off")]:
            with self.subTest(name):
                path.write_text(text)
                done = self.check_audit()
                self.assertEqual(done.returncode, 3)
                self.assertIn(word, done.stdout)
        path.write_text(whole)
        self.assertEqual(self.check_audit().returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
