"""Roles of a real PostgreSQL rotated and taken away.   respond_postgres.py STAUNCH"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from agreed import agreed  # noqa: E402
from outside import WAIT, until  # noqa: E402
from postgres_server import Postgres  # noqa: E402



class Roles(base.Harness):
    @classmethod
    def setUpClass(cls):
        cls.boss = base.some(base.BASE62, 24)
        cls.server = Postgres(cls.boss)
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def setUp(self):
        super().setUp()
        type(self).number += 1
        self.role = "billing%d" % self.number
        self.old = base.some(base.BASE62, 24)
        self.secrets |= {self.boss, self.old}
        self.server.sql("CREATE ROLE %s LOGIN PASSWORD '%s'; CREATE TABLE t_%s (n int); ALTER TABLE t_%s OWNER TO %s" %
                        (self.role, self.old, self.role, self.role, self.role))
        (self.dir / "boss").write_text(self.boss + "\n")
        (self.dir / "boss").chmod(0o600)
        (self.dir / "boss-name").write_text("boss\n")
        (self.dir / "boss-name").chmod(0o600)
        self.env_file = self.dir / "app.env"
        self.env_file.write_text("PORT=80\nDATABASE_URL=postgresql://%s:%s@127.0.0.1:%d/postgres\n" %
                                 (self.role, self.old, self.server.port))
        self.write_policy()
        self.plan = self.write_plan()

    def write_policy(self, hosts='"127.0.0.1"', account=None, extra="", credential="pg"):
        self.name = "127.0.0.1:%d/postgres" % self.server.port
        text = ('journal = "{d}/journal"\nkill_switch = "{d}/stop"\nrecheck_ms = 1\nsole_responder = true\nlive = ["postgresql"]\n{extra}\n'
                '[own_accounts]\npostgresql = ["{account}"]\n[credentials.{credential}]\nkey_id = {{ file = "{d}/boss-name" }}\n'
                'secret = {{ file = "{d}/boss" }}\n[stores.app]\nkind = "dotenv"\nfile = "{d}/app.env"\n').format(
                    d=self.dir, account=account or self.name, extra=extra,
                    credential=credential)
        self.doubles.policy(self.policy, text, network="database_hosts = [%s]" % hosts)

    def write_plan(self, **change):
        plan = {"name": "billing", "provider": "postgresql", "server": self.name, "user": self.role, "credential": "pg",
                "watch": "0s", "hold": "0s", "poll": "1s", **change}
        path = self.dir / "plan.toml"
        path.write_text("".join('%s = "%s"\n' % each for each in plan.items()) +
                        '[[targets]]\nstore = "app"\nname = "DATABASE_URL"\n'
                        'value = "postgresql://{key_id}:{secret}@%s"\n' % self.name)
        path.chmod(0o600)
        return str(path)

    def rotate(self, *words, env=None):
        def run(*words):
            return self.run_staunch("rotate", *words, "--policy", self.policy, "--wait", env=env)
        return run(*agreed(run, words))

    def current(self):
        """Role and password as a consumer reads them."""
        url = [line for line in self.env_file.read_text().splitlines() if line.startswith("DATABASE_URL=")][0]
        role, password = url.split("//")[1].split("@")[0].split(":")
        self.secrets.add(password)
        return role, password

    def session(self):
        """Somebody who is logged in with the old password, and at work."""
        session = subprocess.Popen(["psql", "-X", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", self.role, "-d",
                                    "postgres", "-c", "SELECT pg_sleep(3600)"], env=self.server.environment(self.old),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(session.wait)
        self.addCleanup(session.kill)
        asked = "SELECT 1 FROM pg_stat_activity WHERE usename = '%s' AND query LIKE '%%sleep%%'" % self.role
        until(lambda: self.server.sql(asked) or session.poll() is not None)
        self.assertIsNone(session.poll())
        return session

    def test_1_routine_rotation_takes_turns_and_keeps_the_owner(self):
        self.server.sql("GRANT CREATE ON SCHEMA public TO " + self.role)
        self.server.sql("INSERT INTO t_%s VALUES (1)" % self.role, self.role, self.old)
        for turn in ("_a", "_b", "_a"):
            before = self.current()
            done = self.rotate(self.plan, "--live")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            role, password = self.current()
            self.assertEqual(role, self.role + turn)
            self.assertNotEqual(password, before[1])
            self.server.sql("INSERT INTO t_%s VALUES (2); CREATE TABLE made%s_%s (n int)" % (
                self.role, turn + str(len(before[0])), self.role), role, password)
            self.assertFalse(self.server.may_log_in(*before))
        owners = self.server.sql("SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'made%%\\_%s'" % self.role)
        self.assertEqual(owners, [self.role])
        self.assertIn("PORT=80\n", self.env_file.read_text())
        self.assertEqual(self.server.sql("SELECT rolcanlogin FROM pg_roles WHERE rolname = '%s'" % self.role), ["f"])

    def test_5_no_password_reaches_the_servers_log(self):
        self.rotate(self.plan, "--live")
        _, password = self.current()
        log = self.server.log()
        self.assertIn("CREATE ROLE", log)
        self.assertNotIn(password, log)

    def test_1_emergency_disables_first_and_ends_sessions(self):
        session = self.session()
        done = self.rotate(self.plan, "--live", "--emergency")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotEqual(session.wait(WAIT), 0)
        states = [line.split("billing  ")[1] for line in done.stdout.decode().splitlines() if "billing  " in line]
        self.assertEqual(states[:2], ["disabled", "minted"])
        self.assertTrue(self.server.may_log_in(*self.current()))
        self.assertFalse(self.server.may_log_in(self.role, self.old))

    def test_1_rollback_enables_the_old_role(self):
        self.write_plan(hold="1h")
        done = self.rotate(self.plan, "--live")
        self.assertIn(b"held disabled", done.stderr, done.stdout)
        rotation = done.stdout.split(b"rotation ")[1].split()[0].decode()
        self.assertFalse(self.server.may_log_in(self.role, self.old))
        new = self.current()
        done = self.rotate(rotation, "--rollback")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.current(), (self.role, self.old))
        self.assertTrue(self.server.may_log_in(self.role, self.old))
        self.assertFalse(self.server.may_log_in(*new))

    def test_1_a_role_in_use_holds_the_watch(self):
        session = self.session()
        self.write_plan(watch="1h", poll="5m")
        done = self.rotate(self.plan, "--live")
        self.assertIn(b"somebody still holds it", done.stderr)
        self.assertTrue(self.server.may_log_in(self.role, self.old))

    def test_4_2_a_host_that_the_policy_does_not_list_is_never_logged_in_to(self):
        for hosts in ("", '"*.db.example"', '"db.example"'):
            self.write_policy(hosts=hosts)
            before = self.server.log().count("connection received")
            done = self.rotate(self.plan, "--live")
            self.assertIn(b"does not list 127.0.0.1", done.stderr)
            self.assertEqual(self.server.log().count("connection received"), before)
            with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
                db.execute("DELETE FROM document WHERE kind='rotation'")

    def test_4_2_variables_and_files_of_libpq_are_not_read(self):
        (self.dir / "service").write_text("[x]\nhost=192.0.2.1\n")
        (self.dir / ".pgpass").write_text("*:*:*:*:wrong\n")
        (self.dir / ".pgpass").chmod(0o600)
        (self.dir / "boss").write_text(self.boss + "\n")
        env = {"PGHOST": "192.0.2.1", "PGHOSTADDR": "192.0.2.1", "PGUSER": "nobody", "PGPASSWORD": "wrong", "PGPORT": "1",
               "PGSERVICE": "x", "PGSERVICEFILE": str(self.dir / "service"), "PGOPTIONS": "-c role=nobody",
               "PGPASSFILE": str(self.dir / ".pgpass"), "PGSSLMODE": "verify-full", "PGREQUIREPEER": "nobody",
               "PGTARGETSESSIONATTRS": "standby", "PGDATABASE": "none", "PGCHANNELBINDING": "require",
               "HOME": str(self.dir)}
        done = self.rotate(self.plan, "--live", env=env)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_2_2_a_server_that_is_not_our_own_is_not_touched(self):
        self.write_policy(account="127.0.0.1:1/postgres")
        done = self.rotate(self.plan, "--live")
        self.assertIn(b"not one of the policy's", done.stderr)
        self.assertEqual(self.current(), (self.role, self.old))

    def test_2_5_our_own_role_is_never_rotated(self):
        self.write_plan(user="boss")
        self.env_file.write_text("DATABASE_URL=postgresql://boss:%s@%s\n" % (self.boss, self.name))
        done = self.rotate(self.plan, "--live")
        self.assertIn(b"not ours to take", done.stderr)
        self.assertTrue(self.server.may_log_in("boss", self.boss))

    def test_4_4_a_mint_that_was_stopped_leaves_an_orphan_that_is_disabled(self):
        """Killed between the server's yes and the journal: the role is there, its password is nowhere."""
        self.rotate(self.plan, "--live")  # _a in use; its name and password are journalled
        role, password = self.current()
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            (name, text), = db.execute("SELECT id, json FROM document WHERE kind='rotation'").fetchall()
            state = json.loads(text)
            state.update(state="live", reached={"live": 1}, new_id="", old_id=self.role + "_b", ids_before=[],
                         environments={}, touched={}, consumers={})
            db.execute("UPDATE document SET json=? WHERE kind='rotation'", (json.dumps(state),))
        done = self.rotate(name, "--resume")
        self.assertIn(b"was lost with its answer. It is disabled", done.stderr)
        self.assertFalse(self.server.may_log_in(role, password))
        self.write_policy(extra="delete_orphans = true")
        done = self.rotate(name, "--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.server.may_log_in(*self.current()))

    def asked(self):
        return self.server.log().count("connection received")

    def revoke(self, *words, live=None):
        self.write_policy(credential="postgresql")
        how = ["--live", "--plan", live, "--code", live[:6]] if live else []
        return self.run_staunch("revoke", "-", "--rule", "postgres-password", "--part", "role=" + self.role, "--part",
                                "server=" + self.name, "--policy", self.policy, *how, *words, text=self.old + "\n")

    def planned(self):
        done = self.revoke()
        plans = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")]
        self.assertEqual(len(plans), 1, done.stdout + done.stderr)
        return plans[0]

    def test_a_leaked_password_is_taken_away_with_its_sessions(self):
        plan = self.planned()
        session = self.session()
        done = self.revoke(live=plan)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(b"it may not log in and has no session", done.stdout)
        self.assertNotEqual(session.wait(WAIT), 0)
        self.assertFalse(self.server.may_log_in(self.role, self.old))
        self.assertEqual(self.server.sql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname='%s'" % self.role), ["t"])
        self.assertIn(b"nothing to revoke", self.revoke().stderr)

    def test_4_2_a_role_is_logged_in_to_once_a_day(self):
        self.old, right = "a-wrong-" + base.some(base.BASE62, 10), self.old
        before = self.asked()
        self.assertIn(b"nothing to revoke", self.revoke().stderr)  # dead: that password is not its
        for _ in range(3):
            self.revoke()
        self.old = right  # another password of the same role on the same day is not tried either
        self.assertIn(b"once a day", self.revoke().stdout)
        self.assertEqual(self.asked() - before, 1)

    def test_4_2_without_a_listed_host_nothing_is_asked(self):
        self.write_policy(credential="postgresql", hosts='"db.example"')
        before = self.asked()
        done = self.run_staunch("verify", "-", "--rule", "postgres-password", "--part", "role=" + self.role, "--part",
                                "server=" + self.name, "--policy", self.policy, text=self.old + "\n")
        self.assertIn(b"does not list 127.0.0.1", done.stdout)
        self.assertEqual(self.asked(), before)

    def test_2_5_neither_ourselves_nor_our_family(self):
        self.role, self.old = "boss", self.boss
        plan = self.planned()
        self.assertIn(b"is who we ask as", self.revoke(live=plan).stdout)
        self.assertTrue(self.server.may_log_in("boss", self.boss))

    def test_role_and_server_are_read_from_the_connection_string(self):
        (self.dir / "tree").mkdir()
        (self.dir / "tree" / "a.env").write_text("DATABASE_URL=postgresql://svc:%s@db1.internal.acme.io:6432/app\n" % self.old)
        self.run_staunch("dir", "tree", "-r", "report.jsonl")
        self.write_policy(hosts='"db.example"')
        done = self.run_staunch("verify", "report.jsonl", "--policy", self.policy)
        self.assertIn(b"does not list db1.internal.acme.io", done.stdout, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=1)
