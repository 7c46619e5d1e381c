"""staunch rotate with keys of a program: plans, environments, waves, schedules, the ways back.   respond_rotate.py STAUNCH

The number in a test's name is the rule of the response that it holds.
"""
import json
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from agreed import Approver, agreed  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import PROGRAM, fast_folder, stop_at  # noqa: E402
from small_provider import SmallProvider  # noqa: E402

rng = random.Random(9)
TWO = '[[environments]]\nname = "staging"\n[[environments]]\nname = "production"\n'


def some(n=32, alphabet=string.ascii_letters + string.digits):
    return "".join(rng.choice(alphabet) for _ in range(n))


class Rotations(unittest.TestCase):
    def setUp(self):
        folder = fast_folder()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)
        self.it = SmallProvider(self.dir, PROGRAM, some())

    def rotate(self, *words, **more):
        return self.it.rotate(*words, **more)

    def assert_done(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def assert_rotated(self):
        live = self.it.live()
        self.assertEqual(len(live), 1, live)
        self.assertNotEqual(live[0], "Kold")
        self.assertEqual((self.it.value("API_ID"), self.it.value("API_KEY")), (live[0], self.it.secret(live[0])))
        self.assertTrue(self.it.env.read_text().startswith("# kept\nPORT=80\n"))

    def assert_old_again(self):
        self.assertEqual((self.it.value("API_ID"), self.it.value("API_KEY")), ("Kold", self.it.old))
        self.assertEqual(self.it.live(), ["Kold"])

    def order(self, done):
        return [line.split("  api  ")[1] for line in done.stdout.decode().splitlines() if "  api  " in line]

    def log(self, name="log"):
        path = self.dir / name
        return path.read_text().split() if path.exists() else []

    def test_1_routine_and_emergency_with_keys_of_a_program(self):
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assert_done(done)
        self.assert_rotated()
        done = self.rotate(self.it.plan, "--live", "--emergency")
        self.assert_done(done)
        self.assert_rotated()
        self.assertEqual(self.order(done)[:2], ["disabled", "minted"])
        self.assertEqual([len(self.it.calls(verb)) for verb in ("mint", "disable", "remove")], [2, 2, 2])

    def plan_with_environments(self, extra="", **change):
        for name in ("staging", "production"):
            (self.dir / (name + ".env")).write_text("API_ID=Kold\nAPI_KEY=%s\n" % self.it.old)
        self.it.write_policy(stores="".join('[stores.%s]\nkind = "dotenv"\nfile = "%s/%s.env"\n' % (n, self.dir, n)
                                            for n in ("staging", "production")))
        targets = [(name, key, value, name) for name in ("staging", "production")
                   for key, value in (("API_ID", "{key_id}"), ("API_KEY", "{secret}"))]
        note = self.it.script("note", 'echo "$1" >> "%s/log"\ngrep -q "API_ID=Kold" "%s/$2.env" && echo old >> "%s/log"\n'
                              '[ ! -e "%s/bad-$1" ]\n' % ((self.dir,) * 4))
        text = extra
        for name in ("staging", "production"):
            text += ('[[environments]]\nname = "%s"\ncommand = ["%s", "deploy-%s", "%s"]\n'
                     'rollback = ["%s", "back-%s", "%s"]\n' % (name, note, name, name, note, name, name))
            text += ('[[consumers]]\nname = "%s-api"\nenvironment = "%s"\nprobe = ["%s", "probe-%s", "%s"]\n'
                     'reconnect = "Restart %s."\n' % (name, name, note, name, name, name))
        self.it.write_plan(text, targets, **change)

    def test_1_staging_goes_before_production(self):
        self.plan_with_environments()
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assert_done(done)
        self.assertEqual(self.log(), ["deploy-staging", "probe-staging", "deploy-production", "probe-production"])
        order = self.order(done)
        self.assertLess(order.index("staging confirmed"), order.index("production promoted"))
        self.assertLess(order.index("production promoted"), order.index("promoted"))
        for name in ("staging", "production"):
            self.assertEqual(self.it.value("API_ID", self.dir / (name + ".env")), self.it.live()[0])

    def test_1_production_waits_for_the_stagger_and_not_in_an_emergency(self):
        self.plan_with_environments(stagger="24h")
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"staging works; production follows after 86400 s", done.stderr)
        self.assertEqual(self.it.value("API_ID", self.dir / "production.env"), "Kold")
        self.assertNotEqual(self.it.value("API_ID", self.dir / "staging.env"), "Kold")
        self.assert_done(self.rotate(self.it.id_of(done), "--rollback"))
        self.assertEqual(self.it.value("API_ID", self.dir / "staging.env"), "Kold")
        self.assertEqual(self.log()[-2:], ["back-staging", "old"])
        self.assertNotIn("back-production", self.log())
        self.assertEqual(self.it.live(), ["Kold"])
        done = self.rotate(self.it.plan, "--live", "--emergency")
        self.assert_done(done)

    def test_1_a_failure_in_staging_never_reaches_production(self):
        self.plan_with_environments()
        (self.dir / "bad-probe-staging").touch()
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"Restart staging.", done.stderr)
        self.assertNotIn("deploy-production", self.log())
        self.assertEqual(self.it.value("API_ID", self.dir / "production.env"), "Kold")
        (self.dir / "bad-probe-staging").unlink()
        self.assert_done(self.rotate(self.it.id_of(done), "--resume", "--wait"))
        self.assertEqual(self.log().count("deploy-staging"), 1)

    def test_1_one_consumer_first_then_a_wave_at_a_time_until_the_first_failure(self):
        # Each of the first wave waits until there were three; a fourth would have had its time to come.
        gauge = self.it.script("gauge", 'cd "%s"\nn=$(mktemp at.XXXXXX)\nls | grep -c "^at" >> most\n'
                               'while [ "$1" != c0 ] && [ -e bad ] && ! grep -q 3 most; do sleep 0.02; done\nsleep 0.2\nrm "$n"\n'
                               'echo "$1" >> log\n[ "$1" != "$(cat bad 2>/dev/null)" ]\n' % self.dir)
        consumers = "".join('[[consumers]]\nname = "c%d"\nprobe = ["%s", "c%d"]\n' % (i, gauge, i) for i in range(8))
        self.it.write_plan(consumers, wave=3)
        (self.dir / "bad").write_text("c2\n")
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual((self.log()[0], sorted(self.log())), ("c0", ["c0", "c1", "c2", "c3"]))
        self.assertIn(b"c2 does not work with the new key", done.stderr)
        self.assertIn(b"4 more were left alone", done.stderr)
        self.assertIn(b"back with --rollback", done.stderr)
        (self.dir / "bad").unlink()
        self.assert_done(self.rotate(self.it.id_of(done), "--resume", "--wait"))
        self.assertEqual(sorted(self.log()), sorted(["c%d" % i for i in range(8)] + ["c2"]))
        most = [int(n) for n in (self.dir / "most").read_text().split()]
        self.assertEqual((most[0], max(most)), (1, 3))
        self.assert_rotated()

    def test_1_consumers_with_their_own_restart_go_in_waves_and_back(self):
        note = self.it.script("note", 'echo "$1" >> "%s/log"\n[ "$1" != "$(cat "%s/bad" 2>/dev/null)" ]\n' % (self.dir, self.dir))
        self.it.write_plan("".join(
            '[[consumers]]\nname = "c%d"\ndeploy = ["%s", "restart%d"]\nrollback = ["%s", "back%d"]\nprobe = ["%s", "probe%d"]\n' %
            (i, note, i, note, i, note, i) for i in range(3)))
        (self.dir / "bad").write_text("probe1\n")
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(self.log(), ["restart0", "probe0", "restart1", "probe1"])
        self.assert_done(self.rotate(self.it.id_of(done), "--rollback"))
        self.assertEqual(self.log()[4:], ["back0", "back1", "back2"])
        self.assert_old_again()

    def test_1_a_consumer_that_never_restarts_holds_the_rotation(self):
        """It works, but with the old key: its probe says so on descriptor 3."""
        probe = self.it.script("probe", 'printf Kold >&3\n')
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["%s"]\nreconnect = "Restart the unit api."\n' % probe)
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5)
        for word in (b"works with another key than the new one", b"Restart the unit api.", b"--rollback"):
            self.assertIn(word, done.stderr)
        self.assertIn("Kold", self.it.live())
        self.assert_done(self.rotate(self.it.id_of(done), "--rollback"))
        self.assertEqual(self.it.value("API_KEY"), self.it.old)

    def test_1_a_silent_consumer_is_not_waited_for(self):
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["/bin/sleep", "3600"]\ntimeout = "1s"\n')
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertIn(b"it is silent", done.stderr)

    def test_1_kubernetes_is_rolled_out_by_an_annotation_that_names_the_rotation(self):
        self.it.script("kubectl", 'printf "%%s\\n" "$*" >> "%s/log"\n' % self.dir)
        self.it.write_plan('[deploy]\nkubernetes = ["shop", "deployment/api"]\n')
        done = self.rotate(self.it.plan, "--live", "--wait", PATH=str(self.dir) + ":" + os.environ["PATH"])
        self.assert_done(done)
        patch, wait = (self.dir / "log").read_text().splitlines()
        self.assertIn("--namespace shop patch deployment/api --patch", patch)
        body = json.loads(patch.split("--patch ")[1])
        self.assertEqual(body["spec"]["template"]["metadata"]["annotations"], {"staunch/rotation": self.it.id_of(done)})
        self.assertTrue(wait.startswith("--namespace shop rollout status deployment/api"))

    def test_1_the_permission_that_consumers_need_is_tried_with_the_stored_value(self):
        may = self.it.script("try", 'read -r secret\n[ -e "%s/may" ]\n' % self.dir)
        self.it.write_plan(**{"try": [may]})
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"may not do what consumers need", done.stderr)
        self.assertEqual(self.it.value("API_KEY"), self.it.old)
        (self.dir / "may").touch()
        self.assert_done(self.rotate(self.it.id_of(done), "--resume", "--wait"))
        self.assert_rotated()

    def test_1_a_stop_between_two_targets_is_rolled_back_and_not_aborted(self):
        """One value is promoted when the second store refuses: readers may have seen it."""
        store = self.it.script("store", 'echo "$*" >> "%s/asked"\ncase $1-$3 in\n'
                               'read-current) printf %s >&3 ;;\nread-pending) cat "%s/pending" >&3 ;;\n'
                               'stage-*) cat > "%s/pending" ;;\npromote-*) exit 1 ;;\nesac\n' %
                               (self.dir, self.it.old, self.dir, self.dir))
        self.it.write_policy(stores='[stores.own]\nkind = "command"\ncommand = ["%s"]\n' % store)
        self.it.write_plan(targets=[("app", "API_ID", "{key_id}", ""), ("app", "API_KEY", "{secret}", ""),
                                    ("own", "API", "{secret}", "")])
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 3)
        rotation = self.it.id_of(done)
        self.assertNotEqual(self.it.value("API_KEY"), self.it.old)
        done = self.rotate(rotation, "--abort")
        self.assertIn(b"roll back instead", done.stderr)
        self.assert_done(self.rotate(rotation, "--rollback"))
        self.assert_old_again()

    def test_1_the_rollback_of_a_second_rotation_gives_the_first_ones_value(self):
        self.assert_done(self.rotate(self.it.plan, "--live", "--wait"))
        first = (self.it.value("API_ID"), self.it.value("API_KEY"))
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["/bin/false"]\n')
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 5)
        self.assert_done(self.rotate(self.it.id_of(done), "--rollback"))
        self.assertEqual((self.it.value("API_ID"), self.it.value("API_KEY")), first)
        self.assertEqual(self.it.live(), [first[0]])

    def test_1_what_somebody_else_wrote_since_is_not_rolled_back(self):
        self.it.write_plan('[[consumers]]\nname = "api"\nprobe = ["/bin/false"]\n')
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.it.env.write_text(re.sub("API_KEY=.*", "API_KEY=by-somebody-else", self.it.env.read_text(), count=1))
        self.assert_done(self.rotate(self.it.id_of(done), "--rollback"))
        self.assertEqual(self.it.value("API_KEY"), "by-somebody-else")
        self.assertEqual(self.it.value("API_ID"), "Kold")

    def test_1_readers_that_take_the_new_value_are_printed_and_work(self):
        done = self.rotate(self.it.plan)
        text = done.stdout.decode()
        for word in ('"${API_KEY__NEXT:-$API_KEY}"', "${API_KEY__NEXT:-${API_KEY}}",
                     'os.environ.get("API_KEY__NEXT") or os.environ["API_KEY"]', "process.env.API_KEY__NEXT ?? process.env.API_KEY"):
            self.assertIn(word, text)
        for env, value in (({"API_KEY": "one"}, "one"), ({"API_KEY": "one", "API_KEY__NEXT": "two"}, "two")):
            for words in (["sh", "-c", 'echo "${API_KEY__NEXT:-$API_KEY}"'],
                          ["python3", "-c", 'import os; print(os.environ.get("API_KEY__NEXT") or os.environ["API_KEY"])']):
                self.assertEqual(subprocess.run(words, env={**env, "PATH": os.environ["PATH"]}, capture_output=True,
                                                text=True).stdout.strip(), value)

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

    def test_4_4_a_lost_answer_is_read_and_its_orphan_taken_away(self):
        (self.it.keys / "lose").touch()
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertIn(b"the answer to the mint was lost", done.stderr)
        rotation = self.it.id_of(done)
        done = self.rotate(rotation, "--resume", "--wait")
        self.assertIn(b"was lost with its answer. It is disabled", done.stderr)
        self.assertEqual(self.it.live(), ["Kold"])
        self.it.write_policy("sole_responder = true\ndelete_orphans = true")
        self.assert_done(self.rotate(rotation, "--resume", "--wait"))
        self.assert_rotated()
        self.assertEqual(len(list((self.it.keys / "keys").iterdir())), 1)

    def test_6_without_a_place_for_a_claim_somebody_says_that_nobody_else_rotates(self):
        self.it.write_policy("")
        done = self.rotate(self.it.plan, "--live", "--wait")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"--sole-responder", done.stderr)
        self.assertEqual(self.it.calls("mint"), [])
        self.assert_done(self.rotate(self.it.id_of(done), "--resume", "--wait", "--sole-responder"))
        self.assert_rotated()

    def test_6_two_responders_with_one_journal(self):
        gate = self.it.script("gate", 'touch "%s/there"\nwhile [ ! -e "%s/go" ]; do sleep 0.05; done\n' % (self.dir, self.dir))
        self.it.write_plan('[deploy]\ncommand = ["%s"]\n' % gate)
        go = agreed(self.it.run, [self.it.plan, "--live", "--wait"])
        first = subprocess.Popen([PROGRAM, "rotate", *go, "--policy", self.it.policy],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: (self.dir / "there").exists() or first.poll() is not None)
        self.assertIsNone(first.poll())
        done = self.rotate(self.it.plan, "--live")
        self.assertIn(b"another responder is at work", done.stderr)
        (self.dir / "go").touch()
        first.communicate(timeout=WAIT)
        self.assertEqual(first.returncode, 0)
        self.assert_rotated()
        self.assertEqual(len(self.it.calls("mint")), 1)

    def test_6_sealed_values_are_in_no_file_in_clear(self):
        self.assert_done(self.rotate(self.it.plan, "--live", "--wait"))
        new = self.it.value("API_KEY")
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                for secret in (new, self.it.old):
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    # --- what goes wrong around it ---

    def shim(self):
        if not stop_at():
            self.skipTest("the sanitizers' library must be the first")
        return stop_at()

    def test_1_a_clock_that_jumps_a_day_shortens_nothing(self):
        shim = self.shim()
        self.it.write_plan(watch="1h", poll="5m")
        rotation = self.it.id_of(self.rotate(self.it.plan, "--live", "--wait"))
        for shift in (86400, -86400, 600):
            done = self.rotate(rotation, "--resume", LD_PRELOAD=shim, CLOCK_SHIFT=str(shift))
            self.assertEqual(done.returncode, 5, done.stderr)
            unused, = re.findall(r"went unused for (\d+) s of 3600", done.stderr.decode())
            self.assertLess(int(unused), 600)
            self.assertEqual(self.it.calls("disable"), [])
        self.assert_done(self.rotate(rotation, "--rollback"))
        self.it.write_plan(hold="24h")
        rotation = self.it.id_of(self.rotate(self.it.plan, "--live", "--wait"))
        for shift in (86400 + 60, -86400):
            done = self.rotate(rotation, "--resume", LD_PRELOAD=shim, CLOCK_SHIFT=str(shift))
            self.assertIn(b"is held disabled", done.stderr)
        self.assertEqual(self.it.calls("remove"), [])
        self.assert_done(self.rotate(rotation, "--rollback"))
        self.assertIn("Kold", self.it.live())

    def test_1_from_each_state_there_is_a_way_back_until_the_old_key_is_deleted(self):
        shim, seen = self.shim(), set()
        counted = self.dir / "points"
        self.assert_done(self.rotate(self.it.plan, "--live", "--wait", LD_PRELOAD=shim, STOP_COUNT=str(counted)))
        points = int(counted.read_text())
        for order in ([], ["--emergency"]):
            for number, at in enumerate(range(20, points, points // 20)):
                folder = self.dir / ("%d%s" % (number, "e" if order else ""))
                folder.mkdir()
                it = SmallProvider(folder, PROGRAM, some())
                it.rotate(it.plan, "--live", "--wait", *order, LD_PRELOAD=shim, STOP_AT=str(at))
                listed = it.rotate("--status").stdout.decode().splitlines()
                if not listed:
                    continue
                rotation, _, state = listed[0].split("  ")[:3]
                state = state.replace(" (emergency)", "")
                back = it.rotate(rotation, "--abort")
                aborted = back.returncode == 0
                if not aborted:
                    back = it.rotate(rotation, "--rollback")
                with self.subTest(order=order, at=at, state=state):
                    if back.returncode != 0:
                        self.assertIn(state, ("deleted", "verified dead", "sessions ended", "closed", "held", "disabled", "confirmed"))
                        self.assertTrue(not (it.keys / "keys" / "Kold").exists() or state == "closed" or
                                        "delete" not in back.stderr.decode(), back.stderr)
                        continue
                    seen.add(state)
                    if order and aborted:  # an aborted emergency leaves the leaked key as it is
                        self.assertEqual(it.rotate(rotation, "--rollback").returncode, 0)
                    self.assertIn("Kold", it.live())
                    self.assertEqual([key for key in it.live() if key != "Kold"], [], back.stderr)
                    self.assertEqual((it.value("API_ID"), it.value("API_KEY")), ("Kold", it.old))
                    self.assertNotIn("__NEXT", it.env.read_text())
        self.assertLessEqual({"minted", "staged", "tested", "promoted", "confirmed"}, seen | {"tested", "staged"})
        self.assertGreaterEqual(len(seen), 5, seen)

    def change_document(self, change):
        import sqlite3
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            (name, text), = db.execute("SELECT id, json FROM document WHERE kind='rotation'").fetchall()
            state = json.loads(text)
            change(state)
            db.execute("UPDATE document SET json=? WHERE id=?", (json.dumps(state), name))

    def test_1_the_watch_of_a_leaked_key_ends_after_a_day_and_asks(self):
        self.it.write_plan(watch="48h", poll="5m")
        done = self.rotate(self.it.plan, "--live", "--key", "Kold")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"went unused", done.stderr)

        def a_day_ago(state):
            day, boot, machine = state["marks"]["confirmed"].split()
            state["marks"]["confirmed"] = "%d %d another-boot" % (int(day) - 86401, int(boot))
        self.change_document(a_day_ago)
        done = self.rotate(self.it.id_of(done), "--resume")
        self.assertIn(b"leaked and is still in use after 24 h", done.stderr)
        self.assertEqual(self.it.calls("disable"), [])
        done = self.rotate(self.it.id_of(done), "--resume", "--done", "--wait")
        self.assert_done(done)
        self.assert_rotated()

    def test_6_sealed_values_are_erased_a_day_after_promotion_was_confirmed(self):
        import sqlite3
        self.assert_done(self.rotate(self.it.plan, "--live", "--wait"))
        db = self.dir / "journal" / "journal.sqlite"

        def sealed():
            with sqlite3.connect(db) as at:
                return [name for name, in at.execute("SELECT id FROM sealed WHERE id LIKE 'rotation/%'")]
        first = sealed()
        self.assertEqual(len(first), 2)
        for hours, left in ((23, 2), (25, 0)):
            with sqlite3.connect(db) as at:
                (name, text), = at.execute("SELECT id, json FROM document WHERE kind='rotation'").fetchall()
                state = json.loads(text)
                state["erase_after"] = state["reached"]["confirmed"] + 86400 - hours * 3600
                at.execute("UPDATE document SET json=? WHERE id=?", (json.dumps(state), name))
            self.it.write_plan(name="other", targets=[("app", "NOTHING", "{secret}", "")])
            self.assertEqual(self.rotate(self.it.plan, "--live").returncode, 3)  # it begins, and there is no such name
            self.assertEqual(len([name for name in sealed() if name in first]), left)

    def test_a_full_disk_loses_nothing(self):
        shim = self.shim()
        counted = self.dir / "points"
        self.it.write_policy("sole_responder = true\ndelete_orphans = true")
        self.assert_done(self.rotate(self.it.plan, "--live", "--wait", LD_PRELOAD=shim, STOP_COUNT=str(counted)))
        points = int(counted.read_text())
        for at in range(1, points, points // 12):
            before = self.it.value("API_KEY")
            done = self.rotate(self.it.plan, "--live", "--wait", LD_PRELOAD=shim, FULL_AT=str(at))
            if done.returncode == 0 and at > points * 9 // 10:
                continue  # nothing was left to be written
            self.assertNotEqual((done.returncode, done.stderr), (0, b""), at)
            for _ in range(6):
                done = self.rotate(self.it.plan, "--live", "--if-due", "--wait")
                if done.returncode == 0:
                    break
            self.assert_done(done)
            self.assertEqual(len(list((self.it.keys / "keys").iterdir())), 1, at)
            self.assertNotEqual(self.it.value("API_KEY"), before, at)
            self.assert_rotated()

    def test_a_store_that_refuses_stops_it_and_the_way_back_is_printed(self):
        for verb, back in (("stage", "--abort"), ("promote", "--rollback")):
            with self.subTest(verb):
                store = self.it.script("store", 'case $1-$3 in\nread-current) printf %s >&3 ;;\nread-pending) cat "%s/p" >&3 ;;\n'
                                       '%s-*) exit 1 ;;\nstage-*) cat > "%s/p" ;;\nesac\n' %
                                       (self.it.old, self.dir, verb, self.dir))
                self.it.write_policy(stores='[stores.own]\nkind = "command"\ncommand = ["%s"]\n' % store)
                self.it.write_plan(targets=[("own", "API", "{secret}", ""), ("app", "API_ID", "{key_id}", ""),
                                            ("app", "API_KEY", "{secret}", "")])
                done = self.rotate(self.it.plan, "--live", "--wait")
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"%s ended with 1" % verb.encode(), done.stderr)
                self.assertIn(b"back with --", done.stderr)
                self.assert_done(self.rotate(self.it.id_of(done), back))
                self.assert_old_again()

    # --- when it is due ---

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
