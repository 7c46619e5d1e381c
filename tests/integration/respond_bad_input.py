"""What must not lose, revoke twice or revoke by mistake: lone halves, a full disk, a damaged journal, two responders.
respond_bad_input.py STAUNCH"""
import json
import os
import pathlib
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402

POLICY = """
journal = "{d}/journal"
recheck_ms = {recheck}
live = ["slack"]
[own_accounts]
slack = ["T1"]
"""


class BadInput(base.Harness):
    def setUp(self):
        super().setUp()
        self.token = base.slack_token()
        self.secrets.add(self.token)
        self.alive("slack", self.token, team="crew")
        self.write_policy(1)
        self.journal = self.dir / "journal"

    def write_policy(self, recheck):
        self.doubles.policy(self.policy, POLICY.format(d=self.dir, recheck=recheck))

    def dry(self):
        done = self.run_staunch("revoke", "-", "--rule", "slack-bot-token", "--policy", self.policy, text=self.token)
        return done.stdout.decode().split("plan ")[1].split()[0]

    def words(self, plan):
        return [STAUNCH, "revoke", "-", "--rule", "slack-bot-token", "--policy", self.policy, "--live", "--plan", plan,
                "--code", plan[:6]]

    def act(self, plan, **how):
        done = subprocess.run(self.words(plan), input=self.token.encode(), capture_output=True, cwd=self.dir,
                              timeout=WAIT, **how)
        self.assertNotIn(self.token.encode(), done.stdout + done.stderr)
        return done

    def revoked(self):
        return self.doubles["slack"].count("revoke")

    def audit(self):
        return self.run_staunch("incident", "audit", "--policy", self.policy)

    def test_a_lone_half_is_sent_nowhere(self):
        """Half of an AWS key pair: nobody is asked, and what is missing is named."""
        half = base.some(base.BASE62 + "/+", 40)
        self.secrets.add(half)
        done, verdict = self.verify(half, "aws-secret-access-key")
        self.assertEqual((done.returncode, verdict["state"]), (3, "unknown"), done.stderr)
        self.assertIn("key_id", verdict["why"])
        done = self.run_staunch("revoke", "-", "--rule", "aws-secret-access-key", "--policy", self.policy, text=half)
        self.assertNotIn(b"would revoke", done.stdout)

    def test_on_a_full_disk_nothing_is_sent(self):
        """A limit on the size of files, as a disk without room: what cannot be journalled is not done."""
        plan = self.dry()
        wal = self.journal / "journal.sqlite-wal"
        size = max(path.stat().st_size for path in self.journal.iterdir())

        def no_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        done = self.act(plan, preexec_fn=no_room, restore_signals=False)
        self.assertNotEqual(done.returncode, 0, (size, wal.exists()))
        self.assertEqual(self.revoked(), 0, done.stdout + done.stderr)
        self.assertTrue(self.doubles["slack"].tokens[self.token].get("alive", True))
        self.assertEqual(self.audit().returncode, 0, self.audit().stdout)
        self.assertEqual(self.act(plan).returncode, 0)  # with room again the same plan is done, once
        self.assertEqual(self.revoked(), 1)

    def test_a_damaged_journal_is_refused_and_left_as_it_is(self):
        plan = self.dry()
        path = self.journal / "journal.sqlite"
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        whole = path.read_bytes()
        for name, damaged in (("cut", whole[:len(whole) // 2]), ("overwritten", b"\xff" * 4096 + whole[4096:]),
                              ("no database", b"hello\n")):
            with self.subTest(name):
                path.write_bytes(damaged)
                done = self.act(plan)
                self.assertIn(done.returncode, (2, 3), done.stdout)
                self.assertEqual(path.read_bytes(), damaged)
                self.assertEqual(self.revoked(), 0)
        path.write_bytes(whole)
        self.assertEqual(self.act(plan).returncode, 0)

    def test_an_audit_that_was_cut_off_in_a_line_goes_on(self):
        """As power lost in the middle of a write leaves it: the half line is taken away, and nothing else."""
        self.act(self.dry())
        path = self.journal / "audit.jsonl"
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(lines) + lines[-1][:40])
        self.assertEqual(self.audit().returncode, 3)
        self.token = base.slack_token()
        self.alive("slack", self.token, team="crew")
        self.act(self.dry())
        self.assertEqual(path.read_text().splitlines(keepends=True)[:len(lines)], lines)
        self.assertEqual(self.audit().returncode, 0, self.audit().stdout)

    def test_a_clock_that_jumps(self):
        """A plan is of the last hour: one of tomorrow, made before the clock went back, is no plan of now."""
        plan = self.dry()
        with sqlite3.connect(self.journal / "journal.sqlite") as db:
            text, = db.execute("SELECT json FROM document WHERE kind='plan'").fetchone()
            document = json.loads(text)
            document["made"] += 86400
            db.execute("UPDATE document SET json=? WHERE kind='plan'", (json.dumps(document),))
        done = self.act(plan)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertEqual(self.revoked(), 0)

    def test_6_a_journal_on_a_network_file_system_is_refused(self):
        program = os.path.join(os.path.dirname(STAUNCH), "libexec", "staunch", "staunch-respond")
        if b"__asan_init" in pathlib.Path(program).read_bytes():
            self.skipTest("the sanitizers' library must be the first")
        source, shim = self.dir / "nfs.c", self.dir / "nfs.so"
        source.write_text("#include <stdlib.h>\n#include <string.h>\n#include <sys/statfs.h>\n"
                          "int statfs(const char* path, struct statfs* out) { (void)path; memset(out, 0, sizeof *out);\n"
                          "  out->f_type = strtol(getenv(\"KIND\"), 0, 16); return 0; }\n")
        subprocess.run(["gcc-12", "-shared", "-fPIC", "-o", str(shim), str(source)], check=True)
        words = [program, "incident", "list", "--policy", self.policy]
        for kind, code in (("6969", 2), ("FF534D42", 2), ("01021997", 2), ("EF53", 0)):
            done = subprocess.run(words, capture_output=True, env={**os.environ, "LD_PRELOAD": str(shim), "KIND": kind})
            self.assertEqual((done.returncode, b"network" in done.stderr), (code, code == 2), done.stderr)

    def test_two_responders_at_once_revoke_once(self):
        plan = self.dry()
        self.write_policy(300)  # the first one takes its time
        both = [subprocess.Popen(self.words(plan), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, cwd=self.dir) for _ in range(2)]
        said = [None, None]

        def run(i):
            said[i] = both[i].communicate(self.token.encode(), timeout=WAIT)[0]
        threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        codes = sorted(process.returncode for process in both)
        self.assertEqual(self.revoked(), 1, said)
        self.assertEqual(codes[0], 0, said)
        if codes[1] != 0:  # it came while the other one was at work, or found what that one had done
            self.assertIn(b"another responder", said[0] + said[1])

    def test_a_clock_of_the_provider_a_day_off_is_unknown(self):
        self.doubles["slack"].faults = [None, "skew"]
        done, verdict = self.verify(self.token, "slack-bot-token")
        self.assertEqual(verdict["state"], "unknown")
        self.assertIn("apart", verdict["why"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
