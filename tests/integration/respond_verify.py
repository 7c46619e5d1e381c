"""staunch verify against doubles of providers that hold recorded contracts.   respond_verify.py STAUNCH"""
import base64
import contextlib
import json
import os
import pathlib
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from respond_harness import (BASE62, Harness, anthropic_key, github_token, gitlab_token, openai_key, slack_app_token,
                             slack_token, some)  # noqa: E402


class Verify(Harness):
    def test_3_3_live_dead_restricted_as_each_provider_says_it(self):
        for provider, rule, make, facts, account in [
                ("github", "github-pat", github_token, {"login": "mona"}, "mona"),
                ("gitlab", "gitlab-pat", gitlab_token, {}, "7"),
                ("slack", "slack-bot-token", slack_token, {"team": "crew"}, "T1"),
                ("slack", "slack-app-token", slack_app_token, {}, None),
                ("openai", "openai-project-key", openai_key, {"org": "org-1"}, "org-1"),
                ("openai", "openai-admin-key", lambda: openai_key("admin"), {"org": "org-1"}, "org-1"),
                ("anthropic", "anthropic-api-key", anthropic_key, {"org": "org-1"}, "org-1"),
                ("anthropic", "anthropic-admin-key", lambda: anthropic_key("admin01"), {"org": "org-1"}, "org-1")]:
            with self.subTest(provider):
                token = make()
                self.alive(provider, token, **facts)
                done, verdict = self.verify(token, rule)
                self.assertEqual((verdict["state"], verdict.get("account")), ("live", account), done.stderr)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(verdict["host"], self.doubles[provider].contract["hosts"][0])
        token = gitlab_token()
        self.alive("gitlab", token, restricted=True)
        done, verdict = self.verify(token, "gitlab-pat")
        self.assertEqual((verdict["state"], done.returncode), ("restricted", 1))
        done, verdict = self.verify(slack_token(), "slack-bot-token")
        self.assertEqual((verdict["state"], done.returncode), ("dead", 0))

    def test_3_1_dead_needs_the_only_possible_host(self):
        done, verdict = self.verify(gitlab_token(), "gitlab-pat")
        self.assertEqual((verdict["state"], done.returncode), ("unknown", 3))
        self.assertIn("not live at gitlab.com", verdict["why"])

    def test_3_2_faults_are_unknown(self):
        for fault, why in [("500", "fails"), ("429", "too often"), ("html", "speaks"), ("redirect", "redirect"),
                           ("skew", "apart")]:
            with self.subTest(fault):
                token = slack_token()
                self.alive("slack", token, team="x")
                self.doubles["slack"].faults = [None] + [fault] * 3  # the made-up one is answered
                done, verdict = self.verify(token, "slack-bot-token")
                self.assertEqual((verdict["state"], done.returncode), ("unknown", 3))
                self.assertIn(why, verdict["why"])
                self.doubles["slack"].faults = []

    def test_3_2_what_does_not_refuse_the_made_up_gets_nothing(self):
        class Careless(dict):
            def get(self, key, default=None):
                return {"team": "anyone"}
        self.doubles["slack"].tokens = Careless()
        token = slack_token()
        done, verdict = self.verify(token, "slack-bot-token")
        self.assertEqual((verdict["state"], done.returncode), ("unknown", 3))
        self.assertIn("made-up", verdict["why"])
        self.assertNotIn(token, [credential for _, credential in self.doubles["slack"].calls])
        self.assertEqual(len(self.doubles["slack"].calls), 1)

    def test_3_5_a_shared_prefix_is_asked_only_where_named(self):
        token = "sk" + "_live_" + some(BASE62, 99)
        self.alive("stripe", token)
        done, verdict = self.verify(token, "stripe-live-key")
        self.assertEqual((verdict["state"], self.doubles["stripe"].calls), ("unknown", []))
        done, verdict = self.verify(token, "stripe-live-key", "--issuer", "stripe")
        self.assertEqual(verdict["state"], "live")

    def test_4_1_redirects_are_not_followed(self):
        token = slack_token()
        self.alive("slack", token)
        self.doubles["slack"].faults = ["redirect"]
        _, verdict = self.verify(token, "slack-bot-token")
        self.assertEqual(verdict["state"], "unknown")
        self.assertEqual(self.doubles.server.strays, [])

    def test_4_1_tls_is_checked(self):
        policy = pathlib.Path(self.policy).read_text().replace(self.doubles.ca, "/etc/ssl/certs/ca-certificates.crt")
        other = self.dir / "other.toml"
        other.write_text(policy)
        other.chmod(0o600)
        _, verdict = self.verify(slack_token(), "slack-bot-token", policy=str(other))
        self.assertEqual(verdict["state"], "unknown")
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_4_3_the_environment_names_no_host_and_no_proxy(self):
        trap = socket.create_server(("127.0.0.1", 0))
        trap.settimeout(0.2)
        where = "http://127.0.0.1:%d" % trap.getsockname()[1]
        env = {name: where for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy")}
        env.update({"AWS_ENDPOINT_URL": where, "CURL_HOME": str(self.dir), "SSL_CERT_FILE": "/dev/null"})
        (self.dir / ".curlrc").write_text("proxy = " + where)
        done, verdict = self.verify(slack_token(), "slack-bot-token", env=env)
        self.assertEqual(verdict["state"], "dead")
        with self.assertRaises(TimeoutError):
            trap.accept()
        trap.close()
        self.assertRegex(done.stderr, rb"test endpoint 127\.0\.0\.1:\d+: .*slack\.com")

    def test_4_3_a_proxy_and_certificates_of_ones_own(self):
        """Without a test endpoint: the proxy leads slack.com to the double, whose CA only --ca-file knows."""
        told, listener = [], socket.create_server(("127.0.0.1", 0))

        def pump(a, b):
            with contextlib.suppress(OSError):  # one that trusts no certificate goes away
                while data := a.recv(65536):
                    b.sendall(data)
                b.shutdown(socket.SHUT_WR)

        def carry(client):
            told.append(client.recv(65536).split(b"\r\n")[0])
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self.doubles.port)) as server, client:
                up = threading.Thread(target=pump, args=(client, server))
                up.start()
                pump(server, client)
                up.join()

        def serve():
            while True:
                try:
                    threading.Thread(target=carry, args=(listener.accept()[0],)).start()
                except OSError:
                    return
        threading.Thread(target=serve).start()
        policy = self.dir / "plain.toml"
        policy.write_text("[network]\nattempts = 1\n")
        policy.chmod(0o600)
        token = slack_token()
        self.alive("slack", token, team="crew")
        words = ["--proxy", "http://127.0.0.1:%d" % listener.getsockname()[1]]
        _, verdict = self.verify(token, "slack-bot-token", *words, policy=str(policy))
        self.assertEqual((verdict["state"], self.doubles["slack"].calls), ("unknown", []))
        _, verdict = self.verify(token, "slack-bot-token", *words, "--ca-file", self.doubles.ca, policy=str(policy))
        self.assertEqual(verdict["state"], "live")
        self.assertEqual(set(told), {b"CONNECT slack.com:443 HTTP/1.1"})
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    def test_4_3_test_endpoints_are_loopback_only(self):
        for where in ("192.0.2.1:443", "example.com:443", "127.0.0.1", "127.0.0.1:1:2", "localhost:80"):
            bad = self.dir / "bad.toml"
            bad.write_text('[test_endpoints]\n"slack.com" = "%s"\n' % where)
            bad.chmod(0o600)
            done, verdict = self.verify(slack_token(), "slack-bot-token", policy=str(bad))
            self.assertEqual((done.returncode, verdict), (2, None), where)

    def test_2_1_a_policy_is_its_owners_alone_and_not_of_the_target(self):
        os.chmod(self.policy, 0o666)
        done, verdict = self.verify(slack_token(), "slack-bot-token")
        self.assertEqual((done.returncode, verdict), (2, None))
        self.assertIn(b"others may write", done.stderr)
        os.chmod(self.policy, 0o600)
        report = self.scan({"a.txt": "token = " + slack_token()}, "--show-secrets")
        inside = self.dir / "tree" / "policy.toml"
        inside.write_text(pathlib.Path(self.policy).read_text())
        inside.chmod(0o600)
        done = self.run_staunch("verify", report, "--policy", str(inside))
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"lies in what was scanned", done.stderr)
        self.assertEqual(self.doubles["slack"].calls, [])

    def test_5_1_a_redacted_report_is_read_again_at_its_place(self):
        here, moved = slack_token(), slack_token()
        self.secrets |= {here, moved}
        self.alive("slack", here, team="a")
        self.alive("slack", moved, team="b")
        report = self.scan({"a.txt": "token = " + here, "b.txt": "token = " + moved})
        self.assertNotIn(here, pathlib.Path(report).read_text())
        (self.dir / "tree" / "b.txt").write_text("token = " + slack_token() + "\n")
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
        verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
        self.assertEqual([verdict["state"] for verdict in verdicts], ["live", "unknown"], done.stderr)
        self.assertIn("moved", verdicts[1]["why"])
        self.assertEqual([c for _, c in self.doubles["slack"].calls if c == moved], [])

    def test_4_1_a_host_of_ones_own_is_asked_where_the_policy_names_it(self):
        token = "hvs." + some(BASE62, 91)
        self.alive("vault", token, login="ci")
        done, verdict = self.verify(token, "vault-service-token")
        self.assertEqual((verdict["state"], done.returncode), ("unknown", 3))
        self.assertIn("[hosts] as vault", verdict["why"])
        for other in ("vault.example", "vault.example:8200", "evil.com", "x.aws.hashicorp.cloud"):  # nobody named them
            self.assertEqual(self.verify(token, "vault-service-token", "--part", "host=" + other)[1]["state"], "unknown")
        self.assertEqual(self.doubles["vault"].calls, [])
        policy = self.doubles.policy(self.policy, '[hosts]\nvault = ["vault.example"]\n')
        done, verdict = self.verify(token, "vault-service-token", policy=policy)
        self.assertEqual((verdict["state"], verdict["host"], verdict["name"]), ("live", "vault.example", "ldap2-ci"))
        policy = self.doubles.policy(self.policy, '[hosts]\nvault = ["vault.example", "vault.example.org:8200"]\n')
        self.assertIn("choose", self.verify(token, "vault-service-token", policy=policy)[1]["why"])
        _, verdict = self.verify(token, "vault-service-token", "--part", "host=vault.example", policy=policy)
        self.assertEqual(verdict["state"], "live")
        for bad in (".example", "https://vault.example", "vault.example/x", "VAULT.example", "user@vault.example", ""):
            policy = self.doubles.policy(self.policy, '[hosts]\nvault = ["%s"]\n' % bad)
            self.assertEqual(self.verify(token, "vault-service-token", policy=policy)[0].returncode, 2, bad)

    def test_2_1_no_text_that_was_scanned_names_a_host(self):
        """Neither what stands beside a token, nor what a format holds, leads out of a provider's own names."""
        token = "hvs." + some(BASE62, 91)
        inside = json.dumps({"iat": 1700000000.5, "url": "https://evil.example", "org": "acme",
                             "region_url": "https://slack.com"}).encode()
        sentry = "sntrys_" + base64.b64encode(inside).decode() + "_" + some(BASE62, 43)
        report = self.scan({"a.env": "VAULT_ADDR=https://slack.com\nVAULT_TOKEN=%s\nSENTRY_AUTH_TOKEN=%s" %
                            (token, sentry)}, "--show-secrets")
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
        verdicts = {line["rule"]: line["verdict"] for line in map(json.loads, done.stdout.splitlines())}
        self.assertEqual({rule: verdict["state"] for rule, verdict in verdicts.items()},
                         {"vault-service-token": "unknown", "sentry-org-token": "unknown"}, done.stderr)
        self.assertIn("not one of this provider's", verdicts["sentry-org-token"]["why"])
        self.assertEqual([provider.calls for provider in self.doubles.providers.values() if provider.calls], [])

    def test_3_1_what_lived_at_one_host_is_not_dead_because_another_does_not_know_it(self):
        token = "hvs." + some(BASE62, 91)
        self.alive("vault", token, login="ci")
        text = 'journal = "%s/journal"\n[hosts]\nvault = ["vault.example", "gitlab.com"]\n' % self.dir
        policy = self.doubles.policy(self.policy, text)
        report = self.scan({"a.env": "VAULT_TOKEN=" + token}, "--show-secrets")
        self.run_staunch("incident", "open", report, "--title", "t", "--exposure", "public", "--policy", policy,
                         "--part", "host=vault.example")
        self.doubles["vault"].tokens[token]["alive"] = False
        _, verdict = self.verify(token, "vault-service-token", "--part", "host=vault.example", policy=policy)
        self.assertEqual(verdict["state"], "dead")
        self.doubles["gitlab"].contract["calls"].append(
            [call for call in self.doubles["vault"].contract["calls"] if call["name"] == "lookup"][0])
        _, verdict = self.verify(token, "vault-service-token", "--part", "host=gitlab.com", policy=policy)
        self.assertEqual(verdict["state"], "unknown")
        self.assertIn("not live at gitlab.com", verdict["why"])

    def test_4_5_each_secret_is_sent_once_over_few_connections(self):
        tokens = [gitlab_token() for _ in range(1000)]
        for token in tokens[:500]:
            self.alive("gitlab", token)
        report = self.scan({"f%d.txt" % i: "token = %s\nagain = %s" % (token, token) for i, token in enumerate(tokens)},
                           "--show-secrets")
        begin = time.monotonic()
        done = self.run_staunch("verify", report, "--policy", self.policy, "-f", "jsonl")
        seconds = time.monotonic() - begin
        states = [json.loads(line)["verdict"]["state"] for line in done.stdout.splitlines()]
        print("1,000 findings verified in %.2f s" % seconds)
        self.assertEqual((states.count("live"), states.count("unknown"), done.returncode), (500, 500, 1), done.stderr)
        sent = [credential for _, credential in self.doubles["gitlab"].calls]
        self.assertEqual(len(sent), 1001)  # and the made-up one
        self.assertEqual(len(set(sent)), 1001)

    def test_4_5_a_young_verdict_is_not_asked_for_again(self):
        token, slack = slack_token(), self.doubles["slack"]
        self.alive("slack", token, team="crew")
        policy = self.doubles.policy(self.policy, 'journal = "%s/journal"\n' % self.dir)
        words = [token, "slack-bot-token", "--max-age", "1h"]
        first = self.verify(*words, policy=policy)[1]
        asked = slack.count("test")
        again = self.verify(*words, policy=policy)[1]
        self.assertEqual((again, slack.count("test")), (first, asked))
        self.assertEqual((first["state"], first["account"]), ("live", "T1"))
        slack.tokens[token]["alive"] = False
        self.assertEqual(self.verify(*words, policy=policy)[1]["state"], "live")
        self.assertEqual(self.verify(*words[:2], policy=policy)[1]["state"], "dead")
        time.sleep(2.1)  # ages are whole seconds
        self.assertEqual(self.verify(*words[:3], "1s", policy=policy)[1]["state"], "dead")
        self.assertEqual(self.verify(*words[:3], "soon", policy=policy)[0].returncode, 2)

    def test_4_5_a_429_is_waited_for(self):
        token = slack_token()
        self.alive("slack", token, team="x")
        self.doubles["slack"].faults = ["429", "429", None, "429", "500"]
        _, verdict = self.verify(token, "slack-bot-token")
        self.assertEqual(verdict["state"], "live")

    def test_5_2_a_secret_is_no_argument(self):
        done = self.run_staunch("verify", "-", "--rule", "slack-bot-token", "--part", "secret=abc")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"standard input", done.stderr)
        self.secrets.add(slack_token())
        done = self.run_staunch("verify", *self.secrets)  # which looks that it is not repeated
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"standard input", done.stderr)

    def test_5_4_what_a_provider_says_passes_the_redactor(self):
        token = slack_token()
        self.alive("slack", token, team="say " + token)
        done, verdict = self.verify(token, "slack-bot-token")  # run_staunch looks for the token
        self.assertEqual(verdict["state"], "live")
        self.assertIn("say", verdict["team"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
