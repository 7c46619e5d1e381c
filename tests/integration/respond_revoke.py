"""staunch revoke, its journal and its audit, against doubles of providers.   respond_revoke.py STAUNCH"""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT  # noqa: E402
from respond_harness import STAUNCH, anthropic_key, openai_key  # noqa: E402


class Revoke(base.Harness):
    def setUp(self):
        super().setUp()
        self.write_policy()

    def write_policy(self, live=("slack", "github", "gitlab", "openai", "anthropic"), extra="", tables=""):
        live = ", ".join('"%s"' % one for one in live)
        text = 'journal = "%s"\nkill_switch = "%s"\nrecheck_ms = 1\nlive = [%s]\n%s\n[own_accounts]\nslack = ["T1"]\n' \
               'gitlab = ["7"]\nopenai = [""]\n%s\n' % (self.dir / "journal", self.dir / "stop", live, extra, tables)
        self.doubles.policy(self.policy, text)

    def dry(self, secret, rule, *words):
        self.secrets.add(secret)
        done = self.run_staunch("revoke", "-", "--rule", rule, "--policy", self.policy, *words, text=secret + "\n")
        plan = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")]
        return done, plan[0] if plan else None

    def act(self, secret, rule, plan, *words, code=True):
        approval = ["--code", plan[:6]] if code else []
        return self.run_staunch("revoke", "-", "--rule", rule, "--policy", self.policy, "--live", "--plan",
                                plan, *approval, *words, text=secret + "\n")

    def audit(self):
        return [json.loads(line) for line in (self.dir / "journal" / "audit.jsonl").read_text().splitlines()]

    def slack(self):
        token = base.slack_token()
        self.alive("slack", token, team="crew")
        return token

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

    def test_3_4_github_says_202_and_then_it_is_asked_until_dead(self):
        token = base.github_token()
        self.alive("github", token, login="mona")
        self.write_policy(tables='github = ["mona"]')
        told, plan = self.dry(token, "github-pat")
        self.assertIn(b"answers first and ends it then", told.stdout)
        done = self.act(token, "github-pat", plan)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([name for name, _ in self.doubles["github"].calls].count("revoke"), 1)
        revoked = [name for name, _ in self.doubles["github"].calls].index("revoke")
        after = [c for n, c in self.doubles["github"].calls[revoked + 1:] if c == token]
        self.assertEqual(len(after), 3)  # three dead answers

    def test_no_more_is_sent_than_a_provider_takes(self):
        token = base.github_token()
        self.alive("github", token, login="mona")
        self.write_policy(tables='github = ["mona"]', extra="live_actions_per_day = 1000")
        _, plan = self.dry(token, "github-pat")
        for age, code in ((0, 3), (3601, 0)):  # sixty in the last hour, then sixty before it
            with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
                db.executemany("INSERT OR REPLACE INTO document(kind, id, json, at) VALUES('sent to api.github.com', ?, '{}', ?)",
                               [(str(i), int(time.time()) - age) for i in range(60)])
            done = self.act(token, "github-pat", plan)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            self.assertEqual(b"takes 60/h" in done.stdout, age == 0)
        self.assertEqual([name for name, _ in self.doubles["github"].calls].count("revoke"), 1)

    def github_batch(self, n, *words, extra="live_actions_per_day = 1000"):
        """So many live tokens in a report, and the plan to revoke them: report, tokens, words of the live run."""
        self.write_policy(tables='github = ["mona"]', extra=extra)
        tokens = [base.github_token() for _ in range(n)]
        for token in tokens:
            self.alive("github", token, login="mona")
            self.secrets.add(token)
        report = self.scan({"tokens.env": "\n".join("GITHUB_TOKEN=" + token for token in tokens)})
        done = self.run_staunch("revoke", report, "--policy", self.policy, *words)
        plan = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")][0]
        return tokens, ["revoke", report, "--policy", self.policy, "--live", "--plan", plan, "--code", plan[:6]]

    def github_lists(self):
        """What each call held that was served."""
        return [sorted(listed) for name, listed in self.doubles["github"].calls if name == "revoke"]

    def github_alive(self, tokens):
        return [token for token in tokens if self.doubles["github"].tokens[token].get("alive", True)]

    def actions(self):
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            return [json.loads(text) for text, in db.execute("SELECT json FROM document WHERE kind='action'")]

    def test_one_call_ends_all_that_it_takes_each_with_its_record_and_proof(self):
        tokens, words = self.github_batch(5)
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(self.github_lists(), [sorted(tokens)])
        self.assertEqual(self.github_alive(tokens), [])
        self.assertEqual(done.stdout.count(b"revoked  "), 5)
        for event in ("intent", "result", "revoke"):
            told = {line["data"]["fingerprint"] for line in self.audit() if line["event"] == event}
            self.assertEqual(len(told), 5, event)
        self.assertEqual([(one["step"], one["state"]) for one in self.actions()], [("revoke", "done")] * 5)
        asked = [token for name, token in self.doubles["github"].calls if name == "user"]
        self.assertEqual([asked.count(token) for token in tokens], [1 + 1 + 3] * 5)  # the plan, the live run, the proof
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:  # the rate is of calls, the cap of actions
            count = "SELECT count(*) FROM document WHERE kind=?"
            self.assertEqual(db.execute(count, ("sent to api.github.com",)).fetchone(), (1,))
            self.assertEqual(db.execute(count, ("live",)).fetchone(), (5,))
        self.assertEqual(self.run_staunch(*words).returncode, 0)
        self.assertEqual(len(self.github_lists()), 1)

    def test_no_call_holds_more_than_the_provider_takes(self):
        """The double refuses more than a thousand, as the reference says it does."""
        tokens, words = self.github_batch(1001, extra="live_actions_per_day = 5000")
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 0, done.stdout[-500:] + done.stderr)
        self.assertEqual(sorted(len(one) for one in self.github_lists()), [1, 1000])
        self.assertEqual(self.github_alive(tokens), [])

    def test_4_4_of_a_batch_whose_answer_was_lost_each_is_read_and_none_is_sent_twice(self):
        for fault in ("lost", "closed"):
            with self.subTest(fault):
                tokens, words = self.github_batch(3)
                self.doubles["github"].calls.clear()
                self.doubles["github"].faults = [None] * 4 + [fault]  # made-up, three live, then the revocation
                done = self.run_staunch(*words)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertEqual(done.stdout.count(b"the answer was lost; the secret is dead"), 3)
                self.assertEqual(self.github_lists(), [sorted(tokens)])

    def test_4_4_of_a_batch_that_failed_nothing_is_known_until_it_is_read(self):
        for fault in ("500", "429", "403"):
            with self.subTest(fault):
                tokens, words = self.github_batch(3)
                self.doubles["github"].calls.clear()
                self.doubles["github"].faults = [None] * 4 + [fault]
                done = self.run_staunch(*words)
                self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
                self.assertEqual(done.stdout.count(b"it was answered with " + fault.encode()), 3)
                self.assertEqual((self.github_lists(), self.github_alive(tokens)), ([], tokens))
                done = self.run_staunch(*words)  # still live, so the same plan goes on
                self.assertEqual((done.returncode, self.github_alive(tokens)), (0, []), done.stdout)

    def test_one_that_is_turned_away_keeps_no_other_alive(self):
        tokens, words = self.github_batch(8)
        self.doubles["github"].tokens[tokens[5]]["refused"] = True
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual(self.github_alive(tokens), [tokens[5]])
        self.assertEqual(done.stdout.count(b"revoked  "), 7)
        self.assertEqual(done.stdout.count(b"it was answered with 422"), 1)
        self.assertEqual(sorted(one["state"] for one in self.actions()), ["done"] * 7 + ["not done"])

    def test_2_3_a_batch_holds_no_more_than_the_cap_of_the_day(self):
        tokens, words = self.github_batch(5, extra="live_actions_per_day = 3")
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual([len(one) for one in self.github_lists()], [3])
        self.assertEqual(len(self.github_alive(tokens)), 2)
        self.assertEqual(done.stdout.count(b"what the policy allows"), 2)

    def test_a_run_that_died_after_the_call_is_gone_on_with_and_told_as_ours(self):
        tokens, words = self.github_batch(3)
        policy = pathlib.Path(self.policy)
        quick = policy.read_text()
        policy.write_text(quick.replace("recheck_ms = 1\n", "recheck_ms = 600000\n"))
        run = subprocess.Popen([STAUNCH, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir,
                               start_new_session=True)
        until = time.monotonic() + WAIT
        calls = self.doubles["github"].calls
        while len([1 for name, token in calls if name == "user" and token in tokens]) < 3 * 3:  # of the proof too
            self.assertLess(time.monotonic(), until)
            self.assertIsNone(run.poll())
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        policy.write_text(quick)
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count(b"an earlier run sent it; the secret is dead"), 3, done.stdout)
        self.assertEqual(self.github_lists(), [sorted(tokens)])

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

    def two_responders(self, name="claims-{fingerprint}"):
        """Policies with journals of their own and one Vault that both see."""
        token = "hvs." + base.some(base.BASE62, 24)
        self.secrets.add(token)
        self.alive("vault", token)
        (self.dir / "vault").write_text(token + "\n")
        (self.dir / "vault").chmod(0o600)
        self.write_policy(tables='[claims]\nstore = "vault"\nname = "%s"\n[stores.vault]\nkind = "vault"\n'
                          'address = "https://vault.example"\ncredential = "vault"\n[credentials.vault]\n'
                          'secret = { file = "%s" }' % (name, self.dir / "vault"))
        mine, theirs = self.policy, str(self.dir / "theirs.toml")
        pathlib.Path(theirs).write_text(pathlib.Path(mine).read_text().replace('/journal"', '/journal-of-theirs"'))
        pathlib.Path(theirs).chmod(0o600)
        return mine, theirs

    def test_6_two_responders_on_two_machines_do_not_revoke_twice(self):
        """The second one comes while the first one's outcome is not known; then the first one goes on."""
        slack, vault = self.doubles["slack"], self.doubles["vault"]
        mine, theirs = self.two_responders()
        token = self.slack()
        plans = {}
        for self.policy in (mine, theirs):
            plans[self.policy] = self.dry(token, "slack-bot-token")[1]
        revoke, slack.contract["calls"] = slack.contract["calls"], json.loads(json.dumps(slack.contract["calls"]))
        for call in slack.contract["calls"]:
            call.pop("effect", None)  # it says done, and the token lives on
        self.policy = mine
        first = self.act(token, "slack-bot-token", plans[mine])
        self.assertEqual((first.returncode, slack.count("revoke")), (3, 1), first.stdout)
        self.assertEqual(len([path for path in vault.objects if path.startswith("claims-sf1-")]), 1)
        slack.contract["calls"] = revoke
        self.policy = theirs
        second = self.act(token, "slack-bot-token", plans[theirs])
        self.assertEqual((second.returncode, slack.count("revoke")), (3, 1), second.stdout)
        self.assertIn(b"refused", second.stdout)
        self.assertIn(b"another responder", second.stdout)
        self.policy = mine
        first = self.act(token, "slack-bot-token", plans[mine])
        self.assertEqual((first.returncode, slack.count("revoke")), (0, 2), first.stdout)
        self.assertEqual([path for path in vault.objects if path.startswith("claims")], [])
        self.policy = theirs
        second = self.act(token, "slack-bot-token", plans[theirs])
        self.assertEqual((second.returncode, slack.count("revoke")), (0, 2), second.stdout)
        self.assertIn(b"already gone", second.stdout)

    def take_over(self, *, first_only=False):
        """A person takes the claims away, and another responder has them: as where this one was thought dead."""
        claims = [path for path in self.doubles["vault"].objects if path.startswith("claims-")]
        for path in claims[:1] if first_only else claims:
            self.doubles["vault"].objects[path].append({"rotation": "theirs"})

    def anthropic_with_claims(self):
        secret = self.anthropic()
        policy = pathlib.Path(self.policy)
        tables = policy.read_text().split("[own_accounts]")[1].split("[network]")[0]
        self.two_responders()
        text = policy.read_text()
        own = tables.split("openai = [\"\"]")[1]
        policy.write_text(text.replace('openai = [""]\n', 'openai = [""]\n' + own, 1))
        return secret

    def test_6_a_responder_whose_claim_was_taken_over_changes_nothing(self):
        secret, provider = self.anthropic_with_claims(), self.doubles["anthropic"]
        _, plan = self.dry(secret, "anthropic-api-key")
        for step, (call, after, changes) in {"before the disable": ("list", 0, 0),
                                             "before the last step": ("models", 1, 1)}.items():
            with self.subTest(step):
                provider.calls.clear()
                provider.hooks = {call: lambda *_: provider.count("set") == after and self.take_over()}
                done = self.act(secret, "anthropic-api-key", plan)
                self.assertEqual((done.returncode, provider.count("set")), (3, changes), done.stdout + done.stderr)
                self.assertIn(b"taken over by another responder (theirs)", done.stdout)
                for path in self.doubles["vault"].objects:  # theirs stays theirs
                    self.assertEqual(self.doubles["vault"].objects[path][-1], {"rotation": "theirs"})
                self.doubles["vault"].objects.clear()  # they are done
                self.alive("anthropic", secret, org="org-1")
        provider.hooks = {}
        self.assertEqual(self.act(secret, "anthropic-api-key", plan).returncode, 0)

    def test_6_one_claim_of_a_batch_that_was_taken_over_is_left_out(self):
        tokens, words = self.github_batch(3)
        self.two_responders()
        policy = pathlib.Path(self.policy)
        policy.write_text(policy.read_text().replace("[own_accounts]\n", '[own_accounts]\ngithub = ["mona"]\n', 1))
        writes = []

        def third(*_):
            writes.append(1)
            if len(writes) == 3:
                self.take_over(first_only=True)
        self.doubles["vault"].hooks = {"write": third}
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual([len(one) for one in self.github_lists()], [2])
        self.assertEqual(len(self.github_alive(tokens)), 1)
        self.assertEqual(done.stdout.count(b"taken over by another responder"), 1)
        self.assertEqual([versions[-1] for versions in self.doubles["vault"].objects.values()], [{"rotation": "theirs"}])

    def test_6_two_responders_at_once_send_one_request(self):
        mine, theirs = self.two_responders()
        token, slack = self.slack(), self.doubles["slack"]
        plans, running = {}, []
        for self.policy in (mine, theirs):
            plans[self.policy] = self.dry(token, "slack-bot-token")[1]
        for policy, plan in plans.items():
            words = [STAUNCH, "revoke", "-", "--rule", "slack-bot-token", "--policy", policy, "--live", "--plan", plan, "--code", plan[:6]]
            running.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
            running[-1].stdin.write(token.encode() + b"\n")
            running[-1].stdin.close()
        told = [(one.stdout.read(), one.wait(WAIT))[0] for one in running]
        for one in running:
            one.stdout.close()
        self.assertEqual(slack.count("revoke"), 1, told)
        self.assertTrue(any(b"revoked" in one for one in told), told)

    def test_6_without_a_place_for_claims_somebody_must_say_that_there_is_one_responder(self):
        token = self.slack()
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text(text.replace("sole_responder = true\n", ""))
        _, plan = self.dry(token, "slack-bot-token")
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual((done.returncode, self.doubles["slack"].count("revoke")), (2, 0))
        self.assertIn(b"--sole-responder", done.stderr)
        self.assertEqual(self.act(token, "slack-bot-token", plan, "--sole-responder").returncode, 0)

    def test_6_a_store_that_cannot_show_claims_or_does_not_answer_stops_it(self):
        mine, _ = self.two_responders()
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.doubles["vault"].tokens.clear()
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual((done.returncode, self.doubles["slack"].count("revoke")), (3, 0))
        self.assertIn(b"Vault did not read (403)", done.stdout)
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text(text.replace('kind = "vault"', 'kind = "dotenv"\nfile = "%s/x"' % self.dir))
        done = self.act(token, "slack-bot-token", plan)
        self.assertIn(b"cannot show claims", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)

    def test_2_2_where_there_is_no_disable_the_plan_says_so_with_its_source(self):
        done, _ = self.dry(self.slack(), "slack-bot-token")
        self.assertIn(b"there is no disable to try first: auth.revoke is final (source: https://docs.slack.dev/", done.stdout)

    def admin_key(self, provider, admin):
        self.alive(provider, admin, org="org-1")
        self.secrets.add(admin)
        (self.dir / "admin").write_text(admin + "\n")
        (self.dir / "admin").chmod(0o600)
        self.write_policy(tables='anthropic = ["org-1"]\n[credentials.%s]\nsecret = { file = "%s" }' %
                          (provider, self.dir / "admin"))

    def anthropic(self, org="org-1", **about):
        secret = anthropic_key()
        self.alive("anthropic", secret, org=org)
        self.admin_key("anthropic", anthropic_key("admin01"))
        objects = self.doubles["anthropic"].objects
        objects["apikey_%d" % len(objects)] = {"secret": secret, "hint": secret[:14] + "..." + secret[-4:],
                                               "alive": True, **about}
        return secret

    def try_anthropic(self, secret):
        self.doubles["anthropic"].calls.clear()
        _, plan = self.dry(secret, "anthropic-api-key")
        done = self.act(secret, "anthropic-api-key", plan) if plan else None
        return done, self.doubles["anthropic"].count("set")

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

    def check_audit(self):
        return self.run_staunch("incident", "audit", "--policy", self.policy)

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
