"""What a rotation is allowed: its plan, the yes to it, what is refused; and when it is due.
respond_rotate_plan.py STAUNCH

The number in a test's name is the rule of the response that it holds.
"""
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from agreed import Approver  # noqa: E402
from respond_harness import PROGRAM  # noqa: E402
from rotating import Rotating, some  # noqa: E402

TWO = '[[environments]]\nname = "staging"\n[[environments]]\nname = "production"\n'


class Plans(Rotating):
    def digest(self, *words):
        done = self.rotate(self.it.plan, *words)
        self.assert_done(done)
        return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")][0]

    def test_2_6_a_live_run_is_tied_to_the_plan_that_was_shown(self):
        digest = self.digest()
        self.assertEqual(self.it.calls("mint"), [])
        self.assertNotIn(self.it.old, self.rotate(self.it.plan).stdout.decode())
        self.assertEqual(self.digest(), digest)  # the same again
        self.assertNotEqual(self.digest("--emergency"), digest)
        done = self.rotate(self.it.plan, "--live", "--wait", "--plan", digest[:16], "--code", digest[:6])
        self.assert_done(done)
        self.assert_rotated()
        audit = [json.loads(line) for line in (self.dir / "journal" / "audit.jsonl").read_text().splitlines()]
        begun = [line["data"] for line in audit if line["event"] == "begin"]
        self.assertEqual([(one["command"], one["plan"]) for one in begun], [("rotate", digest)])

    def test_2_6_a_rotation_needs_its_plan_and_a_yes(self):
        digest = self.digest()
        for words, code, why in [((), 2, b"--live does exactly one plan"), (("--code", digest[:6]), 2, b"exactly one plan"),
                                 (("--plan", digest), 4, b"it is not approved"),
                                 (("--plan", digest, "--code", "000000"), 4, b"not the plan's code")]:
            with self.subTest(words):
                done = self.it.run(self.it.plan, "--live", "--wait", *words)
                self.assertEqual((done.returncode, self.it.calls("mint")), (code, []), done.stderr)
                self.assertIn(why, done.stderr)
        self.assertEqual((self.rotate("--status").stdout, self.it.live()), (b"", ["Kold"]))

    def approve(self, digest, until="2099-01-01T00:00:00Z"):
        """The approval where --install looks for it, by a key that the policy then lists."""
        approver = Approver(self.dir)
        self.it.write_policy('sole_responder = true\napproval_keys = ["%s"]' % approver.public)
        return str(approver.sign(digest, self.it.plan + ".approval", until))

    def standing(self):
        return self.rotate(self.it.plan).stderr.decode().split("a signed yes to ")[1][:64]

    def test_2_6_a_timer_needs_a_signed_yes_to_the_plan_as_it_stands(self):
        self.it.write_plan(every="90d")
        standing = self.standing()
        go = [self.it.plan, "--live", "--if-due", "--wait", "--approval"]
        for approves, until, why in [("0" * 64, "2099-01-01T00:00:00Z", b"approves something else"),
                                     (standing, "2020-01-01T00:00:00Z", b"it has ended")]:
            done = self.it.run(*go, self.approve(approves, until))
            self.assertEqual((done.returncode, self.it.calls("mint")), (4, []), done.stderr)
            self.assertIn(why, done.stderr)
        approval = self.approve(standing)
        for mints in (1, 2):  # it holds for each run, whatever key is in use
            self.assert_done(self.it.run(*go, approval))
            self.assertEqual(len(self.it.calls("mint")), mints)
            if mints == 1:
                self.set_closed(91)
        self.it.write_plan(every="80d")
        self.assertEqual(self.it.run(self.it.plan, "--live", "--wait", "--approval", approval).returncode, 4)
        self.assertEqual(len(self.it.calls("mint")), 2)

    def test_2_6_what_is_not_as_it_was_shown_is_refused_and_named(self):
        env, policy = self.it.env.read_text(), pathlib.Path(self.it.policy).read_text()

        def another_key():
            self.it.env.write_text(env.replace(self.it.old, self.it.add("Kold", some())))

        def another_store():
            (self.dir / "two.env").write_text(env)
            self.it.write(self.it.policy, policy.replace("/app.env", "/two.env"))
        for change, words, why in [(another_key, (), b"(fingerprint)"), (another_store, (), b"(stores)"),
                                   (lambda: self.it.write_plan(watch="1h"), (), b"(plan)"),
                                   (lambda: None, ("--emergency",), b"(emergency)"),
                                   (lambda: self.it.env.write_text("PORT=80\n"), (), b"cannot be told any more"),
                                   (lambda: self.it.write(self.it.policy, policy.replace('["acme"]', '["acme", "b"]')), (),
                                    b"(accounts)")]:
            with self.subTest(why):
                digest = self.digest()
                change()
                done = self.rotate(self.it.plan, "--live", "--wait", "--plan", digest, "--code", digest[:6], *words)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(b"it is not as the plan showed it", done.stderr)
                self.assertIn(why, done.stderr)
                self.it.env.write_text(env)
                self.it.write(self.it.policy, policy)
                self.it.write_plan()
                self.it.add("Kold", self.it.old)
        self.assertEqual((self.it.calls("mint"), self.it.calls("disable")), ([], []))
        self.assertEqual(self.rotate("--status").stdout, b"")

    def test_2_6_an_old_or_unknown_plan_is_refused(self):
        import sqlite3
        digest = self.digest()
        for other in ("0" * 64, digest[:8], "../x"):
            self.assertEqual(self.rotate(self.it.plan, "--live", "--plan", other).returncode, 2)
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            text, = db.execute("SELECT json FROM document WHERE kind='rotation-plan'").fetchone()
            old = json.loads(text)
            old["made"] -= 3601
            db.execute("UPDATE document SET json=? WHERE kind='rotation-plan'", (json.dumps(old),))
        done = self.rotate(self.it.plan, "--live", "--plan", digest)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"older than an hour", done.stderr)
        self.assertEqual(self.it.calls("mint"), [])

    def test_a_plan_that_cannot_be_done_is_refused(self):
        loop = ('[[environments]]\nname = "a"\nafter = ["c"]\n[[environments]]\nname = "b"\nafter = ["a"]\n'
                '[[environments]]\nname = "c"\nafter = ["b"]\n[[environments]]\nname = "first"\n')
        in_first = [("app", "API_ID", "{key_id}", "first"), ("app", "API_KEY", "{secret}", "first")]
        for text, change, why in [
                (loop, {"targets": in_first}, b"a loop: the environments a, b, c wait for each other"),
                ('[[environments]]\nname = "first"\nafter = ["nowhere"]\n', {"targets": in_first}, b"which there is not"),
                ('[[environments]]\nname = "a"\nafter = ["a"]\n', {"targets": [("app", "API_KEY", "{secret}", "a")]}, b"a loop"),
                ("", {"targets": in_first}, b"which there is not"),
                (TWO, {}, b"does not say its environment"),
                ("", {"targets": [("nowhere", "A", "{secret}", "")]}, b"the policy has no such store"),
                ("", {"credential": "nobody"}, b"no [credentials.nobody]"),
                ("", {"targets": []}, b"where the value is written"),
                ("", {"provider": "smoke-signals"}, b"cannot be minted here"),
                ("", {"mint": None}, b"which needs it"),
                ('[[consumers]]\nname = "a"\n', {}, b"needs either 'probe' or 'url'"),
                ('[[consumers]]\nname = "a"\nprobe = ["x"]\n[[consumers]]\nname = "a"\nprobe = ["x"]\n', {}, b"two consumers"),
                ("", {"targets": [("app", "API_KEY", "{secret}", "")] * 2}, b"written twice"),
                ("", {"watch": "soon"}, b"is like"), ("", {"wave": 0}, b"wave"), ("surprise = 1\n", {}, b"surprise")]:
            with self.subTest(why):
                self.it.write_plan(text, **change)
                for words in ((), ("--live",)):
                    done = self.rotate(self.it.plan, *words)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(why, done.stderr)
        self.assertEqual(self.it.calls("mint"), [])

    def test_2_1_a_plan_that_others_may_write_is_not_obeyed(self):
        os.chmod(self.it.plan, 0o622)
        done = self.rotate(self.it.plan, "--live")
        self.assertIn(b"others may write to it", done.stderr)
        self.assertEqual(self.it.calls("mint"), [])

    def test_2_2_an_id_alone_never_triggers_an_emergency(self):
        self.it.add("Kother", some())
        done = self.rotate(self.it.plan, "--live", "--emergency", "--key", "Kother")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"only the id of the old key is known", done.stderr)
        self.assertEqual(self.it.live(), ["Kold", "Kother"])

    def test_2_5_another_account_is_not_touched(self):
        self.it.write_policy('sole_responder = true', own='command = ["other"]')
        done = self.rotate(self.it.plan, "--live")
        self.assertIn(b"not one of the policy's", done.stderr)
        self.assert_old_again()

    def test_2_6_the_kill_switch_stops_between_two_steps(self):
        probe = self.it.script("probe", 'touch "%s/stop"\n' % self.dir)
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["%s"]\n' % probe)
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertIn(b"kill switch is set", done.stderr)
        self.assertEqual(self.it.calls("disable"), [])
        for words in ("--resume", "--rollback", "--abort"):
            self.assertEqual(self.rotate(self.it.id_of(done), words).returncode, 3)
        self.assertEqual(self.it.calls("disable"), [])
        (self.dir / "stop").unlink()
        self.it.script("probe", "exit 0\n")
        self.assert_done(self.rotate(self.it.id_of(done), "--resume", "--wait"))

    def test_1_quiet_hours_delay_routine_work_and_never_an_emergency(self):
        now = time.gmtime()
        hours = "%02d:00-%02d:59" % (now.tm_hour, (now.tm_hour + 1) % 24)
        self.it.write_policy('sole_responder = true\nquiet_hours = "%s"' % hours)
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"quiet hours", done.stderr)
        self.assert_old_again()
        self.assert_done(self.rotate(self.it.id_of(done), "--abort"))
        self.assert_done(self.rotate(self.it.plan, "--live", "--emergency"))

    def set_closed(self, days):
        import sqlite3
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            (name, text), = db.execute("SELECT id, json FROM document WHERE kind='rotation'").fetchall()
            state = json.loads(text)
            state["reached"]["closed"] = int(time.time()) - days * 86400
            db.execute("UPDATE document SET json=? WHERE id=?", (json.dumps(state), name))

    def test_every_says_when_it_is_due(self):
        self.it.write_plan(every="90d")
        done = self.rotate(self.it.plan, "--if-due")
        self.assertEqual((done.returncode, done.stdout), (0, b"due: it was never rotated\n"))
        self.assert_done(self.rotate(self.it.plan, "--live", "--if-due", "--wait"))
        self.assertEqual(len(self.it.calls("mint")), 1)
        for days, code, mints in ((0, 1, 1), (89, 1, 1), (91, 0, 2)):
            self.set_closed(days)
            self.assertEqual(self.rotate(self.it.plan, "--if-due").returncode, code)
            self.assert_done(self.rotate(self.it.plan, "--live", "--if-due", "--wait"))
            self.assertEqual(len(self.it.calls("mint")), mints)

    def test_a_rotation_that_waits_goes_on_at_the_next_time(self):
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["/usr/bin/test", "-e", "%s/up"]\n' % self.dir, every="90d")
        self.assertEqual(self.rotate(self.it.plan, "--live", "--if-due").returncode, 5)
        (self.dir / "up").touch()
        self.assert_done(self.rotate(self.it.plan, "--live", "--if-due", "--wait"))
        self.assertEqual(len(self.it.calls("mint")), 1)
        self.assert_rotated()

    def test_install_prints_a_timer_a_cron_line_and_a_workflow(self):
        self.it.write_plan()
        self.assertIn(b"no 'every'", self.rotate(self.it.plan, "--install", "cron").stderr)
        self.it.write_plan(every="90d")
        timer = self.rotate(self.it.plan, "--install", "systemd").stdout.decode()
        service = timer.split("ExecStart=")[1].split("\n")[0]
        cron = self.rotate(self.it.plan, "--install", "cron").stdout.decode().splitlines()[-1]
        self.assertEqual(cron.split(None, 5)[5], service)
        self.assertTrue(service.startswith("staunch rotate " + self.it.plan))
        self.assertTrue(service.endswith("--live --if-due --approval " + self.it.plan + ".approval"))
        self.approve(self.standing())
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "staunch").symlink_to(PROGRAM)
        done = subprocess.run(["sh", "-c", cron.split(None, 5)[5]], capture_output=True, cwd="/",
                              env={**os.environ, "PATH": "%s/bin:%s" % (self.dir, os.environ["PATH"])})
        self.assertIn(done.returncode, (0, 5), done.stderr)  # the watch wants a second look
        self.assertEqual(len(self.it.calls("mint")), 1)

    def test_the_workflow_opens_a_pull_request_when_it_is_due(self):
        """Its steps are run here, with a git of our own and a gh that notes what it is told."""
        import yaml
        self.it.write_plan(every="90d")
        text = self.rotate(self.it.plan, "--install", "github").stdout.decode()
        flow = yaml.safe_load(text)
        self.assertEqual(set(flow["jobs"]), {"propose", "rotate"})
        self.assertEqual(flow["permissions"], {})
        self.assertEqual(flow["jobs"]["propose"]["permissions"], {"contents": "write", "pull-requests": "write"})
        steps = [step["run"] for step in flow["jobs"]["propose"]["steps"] if "run" in step]
        (self.dir / "bin").mkdir()
        (self.dir / "bin" / "staunch").symlink_to(PROGRAM)
        self.it.script("bin/gh", 'printf "%%s\\n" "$@" > "%s/gh"\ncat "${8}" > "%s/body"\n' % (self.dir, self.dir))
        env = {**os.environ, "PATH": "%s/bin:%s" % (self.dir, os.environ["PATH"]), "HOME": str(self.dir)}
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "init", "-q", "--bare", "origin.git"], cwd=self.dir, check=True)
        subprocess.run(["git", "clone", "-q", "origin.git", "work"], cwd=self.dir, check=True, capture_output=True)
        work = self.dir / "work"
        (work / "README").write_text("x\n")
        subprocess.run([*git, "add", "."], cwd=work, check=True)
        subprocess.run([*git, "commit", "-qm", "first"], cwd=work, check=True)
        subprocess.run(["git", "push", "-q", "origin", "HEAD"], cwd=work, check=True)

        def run():
            return subprocess.run(["bash", "-e", "-c", steps[0]], cwd=work, env=env, capture_output=True)
        done = run()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.dir / "gh").read_text().splitlines()[:2], ["pr", "create"])
        self.assertIn("live > minted", (self.dir / "body").read_text())
        self.assertEqual(self.it.calls("mint"), [])
        self.assertIn("rotate-api-", subprocess.run(["git", "branch", "-r"], cwd=work, capture_output=True, text=True).stdout)
        (self.dir / "gh").unlink()
        self.assertEqual(run().returncode, 0)
        self.assertFalse((self.dir / "gh").exists())  # the branch is there already
        self.approve(self.standing())
        rotate = [step["run"] for step in flow["jobs"]["rotate"]["steps"] if "run" in step][0]
        done = subprocess.run(["bash", "-e", "-c", rotate], cwd=work, env=env, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_rotated()
        (self.dir / "gh").unlink(missing_ok=True)
        self.assertEqual(run().returncode, 0)
        self.assertFalse((self.dir / "gh").exists())  # not due
        os.remove(self.it.plan)
        self.assertNotEqual(run().returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
