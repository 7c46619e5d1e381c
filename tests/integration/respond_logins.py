"""Passwords of databases asked about by one login: a real MariaDB and Redis, and servers that are hostile.
respond_logins.py STAUNCH"""
import json
import pathlib
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from database_doubles import Double, gone, noise, sha2_scramble, silent  # noqa: E402
from database_servers import MariaDb, Redis  # noqa: E402
from provider_double import make_certificate  # noqa: E402

LOOPBACK = "127.0.0.1"
ELSEWHERE = "2130706433"  # the same address in one number, which is not known as loopback: TLS is wanted
NAMES = [ELSEWHERE, LOOPBACK]  # of the certificate


class Logins(base.Harness):
    rule = None  # of most tests of a class

    @classmethod
    def setUpClass(cls):
        cls.tls = base.fast_folder()
        cls.addClassCleanup(cls.tls.cleanup)
        cls.certificate = make_certificate(cls.tls.name, NAMES)
        cls.right = base.some(base.BASE62, 12) + "/@:%é"  # so that it must be coded in a URL
        cls.right_in_url = urllib.parse.quote(cls.right, safe="")
        cls.wrong = base.some(base.BASE62, 20)

    def setUp(self):
        super().setUp()
        self.secrets |= {self.right, self.right_in_url, self.wrong}
        self.number = 0

    def write_policy(self, hosts=(LOOPBACK, ELSEWHERE), ca=None):
        """A policy with an empty journal."""
        self.number += 1
        pathlib.Path(self.policy).write_text(
            'journal = "%s/journal%d"\n[network]\ndatabase_hosts = %s\nca_file = "%s"\n' %
            (self.dir, self.number, json.dumps(list(hosts)), ca or self.certificate[0]))

    def ask(self, port, password, user="svc", host=LOOPBACK, database="", rule=None, fresh=True, hosts=None):
        if fresh:
            self.write_policy(hosts or (LOOPBACK, ELSEWHERE))
        words = ["--part", "user=" + user] if user else []
        done, verdict = self.verify(password, rule or self.rule, *words, "--part", "server=%s:%d%s" % (host, port, database))
        self.assertIsNotNone(verdict, done.stderr)
        return verdict

    def double(self, script, **how):
        double = Double(script, **how)
        self.addCleanup(double.close)
        return double

    def ask_double(self, script, password=None, host=LOOPBACK, certificate=None, **how):
        self.last = self.double(script, certificate=certificate)
        return self.ask(self.last.port, password or self.wrong, host=host, **how)

    def expect(self, verdict, state, why=""):
        self.assertEqual(verdict["state"], state, verdict)
        self.assertIn(why, verdict.get("why", ""))

    def verify_scanned(self, text):
        self.write_policy()
        done = self.run_staunch("verify", self.scan({"app.env": text}), "--policy", self.policy, "-f", "jsonl")
        return [json.loads(line)["verdict"] for line in done.stdout.splitlines()]


class Every:
    """What holds of each database."""

    def test_4_2_a_host_that_the_policy_does_not_list_is_not_spoken_to(self):
        for hosts in ((), ("db.example",), ("*." + LOOPBACK,)):
            with self.subTest(hosts):
                double = self.double(silent)
                self.write_policy(hosts)
                verdict = self.ask(double.port, self.wrong, fresh=False)
                self.expect(verdict, "unknown", "does not list " + LOOPBACK)
                self.assertEqual(double.connections, 0)

    def test_4_2_a_user_is_logged_in_as_once_a_day(self):
        double = self.double(gone)
        self.ask(double.port, self.wrong)
        self.expect(self.ask(double.port, self.right, fresh=False), "unknown", "once a day")
        self.assertEqual(double.connections, 1)

    def test_3_2_what_does_not_answer_is_unknown_and_soon(self):
        for script, longest in ((gone, 10), (noise, 10), (silent, 25), (self.slow, 25)):
            with self.subTest(script.__name__):
                began = time.monotonic()
                self.expect(self.ask_double(script), "unknown")
                self.assertLess(time.monotonic() - began, longest * 4)  # the machine may be slow
        self.expect(self.ask(1, self.wrong), "unknown")

    def slow(self, connection):
        connection.put(self.begins)  # an answer, of which there is always a little more
        while True:
            connection.put(b"\0")
            time.sleep(0.5)

    def test_4_1_a_password_goes_only_where_the_certificate_is_right(self):
        with base.fast_folder() as other:
            stranger = make_certificate(other, ["stranger.example"])
            self.secrets.add(self.wrong)
            for script in (self.takes_anything, noise, gone):
                self.expect(self.ask_double(script, host=ELSEWHERE, certificate=stranger), "unknown")
                self.assertNotIn(self.wrong.encode(), self.last.came)


