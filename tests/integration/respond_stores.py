"""staunch secrets, references and stores.   respond_stores.py STAUNCH"""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402


class Stores(base.Harness):
    def setUp(self):
        super().setUp()
        self.token = "hvs." + base.some(base.BASE62, 24)
        self.secrets.add(self.token)
        self.alive("vault", self.token)
        (self.dir / "vault").write_text(self.token + "\n")
        (self.dir / "vault").chmod(0o600)
        self.write_policy()

    def write_policy(self, credentials=""):
        self.doubles.policy(self.policy, """
journal = "{d}/journal"
kill_switch = "{d}/stop"
{credentials}
[credentials.vault]
secret = {{ file = "{d}/vault" }}
[stores.app]
kind = "dotenv"
file = "{d}/app.env"
[stores.own]
kind = "command"
command = ["{d}/own-store", "{d}/kept"]
[stores.vault]
kind = "vault"
address = "https://vault.example"
credential = "vault"
""".format(d=self.dir, credentials=credentials))

    def add(self, name, store, value):
        self.secrets.add(value)
        return self.run_staunch("secrets", "add", name, "--store", store, "--policy", self.policy, text=value + "\n")

    def status(self):
        done = self.run_staunch("secrets", "status", "--policy", self.policy)
        return done, done.stdout.decode()

    def test_a_value_goes_in_is_found_and_is_never_written_over(self):
        value = base.some(base.BASE62, 40)
        for store in ("local", "app", "vault"):
            with self.subTest(store):
                done = self.add("API_KEY", store, value)
                self.assertEqual(done.returncode, 0, done.stderr)
                done = self.add("API_KEY", store, base.some(base.BASE62, 40))
                self.assertEqual(done.returncode, 3)
                self.assertIn(b"there already", done.stderr.replace(b"is a API_KEY already", b"there already"))
        self.assertEqual((self.dir / "app.env").read_text(), "API_KEY=%s\n" % value)
        self.assertEqual(self.doubles["vault"].objects["API_KEY"], [{"value": value}])
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                self.assertNotIn(value.encode(), path.read_bytes())
        self.write_policy('[credentials.a]\nsecret = { store = "local", name = "API_KEY" }')
        done, text = self.status()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("resolves  a.secret  API_KEY in store local  version first, 0 days old", text)

    def test_one_value_under_two_names_is_told(self):
        value = base.some(base.BASE62, 40)
        self.add("ONE", "local", value)
        self.add("TWO", "app", value)
        self.write_policy('[credentials.a]\nsecret = { store = "local", name = "ONE" }\n'
                          '[credentials.b]\nsecret = { store = "app", name = "TWO" }')
        done, text = self.status()
        self.assertEqual(done.returncode, 3)
        self.assertIn("the same value as a.secret", text)

    def test_what_is_missing_open_to_others_or_overdue_is_told(self):
        (self.dir / "open").write_text("x1y2z3w4\n")
        (self.dir / "open").chmod(0o644)
        self.write_policy('[credentials.a]\nsecret = { env = "NOT_SET_ANYWHERE" }\n'
                          '[credentials.b]\nsecret = { file = "%s" }\n'
                          '[credentials.c]\nsecret = { file = "%s", required = false, until = "2020-01-01" }\n'
                          '[credentials.d]\nsecret = { env = "NOT_SET_EITHER", required = false }' %
                          (self.dir / "open", self.dir / "vault"))
        done, text = self.status()
        self.assertEqual(done.returncode, 3)
        self.assertIn("MISSING   a.secret", text)
        self.assertIn("others may read it", text)
        self.assertIn("overdue: it was to be gone by 2020-01-01", text)
        self.assertIn("absent    d.secret", text)

    def test_5_2_a_command_answers_on_descriptor_3_in_a_small_environment(self):
        value = base.some(base.BASE62, 40)
        self.secrets.add(value)
        (self.dir / "value").write_text(value)
        (self.dir / "value").chmod(0o600)
        script = self.dir / "ask.sh"
        script.write_text('#!/bin/sh\necho noise\nenv > "%s"\ncat "%s" >&3\n' %
                          (self.dir / "environment", self.dir / "value"))
        script.chmod(0o700)
        self.write_policy('[credentials.a]\nsecret = { command = ["%s"] }' % script)
        os.environ["AWS_SECRET_ACCESS_KEY"] = "not for children"
        self.addCleanup(os.environ.pop, "AWS_SECRET_ACCESS_KEY")
        done, text = self.status()
        self.assertIn("resolves  a.secret", text, done.stderr)
        names = {line.split("=")[0] for line in (self.dir / "environment").read_text().splitlines()}
        self.assertLessEqual(names, {"PATH", "HOME", "LANG", "PWD", "OLDPWD", "SHLVL", "_"})

    def test_what_a_person_deleted_from_vault_is_no_version_zero(self):
        """`vault kv delete` takes the value and leaves the count of versions, which check-and-set goes by."""
        vault = self.doubles["vault"]
        vault.objects["shared"] = [{"key": "old"}, None]
        done = self.add("shared#key", "vault", value := base.some(base.BASE62, 40))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(vault.objects["shared"], [{"key": "old"}, None, {"key": value}])

    def test_a_vault_that_changed_meanwhile_is_not_overwritten(self):
        vault = self.doubles["vault"]
        read = vault.effect_vault_read

        def and_somebody_else(call, known, fields, holes):
            answer = read(call, known, fields, holes)
            vault.objects.setdefault(holes["path"], []).append({"by": "somebody else"})
            return answer
        vault.effect_vault_read = and_somebody_else
        done = self.add("shared#key", "vault", base.some(base.BASE62, 40))
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"changed under us", done.stderr)
        self.assertEqual(vault.objects["shared"], [{"by": "somebody else"}])

    def test_2_6_the_kill_switch_stops_writing_too(self):
        (self.dir / "stop").touch()
        self.assertEqual(self.add("X", "app", "abcdefgh1234").returncode, 4)
        self.assertFalse((self.dir / "app.env").exists())

    def own_store(self):
        """A store of the user's, as a program: a folder a name, a file a stage."""
        (self.dir / "kept").mkdir()
        program = self.dir / "own-store"
        program.write_text("""#!/usr/bin/python3
import os, pathlib, sys
root, deed, name, *rest = sys.argv[1:]
here = pathlib.Path(root, name)
pathlib.Path(root + ".seen").open("a").write(repr(sys.argv) + repr(dict(os.environ)) + "\\n")
def put(stage, value):
    here.mkdir(exist_ok=True)
    (here / stage).write_bytes(value)
if deed == "read":
    os.write(3, (here / rest[0]).read_bytes())
elif deed == "create":
    put("current", sys.stdin.buffer.read())
elif deed == "stage":
    print("a line that is shown, with", (here / "current").read_text() if here.exists() else "nothing")
    put("pending", sys.stdin.buffer.read())
elif deed == "promote":
    if (here / "pending").exists():
        put("previous", (here / "current").read_bytes())
        os.rename(here / "pending", here / "current")
elif deed == "demote":
    put("current", (here / "previous").read_bytes())
elif deed == "drop":
    (here / "pending").unlink(missing_ok=True)
else:
    sys.exit(1)
""")
        program.chmod(0o755)
        return program

    def test_5_2_a_store_that_is_a_program(self):
        program = self.own_store()
        value = base.some(base.BASE62, 30)
        self.assertEqual(self.add("app-key", "own", value).returncode, 0)
        self.assertEqual((self.dir / "kept" / "app-key" / "current").read_text(), value)
        self.write_policy('[credentials.us]\nsecret = { store = "own", name = "app-key" }')
        done = self.run_staunch("secrets", "status", "--policy", self.policy)
        self.assertIn(b"resolves  us.secret", done.stdout, done.stderr)
        self.assertNotIn(value, (self.dir / "kept.seen").read_text())
        program.write_text("#!/bin/sh\nexit 7\n")
        self.assertIn(b"ended with 7", self.run_staunch("secrets", "status", "--policy", self.policy).stdout)


if __name__ == "__main__":
    unittest.main(verbosity=1)
