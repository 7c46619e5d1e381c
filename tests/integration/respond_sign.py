"""staunch verify where a request is signed, against doubles that look at the signatures themselves (signatures.py).
respond_sign.py STAUNCH

Of each scheme: the key that is good, the one that is dead, another's, one that was cut, a clock that is off, an answer that
was lost. Only what the provider documents as the end of a key is dead.
"""
import base64
import json
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from respond_harness import BASE62, STAUNCH, Harness, rng, some  # noqa: E402

HEX = "0123456789abcdef"


def rsa_key():
    """PEM of a new key, and its modulus."""
    pem = subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], check=True,
                         capture_output=True).stdout
    told = subprocess.run(["openssl", "rsa", "-noout", "-modulus"], input=pem, check=True, capture_output=True).stdout
    return pem.decode(), int(told.decode().strip().removeprefix("Modulus="), 16)


def account_key():
    return base64.b64encode(rng.randbytes(64)).decode()


def bus_key():
    return base64.b64encode(rng.randbytes(32)).decode()


def storage_string(key, account="acmefiles", rest=";EndpointSuffix=core.windows.net"):
    return "DefaultEndpointsProtocol=https;AccountName=%s;AccountKey=%s%s" % (account, key, rest)


def cosmos_string(key, host="acmedocs.documents.azure.com"):
    return "AccountEndpoint=https://%s:443/;AccountKey=%s;" % (host, key)


def bus_string(key, host="acmebus.servicebus.windows.net", policy="RootManageSharedAccessKey"):
    return "Endpoint=sb://%s/;SharedAccessKeyName=%s;SharedAccessKey=%s" % (host, policy, key)


