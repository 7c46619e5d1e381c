"""staunch revoke of many at once, where a provider ends them in one call.   respond_revoke_batch.py STAUNCH"""
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
from respond_harness import STAUNCH  # noqa: E402
from revoking import Revoking  # noqa: E402


class Batches(Revoking):
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


if __name__ == "__main__":
    unittest.main(verbosity=1)