class MySql(Every, Logins):
    rule, begins = "mysql-password", b"\0\2\0\0"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        at = "@'127.0.0.1' IDENTIFIED BY '%s'" % cls.right
        cls.server = MariaDb(["CREATE DATABASE app", "CREATE USER svc" + at, "CREATE USER locked" + at + " ACCOUNT LOCK",
                              "CREATE USER tls" + at + " REQUIRE SSL", "CREATE USER boss" + at,
                              "GRANT ALL ON *.* TO boss@'127.0.0.1'"], cls.certificate)
        cls.addClassCleanup(cls.server.close)

    @staticmethod
    def takes_anything(connection):
        connection.greet(tls=True)
        number, _, _ = connection.take_login()
        connection.welcome(number + 1)
        connection.rest()

    def test_what_a_real_server_says(self):
        for user, right, database, state, why in (
                ("svc", True, "", "live", ""), ("svc", False, "", "dead", "1045"), ("svc", True, "/app", "live", "not this user's"),
                ("boss", True, "/app", "live", ""), ("boss", True, "/none", "live", "is not there"),
                ("boss", False, "/none", "dead", "1045"), ("locked", True, "", "dead", "locked"), ("locked", False, "", "dead", ""),
                ("nobody", True, "", "dead", "1045"), ("tls", True, "", "live", "")):
            for host in (LOOPBACK, ELSEWHERE):
                with self.subTest("%s %s %s %s" % (user, right, database, host)):
                    password = self.right_in_url if right else self.wrong
                    self.expect(self.ask(self.server.port, password, user, host, database), state, why)

    def test_user_and_server_are_read_from_the_connection_string(self):
        for scheme in ("mysql", "mariadb+pymysql"):
            verdict, = self.verify_scanned("URL=%s://svc:%s@%s:%d/app" % (scheme, self.right_in_url, LOOPBACK, self.server.port))
            self.expect(verdict, "live")
            self.assertEqual((verdict["user"], verdict["account"]), ("svc", "%s:%d" % (LOOPBACK, self.server.port)))

    def test_4_2_variables_and_files_of_libmariadb_are_not_read(self):
        (self.dir / ".my.cnf").write_text("[client]\npassword=x\nport=1\nhost=192.0.2.1\nssl-ca=/nowhere\n")
        env = {"MYSQL_PWD": self.right, "MYSQL_HOST": "192.0.2.1", "MYSQL_TCP_PORT": "1", "MYSQL_UNIX_PORT": "/nowhere",
               "MYSQL_HOME": str(self.dir), "MARIADB_HOME": str(self.dir), "HOME": str(self.dir),
               "MARIADB_PLUGIN_DIR": str(self.dir), "LIBMYSQL_PLUGINS": "evil", "MYSQL_TEST_LOGIN_FILE": "/nowhere"}
        self.write_policy()
        for password, state in ((self.right_in_url, "live"), (self.wrong, "dead")):
            self.write_policy()
            _, verdict = self.verify(password, self.rule, "--part", "user=svc", "--part",
                                     "server=%s:%d" % (LOOPBACK, self.server.port), env=env)
            self.expect(verdict, state)

    def test_the_way_of_mysql_8(self):
        def script(connection, full):
            connection.greet(b"caching_sha2_password", tls=True)
            number, user, answer = connection.take_login()
            right = sha2_scramble(self.right.encode(), connection.nonce) == answer
            if full:  # the server has not seen this password since it was started: it wants it, over TLS
                connection.packet(number + 1, b"\x01\x04")
                number, sent = connection.take_packet()
                right = sent == self.right.encode() + b"\0"
            elif right:
                connection.packet(number + 1, b"\x01\x03")
                number += 1
            if right and user == b"svc":
                connection.welcome(number + 1)
            else:
                connection.refuse(number + 1, 1045, b"Access denied")
            connection.rest()
        for full in (False, True):
            for password, state in ((self.right_in_url, "live"), (self.wrong, "dead")):
                with self.subTest("%s %s" % (full, state)):
                    self.expect(self.ask_double(lambda connection: script(connection, full), password, ELSEWHERE,
                                                self.certificate), state)

    def test_3_2_refusals_that_say_nothing_of_the_password(self):
        for code in (1040, 1129, 1130, 1203, 1226, 1820, 1862, 3159, 3032):
            def before(connection):
                connection.refuse(0, code, b"no")
            def after(connection):
                connection.greet()
                connection.take_login()
                connection.refuse(2, code, b"no")
            for script in (before, after):
                self.expect(self.ask_double(script), "unknown", str(code))

    def test_3_2_a_refusal_in_place_of_the_greeting_is_nobodys_word(self):
        for code in (1045, 1049, 4151):
            for host in (LOOPBACK, ELSEWHERE):
                self.expect(self.ask_double(lambda connection: connection.refuse(0, code, b"no"), host=host), "unknown")

    def test_3_2_a_server_without_tls_is_not_asked_elsewhere(self):
        def script(connection):
            connection.greet()
            connection.take_login()
            connection.refuse(2, 1045, b"no")
        self.expect(self.ask_double(script, host=ELSEWHERE), "unknown", "SSL is required")
        self.assertNotIn(b"svc", self.last.came)

    def test_4_2_a_server_gets_no_file_and_no_password(self):
        def ask_for(answer):
            def script(connection):
                connection.greet()
                number, _, _ = connection.take_login()
                connection.packet(number + 1, answer)
                connection.rest()
            return script
        for answer in (b"\xfb/etc/passwd", b"\xfe", b"\xfemysql_clear_password\0", b"\xfedialog\0\x02Password: ",
                       b"\xfeauth_gssapi_client\0", b"\xfe../../../../tmp/evil\0", b"\xfemysql_old_password\0abcdefgh\0"):
            with self.subTest(answer):
                self.expect(self.ask_double(ask_for(answer)), "unknown")
                self.assertNotIn(self.wrong.encode(), self.last.came)
                self.assertNotIn(b"root:", self.last.came)