class Sign(Harness):
    def faults(self, provider, secret, rule, *words):
        """What is not heard, or heard from a clock that is off, is unknown; the one before it was the made-up one's."""
        for fault, why in [("lost", "no answer"), ("closed", "no answer"), ("500", "fails"), ("skew", "apart"),
                           ("redirect", "redirect")]:
            with self.subTest(fault):
                self.doubles[provider].faults = [None] + [fault] * 9  # libcurl asks again where a connection was used before
                done, verdict = self.verify(secret, rule, *words)
                self.assertEqual((verdict["state"], done.returncode), ("unknown", 3), verdict)
                self.assertIn(why, verdict["why"])
                self.doubles[provider].faults = []

    def state(self, secret, rule, *words):
        done, verdict = self.verify(secret, rule, *words)
        self.assertNotIn(b"Traceback", done.stderr)
        return verdict["state"], verdict.get("why", "")

    # Google

    def key_file(self, email="robot@acme.iam.gserviceaccount.com", **more):
        pem, modulus = rsa_key()
        key_id = some(HEX, 40)
        self.secrets.add(pem.splitlines()[5])
        facts = self.doubles["google"].tokens.setdefault(email, {"keys": {}})
        facts["keys"][key_id] = modulus
        return {"type": "service_account", "project_id": "acme", "private_key_id": key_id, "private_key": pem,
                "client_email": email, **more}

    def ask_google(self, file, *words):
        return self.state(json.dumps(file)[1:-1], "google-service-account", *words)

    def test_3_3_a_service_account_signs_in_with_its_key(self):
        file = self.key_file()
        done, verdict = self.verify(json.dumps(file)[1:-1], "google-service-account")
        self.assertEqual((verdict["state"], verdict["account"], verdict["project"], done.returncode),
                         ("live", file["client_email"], "acme", 1), verdict)
        escaped = json.dumps(json.dumps(file))[2:-2]  # as it stands in a string of JSON
        self.assertEqual(self.state(escaped, "google-service-account")[0], "live")
        of_another = {**file, "private_key_id": self.key_file("other@acme.iam.gserviceaccount.com")["private_key_id"]}
        self.assertEqual(self.ask_google(of_another)[0], "dead")
        del self.doubles["google"].tokens[file["client_email"]]["keys"][file["private_key_id"]]  # the key is deleted
        self.assertEqual(self.ask_google(file)[0], "dead")
        disabled = self.key_file("off@acme.iam.gserviceaccount.com")
        self.doubles["google"].tokens[disabled["client_email"]]["alive"] = False
        self.assertEqual(self.ask_google(disabled)[0], "dead")
        del self.doubles["google"].tokens[file["client_email"]]                                  # and the account
        self.assertEqual(self.ask_google(file)[0], "dead")

    def test_2_1_a_key_file_does_not_say_where_it_is_sent(self):
        file = self.key_file(token_uri="https://elsewhere.example/token", auth_uri="https://elsewhere.example/auth")
        self.assertEqual(self.ask_google(file)[0], "live")
        self.assertEqual(self.doubles.server.strays, [])  # and the double looks at whom the token is made out to
        calls = len(self.doubles["google"].calls)
        self.assertIn("another cloud", self.ask_google({**file, "universe_domain": "elsewhere.example"})[1])
        self.assertEqual(len(self.doubles["google"].calls), calls)

    def test_3_2_what_cannot_sign_in_at_google_is_unknown(self):
        file = self.key_file()
        lines = file["private_key"].splitlines()
        elliptic = subprocess.run(["openssl", "genpkey", "-algorithm", "ED25519"], check=True,
                                  capture_output=True).stdout.decode()
        sealed = subprocess.run(["openssl", "pkcs8", "-topk8", "-passout", "pass:x", "-v2", "aes-256-cbc"],
                                input=file["private_key"].encode(), check=True, capture_output=True).stdout.decode()
        for what, pem in [("cut", "\n".join(lines[:12] + lines[-1:])), ("no end", "\n".join(lines[:12])), ("", ""),
                          ("another kind", elliptic), ("sealed", sealed)]:
            with self.subTest(what):
                state, why = self.ask_google({**file, "private_key": pem})
                self.assertEqual(state, "unknown")
                self.assertIn("private key", why)
        whole = json.dumps(file)[1:-1]
        self.assertIn("not whole", self.state(whole[:len(whole) // 2], "google-service-account")[1])
        self.assertEqual(self.doubles["google"].calls, [])
        self.faults("google", whole, "google-service-account")
        # Its clock is right, and the token is too old or too new by its own: an invalid_grant that ends nothing.
        self.doubles["google"].contract["calls"][0]["done"] = self.doubles["google"].contract["calls"][0]["late"]
        self.assertEqual(self.ask_google(file), ("unknown", "the answer (400) is in no table"))

    # Azure

    def test_3_3_each_kind_of_connection_string_is_asked_where_it_belongs(self):
        keys = {"azure-storage": account_key(), "azure-cosmos": account_key(), "azure-messaging": bus_key()}
        for provider, key in keys.items():
            self.alive(provider, key, policy="RootManageSharedAccessKey")
        files = {"s.env": "STORAGE=" + storage_string(keys["azure-storage"]),
                 "c.json": json.dumps({"db": cosmos_string(keys["azure-cosmos"])}),
                 "b.yaml": "bus: '%s'" % bus_string(keys["azure-messaging"])}
        for shown in ([], ["--show-secrets"]):
            report = self.scan(files, *shown)
            self.secrets |= set(keys.values())
            done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
            told = {(line["verdict"]["state"], line["verdict"].get("host")) for line in map(json.loads, done.stdout.splitlines())}
            self.assertEqual(told, {("live", host) for host in (
                "acmefiles.blob.core.windows.net", "acmedocs.documents.azure.com", "acmebus.servicebus.windows.net")},
                done.stdout)

    def test_3_3_a_scan_asks_about_a_connection_string_as_it_finds_it(self):
        key = account_key()
        self.alive("azure-storage", key)
        self.secrets.add(key)
        tree = self.dir / "tree"
        tree.mkdir()
        (tree / "a.env").write_text("STORAGE=" + storage_string(key) + "\n")
        done = self.run_staunch("dir", str(tree), "--verify", "--verify-policy", self.policy, "-f", "jsonl")
        self.assertIn(b'"state":"live"', done.stdout.replace(b" ", b""), done.stderr)

    def test_3_2_what_azure_does_not_say_is_unknown(self):
        for provider, rule, make, string, part in [
                ("azure-storage", "azure-storage-key", account_key, storage_string, ["account=acmefiles"]),
                ("azure-cosmos", "azure-cosmos-key", account_key, cosmos_string,
                 ["endpoint=acmedocs.documents.azure.com"]),
                ("azure-messaging", "azure-messaging-key", bus_key, bus_string,
                 ["namespace=acmebus.servicebus.windows.net", "policy=RootManageSharedAccessKey"])]:
            key, double = make(), self.doubles[provider]
            words = [word for one in part for word in ("--part", one)]
            with self.subTest(rule):
                self.assertIn("--part " + part[0].partition("=")[0], self.state(key, rule)[1])  # nobody said where
                for cut in (key[:-8], key[:20], key[:-3] + "!=="):
                    self.assertIn("not whole", self.state(cut, rule, *words)[1])
                self.assertEqual(double.calls, [])
                state, why = self.state(key, rule, *words)
                self.assertEqual(state, "unknown")  # a key of another account, or a dead one: nobody can tell
                self.assertIn("not live at acme", why)
                self.alive(provider, key, policy="RootManageSharedAccessKey")
                self.assertEqual(self.state(key, rule, *words)[0], "live")
                self.faults(provider, key, rule, *words)
                text = 'journal = "%s/journal-%s"\n' % (self.dir, provider)
                policy = self.doubles.policy(self.dir / "own.toml", text)
                report = self.scan({"a.env": "A=" + string(key)}, "--show-secrets")
                self.run_staunch("incident", "open", report, "--title", "t", "--exposure", "public", "--policy", policy)
                double.tokens[key]["alive"] = False  # it was live there in this incident, so it is dead
                done = self.run_staunch("verify", report, "--policy", policy, "-f", "jsonl")
                self.assertEqual(json.loads(done.stdout.splitlines()[0])["verdict"]["state"], "dead", done.stdout)

    def test_3_3_a_key_that_may_only_send_is_good(self):
        key = bus_key()
        self.alive("azure-messaging", key, policy="send", restricted=True)
        self.assertEqual(self.state(key, "azure-messaging-key", "--part", "namespace=acmebus.servicebus.windows.net",
                                    "--part", "policy=send")[0], "restricted")

    def test_3_2_a_firewall_of_an_account_says_nothing(self):
        key = account_key()
        self.alive("azure-storage", key, restricted=True)
        self.assertEqual(self.state(key, "azure-storage-key", "--part", "account=acmefiles"),
                         ("unknown", "the answer (403) is in no table"))

    def test_4_1_a_connection_string_names_no_host_of_its_own(self):
        for string in [storage_string(account_key(), "evil.com/x"), storage_string(account_key(), rest=";EndpointSuffix=evil.com"),
                       storage_string(account_key(), "acmefiles", ";EndpointSuffix=core.windows.net.evil.com"),
                       cosmos_string(account_key(), "evil.com"), cosmos_string(account_key(), "user@acmedocs.documents.azure.com"),
                       cosmos_string(account_key(), "evil.com#.documents.azure.com"),
                       bus_string(bus_key(), "evil.com"), bus_string(bus_key(), "slack.com")]:
            with self.subTest(re.sub("Key=[^;]*=", "Key=…", string)):
                done = self.run_staunch("verify", self.scan({"a.env": "A='%s'" % string}), "--policy", self.policy,
                                        "-f", "jsonl")
                states = [json.loads(line)["verdict"]["state"] for line in done.stdout.splitlines()]
                self.assertEqual(set(states), {"unknown"}, done.stdout)
        self.assertEqual([provider.calls for provider in self.doubles.providers.values() if provider.calls], [])

    # Alibaba Cloud

    def test_3_3_a_pair_of_alibaba_says_whose_it_is(self):
        key_id, secret = "LTAI" + some(BASE62, 20), some(BASE62, 30)
        words = ["--part", "key_id=" + key_id]
        self.assertIn("--part key_id", self.state(secret, "alibaba-access-key-secret")[1])
        self.assertEqual(self.state(secret, "alibaba-access-key-secret", *words)[0], "dead")
        self.alive("alibaba", key_id, secret=secret)
        done, verdict = self.verify(secret, "alibaba-access-key-secret", *words)
        self.assertEqual((verdict["state"], verdict["account"], verdict["user"]),
                         ("live", "1968132000120001", "acs:ram::1968132000120001:user/admin"), verdict)
        report = self.scan({"a.env": "ALIBABA_CLOUD_ACCESS_KEY_ID=%s\nALIBABA_CLOUD_ACCESS_KEY_SECRET=%s" % (key_id, secret)})
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
        self.assertEqual([json.loads(line)["verdict"]["state"] for line in done.stdout.splitlines()], ["live"], done.stdout)
        for other in (some(BASE62, 30), secret[:25]):  # another's, or a cut one: the id lives, and nothing follows
            self.assertEqual(self.state(other, "alibaba-access-key-secret", *words),
                             ("unknown", "the answer (400) is in no table"))
        self.faults("alibaba", secret, "alibaba-access-key-secret", *words)
        self.doubles["alibaba"].tokens[key_id]["alive"] = False
        self.assertEqual(self.state(secret, "alibaba-access-key-secret", *words)[0], "dead")

    # MongoDB Atlas

    def test_3_3_a_digest_is_answered(self):
        public, private = some(BASE62[10:36].lower(), 8), "-".join(some(HEX, n) for n in (8, 4, 4, 4, 12))
        rule, words = "mongodb-atlas-private-key", ["--part", "user=" + public]
        self.assertIn("--part user", self.state(private, rule)[1])
        self.assertIn("not live at cloud.mongodb.com", self.state(private, rule, *words)[1])
        self.alive("mongodb-atlas", public, secret=private, public=public)
        done, verdict = self.verify(private, rule, *words)
        self.assertEqual((verdict["state"], verdict["name"]), ("live", public), verdict)
        self.assertEqual(self.state(private[:-4], rule, *words)[0], "unknown")
        self.faults("mongodb-atlas", private, rule, *words)
        self.doubles["mongodb-atlas"].tokens[public]["restricted"] = True
        self.assertEqual(self.state(private, rule, *words)[0], "restricted")

    def test_4_1_no_password_goes_to_one_who_asks_for_it_plainly(self):
        self.doubles["mongodb-atlas"].contract["calls"][0]["challenge"]["headers"]["WWW-Authenticate"] = 'Basic realm="x"'
        state, _ = self.state("-".join(some(HEX, n) for n in (8, 4, 4, 4, 12)), "mongodb-atlas-private-key",
                              "--part", "user=abcdefgh")
        self.assertEqual((state, self.doubles["mongodb-atlas"].calls), ("unknown", []))


if __name__ == "__main__":
    unittest.main(verbosity=1)
