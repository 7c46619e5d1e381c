"""Passwords of MongoDB asked about by one login, at a double that speaks by other people's libraries.
respond_mongodb.py VENV STAUNCH"""
import pathlib
import struct
import sys
import unittest
import urllib.parse

VENV = pathlib.Path(sys.argv.pop(1))
if not VENV.is_dir():
    sys.exit(77)
sys.path += [str(path) for path in VENV.glob("lib/python3*/site-packages")]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import bson  # noqa: E402
import pymongo  # noqa: E402
import respond_harness as base  # noqa: E402
from database_doubles import silent  # noqa: E402
from mongodb_double import FAILED, Users, put_reply, take_command  # noqa: E402
from pymongo.server_api import ServerApi  # noqa: E402
from respond_logins import ELSEWHERE, LOOPBACK, Every, Logins  # noqa: E402

BOTH = ("SCRAM-SHA-1", "SCRAM-SHA-256")
ODD = "s,v=c"


class MongoLogins(Every, Logins):
    rule, begins = "mongodb-password", struct.pack("<iiiiib", 512, 7, 1, 2013, 0, 0)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {("admin", "svc"): (cls.right, BOTH), ("app", "own"): (cls.right, ("SCRAM-SHA-256",)),
                     ("admin", "old"): (cls.right, ("SCRAM-SHA-1",)), ("admin", ODD): (cls.right, BOTH),
                     ("admin", "card"): (cls.right, ("MONGODB-X509",))}

    @staticmethod
    def takes_anything(connection):
        connection.begin_tls()
        number, _ = take_command(connection)
        put_reply(connection, number, {"ok": 1.0})
        connection.rest()

    def ask(self, port, password, user="svc", host=LOOPBACK, database="/admin", **how):
        return super().ask(port, password, user, host, database, **how)

    def served(self, changed=lambda name, reply: reply, **how):
        return Users(self.users, changed=changed, **how)

    def test_the_double_is_one_to_another_client(self):
        double = self.double(self.served())
        for user, password, database, right in (("svc", self.right, "admin", True), ("svc", self.wrong, "admin", False),
                                                ("old", self.right, "admin", True), ("own", self.right, "app", True),
                                                ("own", self.right, "admin", False)):
            client = pymongo.MongoClient(LOOPBACK, double.port, username=user, password=password, authSource=database,
                                         server_api=ServerApi("1"), directConnection=True)
            with client:
                if right:
                    client.admin.command("ping")
                else:
                    with self.assertRaises(pymongo.errors.OperationFailure) as failed:
                        client.admin.command("ping")
                    self.assertEqual(failed.exception.code, 18)

    def test_what_it_says(self):
        for certificate, host in ((None, LOOPBACK), (self.certificate, ELSEWHERE)):
            double = self.double(self.served(), certificate=certificate)
            for user, password, database, state, why in (
                    ("svc", self.right_in_url, "/admin", "live", ""), ("svc", self.wrong, "/admin", "dead", "18"),
                    ("svc", self.right_in_url, "/app", "dead", ""), ("own", self.right_in_url, "/app", "live", ""),
                    ("own", self.wrong, "/app", "dead", "18"), ("old", self.right_in_url, "/admin", "live", ""),
                    ("old", self.wrong, "/admin", "dead", "18"), (ODD, self.right_in_url, "/admin", "live", ""),
                    ("nobody", self.wrong, "/admin", "dead", "18"), ("card", self.wrong, "/admin", "unknown", "by a password"),
                    ("svc", self.right_in_url, "/$external", "unknown", "by a password"),
                    ("svc", self.right_in_url, "", "live", ""), ("svc", self.wrong, "", "unknown", "names another")):
                with self.subTest("%s %s %s" % (user, database, state)):
                    verdict = self.ask(double.port, password, user, host, database)
                    if user == "svc" and database == "/app":  # the right password of a user kept elsewhere has an é
                        self.expect(verdict, "unknown", "outside ASCII")
                    else:
                        self.expect(verdict, state, why)
            self.assertNotIn(self.right.encode(), double.came)
            self.assertNotIn(self.wrong.encode(), double.came)

    def test_where_the_user_is_kept_is_read_from_the_connection_string(self):
        password = urllib.parse.quote(self.right, safe="")
        double = self.double(self.served())
        here = "%s:%d" % (LOOPBACK, double.port)
        for text, state in (("svc:%s@%s" % (password, here), "live"), ("svc:%s@%s/" % (password, here), "live"),
                            ("svc:%s@%s/app?authSource=admin&ssl=false" % (password, here), "live"),
                            ("own:%s@%s/app" % (password, here), "live"),
                            ("own:%s@%s,db2.acme.io:27017/app?replicaSet=rs0" % (password, here), "live"),
                            ("own:%s@%s/?authsource=app&authMechanism=SCRAM-SHA-256" % (password, here), "live"),
                            ("svc:%s@%s/?authMechanism=PLAIN&authSource=%%24external" % (password, here), "unknown"),
                            ("svc:%s@%s/?authMechanism=MONGODB-AWS" % (password, here), "unknown")):
            with self.subTest(text.split("@")[1]):
                verdict, = self.verify_scanned('url = "mongodb://%s"' % text)
                self.expect(verdict, state)
        before = double.connections
        verdict, = self.verify_scanned("mongodb+srv://svc:%s@cluster0.ab1cd.mongodb.net/app" % password)
        self.expect(verdict, "unknown", "server are not known")
        self.assertEqual(double.connections, before)

    def test_4_2_members_that_a_server_names_are_not_spoken_to(self):
        other = self.double(silent)
        members = ["%s:%d" % (LOOPBACK, other.port)]
        self.expect(self.ask_double(self.served(members=members), self.right_in_url), "live")
        self.expect(self.ask_double(self.served(members=members), self.wrong), "dead")
        self.assertEqual(other.connections, 0)

    def test_3_2_answers_that_say_nothing_of_the_password(self):
        def at(command, **change):
            def changed(name, reply):
                return {**reply, **change} if name == command else reply
            return changed
        def instead(command, answer):
            return lambda name, reply: answer if name == command else reply
        def challenge(change):
            return lambda name, reply: {**reply, "payload": change(reply["payload"])} if name == "saslStart" else reply
        whole = bson.encode({"ok": 0.0, "code": 18})
        for number, changed in enumerate((
                instead("hello", FAILED), instead("hello", {"ok": 0.0, "code": 59, "errmsg": "no such command"}),
                instead("saslStart", {"ok": 0.0, "code": 13}), instead("saslStart", {"ok": 0.0, "code": "18"}),
                instead("saslStart", {"ok": 0.0}), instead("saslStart", {"ok": 0.0, "code": 2, "errmsg": "mechanism"}),
                instead("saslContinue", {"ok": 0.0, "code": 11600}), instead("saslStart", {"ok": 1.0}),
                instead("saslStart", whole[:-1]), instead("saslStart", whole + b"\0"), instead("saslStart", b""),
                instead("saslStart", whole.replace(b"\x10code\0", b"\x02code\0")), instead("saslStart", b"\xff\xff\xff\x7f" + whole[4:]),
                instead("saslStart", whole.replace(b"\x10code\0", b"\x7fcode\0")),
                challenge(lambda text: text.replace(b"i=15000", b"i=2147483647")),
                challenge(lambda text: text.replace(b"i=15000", b"i=1")),
                challenge(lambda text: text.replace(b"i=15000", b"i=15000,m=x")),
                challenge(lambda text: b"r=other" + text[2:]), challenge(lambda text: b""), challenge(lambda text: text[:20]),
                at("saslStart", conversationId=float("nan")), at("saslStart", conversationId=1e300),
                at("saslContinue", payload=b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), at("saslContinue", payload=b""))):
            with self.subTest(number):
                self.expect(self.ask_double(self.served(changed), self.right_in_url), "unknown")

    def test_3_2_another_protocol_says_nothing(self):
        def reply(size=None, to=None, kind=2013, flags=0, section=0):
            def script(connection):
                number, _ = take_command(connection)
                document = bson.encode({"ok": 0.0, "code": 18})
                head = [21 + len(document) if size is None else size, 7, number if to is None else to, kind, flags]
                connection.put(b"".join((each & 0xFFFFFFFF).to_bytes(4, "little") for each in head) + bytes([section]) + document)
                connection.rest()
            return script
        for script in (reply(size=0), reply(size=20), reply(size=-1), reply(size=1 << 30), reply(to=99), reply(kind=1), reply(flags=2),
                       reply(section=1)):
            self.expect(self.ask_double(script), "unknown", "does not speak")


if __name__ == "__main__":
    unittest.main(verbosity=1)