class RedisLogins(Every, Logins):
    rule, begins = "redis-password", b"-"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.default = base.some(base.BASE62, 20)
        cls.server = Redis(["default on >%s ~* +@all" % cls.default, "svc on >%s ~* +@all" % cls.right,
                            "off off >%s ~* +@all" % cls.right, "mute on >%s -@all" % cls.right], cls.certificate)
        cls.addClassCleanup(cls.server.close)
        cls.open_server = Redis(["default on nopass ~* +@all", "svc on >%s ~* +@all" % cls.right], cls.certificate)
        cls.addClassCleanup(cls.open_server.close)

    def setUp(self):
        super().setUp()
        self.secrets.add(self.default)

    @staticmethod
    def takes_anything(connection):
        connection.begin_tls()
        connection.put(b"+OK\r\n+PONG\r\n")
        connection.rest()

    def test_what_a_real_server_says(self):
        for user, password, state, why in (
                ("svc", self.right_in_url, "live", ""), ("svc", self.wrong, "dead", "WRONGPASS"), ("off", self.right_in_url, "dead", ""),
                ("mute", self.right_in_url, "live", "NOPERM"), ("nobody", self.right_in_url, "dead", "WRONGPASS"),
                ("h", self.default, "live", "the default user's"), ("default", self.default, "live", ""), ("", self.default, "live", ""),
                ("", self.wrong, "dead", "WRONGPASS"), ("", self.right_in_url, "dead", "WRONGPASS")):
            for host, port in ((LOOPBACK, self.server.port), (ELSEWHERE, self.server.tls_port)):
                with self.subTest("%s %s %s" % (user, state, host)):
                    self.expect(self.ask(port, password, user, host), state, why)

    def test_3_2_a_server_that_asks_for_no_password_says_nothing(self):
        self.expect(self.ask(self.open_server.port, self.wrong, ""), "unknown", "without any password")
        self.expect(self.ask(self.open_server.port, self.wrong, "svc"), "dead", "WRONGPASS")
        self.expect(self.ask(self.open_server.port, self.right_in_url, "svc"), "live")

    def test_user_and_server_are_read_from_the_connection_string(self):
        for text, user in (("redis://svc:%s@%s:%d/0" % (self.right_in_url, LOOPBACK, self.server.port), "svc"),
                           ("redis://:%s@%s:%d" % (self.default, LOOPBACK, self.server.port), "default"),
                           ("rediss://:%s@%s:%d" % (self.default, ELSEWHERE, self.server.tls_port), "default")):
            verdict, = self.verify_scanned("URL=" + text)
            self.expect(verdict, "live")
            self.assertEqual(verdict["user"], user)

    def test_3_2_answers_that_say_nothing_of_the_password(self):
        for line in ("-NOAUTH Authentication required.", "-LOADING Redis is loading the dataset in memory",
                     "-ERR max number of clients reached", "-DENIED Redis is running in protected mode", "+PONG", ":1", "$2\r\nOK",
                     "HTTP/1.1 400 Bad Request", "-MASTERDOWN", "-ERR AUTH <password> called without any password configured",
                     "-ERR Client sent AUTH, but no password is set", "-ERR unknown command 'AUTH'", "x" * 5000):
            with self.subTest(line[:40]):
                def script(connection):
                    connection.take(1)
                    connection.put(line.encode() + b"\r\n")
                    connection.rest()
                for user in ("", "svc"):
                    self.expect(self.ask_double(script, user=user), "unknown")

    def test_servers_before_users(self):
        def script(connection):
            count = int(connection.take_line()[1:])
            words = []
            for _ in range(count):
                words.append(connection.take(int(connection.take_line()[1:]) + 2)[:-2])
            if words[0] == b"PING":
                connection.put(b"+PONG\r\n")
            elif count == 3:
                connection.put(b"-ERR wrong number of arguments for 'auth' command\r\n")
            else:
                connection.put(b"+OK\r\n" if words[1] == self.default.encode() else b"-ERR invalid password\r\n")
            script(connection)
        for user in ("", "svc"):
            self.expect(self.ask_double(script, self.default, user=user), "live")
            self.expect(self.ask_double(script, self.wrong, user=user), "dead", "invalid password")

    def test_keys_of_azure_are_asked_about_at_the_policys_host(self):
        key = base.some(base.BASE62, 33) + "AzCa" + "A" + base.some(base.BASE62, 4) + "A="
        server = Redis(["default on >%s ~* +@all" % key], self.certificate)
        self.addCleanup(server.close)
        self.expect(self.ask(server.tls_port, key, "", ELSEWHERE, rule="azure-redis-key"), "live")
        self.write_policy(("a.redis.cache.windows.net", "b.redis.cache.windows.net"))
        _, verdict = self.verify(key, "azure-redis-key")
        self.expect(verdict, "unknown", "server are not known")
        self.write_policy(("a.redis.cache.windows.net.example", "*.redis.cache.windows.net"))
        _, verdict = self.verify(key, "azure-redis-key")
        self.expect(verdict, "unknown", "server are not known")


if __name__ == "__main__":
    unittest.main(verbosity=1)
