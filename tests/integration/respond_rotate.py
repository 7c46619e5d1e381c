"""staunch rotate with keys of a program: orders, environments, waves, targets.   respond_rotate.py STAUNCH

The number in a test's name is the rule of the response that it holds.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from rotating import Rotating  # noqa: E402


class Orders(Rotating):
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


if __name__ == "__main__":
    unittest.main(verbosity=1)
