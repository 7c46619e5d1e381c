"""A rotation that is stopped, waits, fails or goes back: clocks, disks, stores, journals.
respond_rotate_state.py STAUNCH

The number in a test's name is the rule of the response that it holds.
"""
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from agreed import agreed  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import PROGRAM, stop_at  # noqa: E402
from rotating import Rotating, some  # noqa: E402
from small_provider import SmallProvider  # noqa: E402


class States(Rotating):
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
            state["marks"]["confirmed"] = "%d %s another-boot" % (int(day) - 86401, boot)
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


if __name__ == "__main__":
    unittest.main(verbosity=1)
