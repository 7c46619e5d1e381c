"""GitLab's token revocation contract, served and called.   respond_gitlab.py STAUNCH"""
import http.client
import json
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402

POLICY = """
journal = "{d}/journal"
kill_switch = "{d}/stop"
recheck_ms = 1
live = ["gitlab", "anthropic"]
[own_accounts]
gitlab = ["7"]
anthropic = ["org-1"]
[credentials.gitlab-contract]
secret = {{ file = "{d}/shared" }}
[credentials.anthropic]
secret = {{ file = "{d}/admin" }}
{entries}
"""
SERVED = """
[[respond]]
providers = ["anthropic", "slack"]
sources = ["gitlab"]
do = ["incident", "disable"]
exposure = "public"
"""


class Gitlab(base.Harness):
    def setUp(self):
        super().setUp()
        self.shared, self.admin = base.some(base.BASE62, 32), self.key("admin01-")
        self.secrets |= {self.shared, self.admin}
        self.alive("anthropic", self.admin, org="org-1")
        for name, value in (("shared", self.shared), ("admin", self.admin)):
            (self.dir / name).write_text(value + "\n")
            (self.dir / name).chmod(0o600)
        self.server = None
        self.write_policy(SERVED)
        self.addCleanup(self.stop)

    def write_policy(self, entries):
        self.doubles.policy(self.policy, POLICY.format(d=self.dir, entries=entries))

    def key(self, kind="api03-"):
        return "sk-ant-" + kind + base.some(base.BASE62, 93) + "AA"

    def leaked(self):
        secret = self.key()
        self.secrets.add(secret)
        self.alive("anthropic", secret, org="org-1")
        objects = self.doubles["anthropic"].objects
        objects["apikey_%d" % len(objects)] = {"secret": secret, "hint": secret[:14] + "..." + secret[-4:], "alive": True}
        return secret

    def serve(self, listen="127.0.0.1:0"):
        port_file = self.dir / "port"
        port_file.unlink(missing_ok=True)
        self.server = subprocess.Popen([STAUNCH, "respond", "--serve-gitlab", listen, "--policy", self.policy,
                                        "--port-file", str(port_file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       cwd=self.dir)
        until(lambda: port_file.exists() and port_file.read_text().strip() or self.server.poll() is not None)
        self.port = int(port_file.read_text()) if port_file.exists() else None

    def stop(self, how=signal.SIGTERM):
        if self.server is None:
            return
        self.server.send_signal(how)
        out, err = self.server.communicate(timeout=WAIT)
        for secret in self.secrets:
            self.assertNotIn(secret.encode(), out + err)
        server, self.server = self.server, None
        if how == signal.SIGTERM:
            self.assertEqual(server.returncode, 0, err)
        return out + err

    def ask(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT)
        text = body if isinstance(body, (str, bytes, type(None))) else json.dumps(body)
        connection.request(method, path, text, {"Authorization": self.shared if token is None else token,
                                                "Content-Type": "application/json"})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, data

    def revoke(self, *secrets, kind="gitleaks_rule_id_anthropic_api_key"):
        return self.ask("POST", "/v1/revoke_tokens", [
            {"type": kind, "token": secret, "location": "https://gitlab.example/x/-/blob/1/app.py"} for secret in secrets])[0]

    def documents(self, kind):
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            return [json.loads(text) for text, in db.execute("SELECT json FROM document WHERE kind=?", (kind,))]

    def status(self, number=0):
        return self.doubles["anthropic"].objects["apikey_%d" % number].get("status")

    def test_types_are_what_the_policy_does_something_about(self):
        self.serve()
        status, data = self.ask("GET", "/v1/revocable_token_types")
        types = json.loads(data)["types"]
        self.assertEqual(status, 200)
        self.assertIn("gitleaks_rule_id_anthropic-api-key", types)
        self.assertIn("slack-bot-token", types)
        self.assertFalse([one for one in types if "github" in one])

    def test_what_is_told_is_disabled_by_the_policy(self):
        secret = self.leaked()
        self.serve()
        self.assertEqual(self.revoke(secret), 204)
        until(lambda: self.status() == "inactive")
        until(lambda: not self.documents("inbox"))
        self.assertIn(b"disabled", self.stop())
        incident, = self.documents("incident")
        self.assertEqual(incident["credentials"][0]["places"][0]["path"], "https://gitlab.example/x/-/blob/1/app.py")
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def test_204_is_said_when_the_journal_has_it_and_a_restart_goes_on(self):
        """Killed the moment 204 was said, with the provider out of reach before: what was told is not lost."""
        secret = self.leaked()
        self.doubles["anthropic"].faults = ["slow"]  # so that the work is under way when the server is killed
        self.serve()
        self.assertEqual(self.revoke(secret), 204)
        self.stop(signal.SIGKILL)
        self.assertEqual(len(self.documents("inbox")), 1)
        self.assertIsNone(self.status())
        self.doubles["anthropic"].faults = []
        self.serve()
        until(lambda: self.status() == "inactive")
        until(lambda: not self.documents("inbox"))

    def test_told_twice_is_done_once(self):
        secret = self.leaked()
        self.serve()
        for _ in range(3):
            self.assertEqual(self.revoke(secret, secret), 204)
            until(lambda: not self.documents("inbox"))
        self.stop()
        self.assertEqual(self.doubles["anthropic"].count("set"), 1)
        self.assertEqual(len(self.documents("incident")), 1)

    def test_what_cannot_be_asked_about_stays_in_the_inbox(self):
        secret = self.leaked()
        self.doubles["anthropic"].faults = ["500"] * 3
        self.serve()
        self.assertEqual(self.revoke(secret), 204)
        until(lambda: [one for one in self.documents("inbox") if one.get("tries") == 1])
        self.stop()
        self.assertIsNone(self.status())

    def test_who_does_not_know_the_token_is_refused(self):
        self.serve()
        for token in ("", "x", self.shared[:-1], self.shared + "x", "Basic " + self.shared):
            for method, path in (("GET", "/v1/revocable_token_types"), ("POST", "/v1/revoke_tokens")):
                self.assertEqual(self.ask(method, path, "[]", token)[0], 401)
        self.assertEqual(self.ask("GET", "/v1/revocable_token_types", token="Bearer " + self.shared)[0], 200)
        self.assertEqual(self.documents("inbox"), [])

    def test_bad_input_is_400_and_nothing_is_kept(self):
        self.serve()
        bad = ["", "{", "{}", "[1]", '[{"type":"anthropic-api-key"}]', '[{"type":"x","token":7,"location":""}]' * 2,
               json.dumps([{"type": "anthropic-api-key", "token": "x" * 20_000, "location": ""}]),
               json.dumps([{"type": "a", "token": "b", "location": ""}] * 1001), "[" * 100 + "]" * 100, b"\xff\xfe"]
        for body in bad:
            self.assertEqual(self.ask("POST", "/v1/revoke_tokens", body)[0], 400, body[:60])
        self.assertEqual(self.revoke("abc", kind="nobody-knows-it"), 204)  # nothing to do, and no reason to ask again
        self.assertEqual(self.documents("inbox"), [])
        for method, path, status in (("GET", "/", 404), ("DELETE", "/v1/revoke_tokens", 405),
                                     ("POST", "/v1/revocable_token_types", 405)):
            self.assertEqual(self.ask(method, path)[0], status)
        for raw, status in ((b"GARBAGE\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nA: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
                            (b"POST /v1/revoke_tokens HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413")):
            with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT) as talk:
                talk.sendall(raw)
                self.assertIn(status, talk.recv(4096).split(b"\r\n")[0])
        self.assertEqual(self.ask("GET", "/v1/revocable_token_types")[0], 200)  # it still serves

    def test_it_listens_on_loopback_alone(self):
        for listen in ("0.0.0.0:0", "[::]:0", "8090", "localhost:0", "10.0.0.1:80"):
            self.serve(listen)
            self.assertIn(b"no address of loopback", self.server.communicate(timeout=WAIT)[1])
            self.assertEqual(self.server.returncode, 2)
            self.server = None

    def test_2_3_without_an_entry_that_names_it_nothing_is_served(self):
        self.write_policy(SERVED.replace('sources = ["gitlab"]\n', ""))
        self.serve()
        self.assertIn(b"names the source gitlab", self.server.communicate(timeout=WAIT)[1])
        self.server = None

    def test_as_caller_what_the_revoker_takes_is_handed_over_once(self):
        (self.dir / "tree").mkdir()
        slack, pat, other = base.slack_token(), base.gitlab_token(), base.github_token()
        self.secrets |= {slack, pat, other}
        (self.dir / "tree" / "a.env").write_text("A = %s\nB = %s\nC = %s\n" % (slack, pat, other))
        self.alive("revoker", self.shared)
        self.write_policy('[[respond]]\ndo = ["hand-over"]\nwhen = "any"\nrevoker = "https://revoker.example"\n'
                          'credential = "gitlab-contract"\n')
        for _ in range(2):
            done = self.run_staunch("dir", "tree", "--respond", self.policy)
        self.assertEqual(self.doubles["revoker"].count("revoke"), 1, done.stderr)
        items, = self.doubles["revoker"].objects["kept"]
        self.assertEqual([(one["type"], one["token"]) for one in sorted(items["items"], key=lambda one: one["type"])],
                         [("gitleaks_rule_id_gitlab_pat", pat), ("slack-bot-token", slack)])
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_as_caller_later_and_never_are_told_apart(self):
        (self.dir / "tree").mkdir()
        slack = base.slack_token()
        self.secrets.add(slack)
        (self.dir / "tree" / "a.env").write_text("A = %s\n" % slack)
        self.alive("revoker", self.shared)
        self.write_policy('[[respond]]\ndo = ["hand-over"]\nwhen = "any"\nrevoker = "https://revoker.example"\n'
                          'credential = "gitlab-contract"\n')
        for fault, why in (("429", b"come again later"), ("closed", b"may have been taken")):
            self.doubles["revoker"].faults = [None, fault]
            self.assertIn(why, self.run_staunch("dir", "tree", "--respond", self.policy).stderr)
        self.assertEqual(self.doubles["revoker"].count("revoke"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=1)
