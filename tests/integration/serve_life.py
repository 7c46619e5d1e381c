#!/usr/bin/env python3
"""staunch serve: who may call it, reloading, and how it ends. Hostile clients: serve_hostile.py. Usage in
tests/support/outside.py."""
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import WAIT, main, token, until  # noqa: E402
from served import BLOCK, CUT, Served  # noqa: E402


class Access(Served):
    def test_only_known_hosts(self):
        self.serve("--host", "Guard.Example")
        for host, status in (("localhost", 200), ("127.0.0.1:99", 200), ("[::1]:1", 200), ("guard.example:80", 200),
                             ("evil.example", 403), ("localhost.evil.example", 403), ("", 403), ("127.0.0.1.", 403)):
            talk = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            self.assertEqual(talk.reply().status, status, host)
        self.assertEqual(self.raw(b"GET /healthz HTTP/1.1\r\n\r\n").reply().status, 400)
        two = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        self.assertEqual(self.raw(two).reply().status, 400)

    def test_no_browsers_and_no_proxy(self):
        self.serve()
        self.assertEqual(self.ask("POST", "/v1/scan", b"x", {"Origin": "http://localhost"}).status, 403)
        self.assertEqual(self.ask("GET", "/healthz", None, {"Origin": "null"}).status, 403)
        for target in ("http://localhost/healthz", "http://evil.example/", "*", "localhost:80"):
            for method in ("GET", "OPTIONS", "CONNECT"):
                talk = self.raw(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                self.assertEqual(talk.reply().status, 403, (method, target))
                self.assertTrue(talk.ended())

    def test_off_loopback_keys_are_needed(self):
        for listen in ("0.0.0.0:0", "[::]:0"):
            server = self.serve(listen=listen, wait=False)
            self.assertEqual(server.wait(WAIT), 2)
            self.assertIn("keys are needed", server.stderr.read().decode())

    def keys(self, *names):
        lines = []
        for name in names:
            done = subprocess.run([self.program, "serve", "--hash-key"], input=self.key(name).encode(), stdout=subprocess.PIPE, check=True)
            lines.append(done.stdout.decode().replace("NAME", name))
            self.assertNotIn(self.key(name), lines[-1])
        return self.path(self.write("keys", "# callers\n" + "".join(lines)))

    @staticmethod
    def key(name):
        return f"a long key of {name}"

    def test_keys(self):
        self.serve("--keys", self.keys("ann", "bob"), "--events", self.path("events"), "--host", "*", listen="0.0.0.0:0")
        body = json.dumps({"a": token("k")})
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": self.key("ann")}, {"x-api-key": ""}):
            reply = self.ask("POST", "/v1/scan", body, headers)
            self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, "Bearer"), headers)
        self.assertEqual(self.ask("POST", "/v1/scan", body, {"authorization": "bearer " + self.key("ann")}).status, 200)
        self.assertEqual(self.ask("POST", "/v1/scan", body, {"X-API-Key": self.key("bob")}).status, 200)
        self.assertEqual(self.ask("GET", "/metrics").status, 401)
        self.assertEqual(self.ask("GET", "/healthz").status, 200)
        self.stop()
        with open(self.path("events")) as file:
            self.assertEqual([json.loads(line)["caller"] for line in file], ["ann", "bob"])

    def test_bad_key_files(self):
        for text in ("", "# none\n", "ann\n", "ann sha256:12\n", "ann " + "0" * 64 + "\n"):
            server = self.serve("--keys", self.path(self.write("keys", text)), wait=False)
            self.assertEqual(server.wait(WAIT), 2, text)
        short = subprocess.run([self.program, "serve", "--hash-key"], input=b"short", stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        self.assertEqual(short.returncode, 2)

    def test_rate(self):
        """Each caller for itself; what may come later is told."""
        self.serve("--keys", self.keys("ann", "bob"), "--rate", "0.001")
        ask = lambda name: self.ask("POST", "/v1/scan", b"x", {"x-api-key": self.key(name)})
        self.assertEqual(ask("ann").status, 200)
        reply = ask("ann")
        self.assertEqual((reply.status, reply.headers["retry-after"], reply.json["error"]["code"]), (429, "1", "rate"))
        self.assertEqual(ask("bob").status, 200)

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key.pem"), "-out",
                        self.path("cert.pem"), "-days", "1", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
        self.serve("--tls-cert", self.path("cert.pem"), "--tls-key", self.path("key.pem"))
        context = ssl.create_default_context(cafile=self.path("cert.pem"))
        body = json.dumps({"pad": "x" * 300_000, "a": token("t")}).encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                for _ in range(3):
                    secure.sendall(b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                    data = b""
                    while b"\r\n\r\n" not in data:
                        data += secure.recv(65536)
                    head, _, rest = data.partition(b"\r\n\r\n")
                    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
                    while len(rest) < length:
                        rest += secure.recv(65536)
                    self.assertEqual(json.loads(rest), {"pad": "x" * 300_000, "a": CUT})
        talk = self.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        talk.socket.settimeout(WAIT)
        while talk.fill():
            pass
        self.assertNotIn(b"HTTP/1.1 200", talk.buffer)
        self.assertEqual(self.stop()[0], 0)


class Life(Served):
    def test_reload_keeps_connections(self):
        """A connection that is open lives on under the new policy; one that cannot be read changes nothing."""
        policy = self.policy('[default]\naction = "log"\n')
        self.serve("--policy", policy)
        talk, body = self.talk(), json.dumps({"a": token("r")}).encode()
        request = b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body

        def verdict():
            talk.send(request)
            return talk.reply().json["verdict"]

        def reload(text, metric):
            before = self.metric(metric)
            self.policy(text)
            self.server.send_signal(signal.SIGHUP)
            until(lambda: self.metric(metric) != before)

        self.assertEqual(verdict(), "allow")
        reload(BLOCK, "staunch_reloads_total")
        self.assertEqual(verdict(), "block")
        reload("nonsense", "staunch_failed_reloads_total")
        self.assertEqual(verdict(), "block")
        reload('[default]\naction = "redact"\n', "staunch_reloads_total")
        self.assertEqual(verdict(), "redact")

    def begin(self, talk):
        """Half of a request, of which the server has read the head: it has said that it wants the body."""
        talk.send(b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(talk.reply().status, 100)
        talk.send(b"12345")

    def test_end(self):
        """On SIGTERM a request that has begun is answered, idle connections are closed, and no new one is taken."""
        self.serve()
        idle, busy = self.talk(), self.talk()
        idle.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(idle.reply().status, 200)
        self.begin(busy)
        self.server.send_signal(signal.SIGTERM)
        self.assertTrue(idle.ended())
        self.assertRaises(OSError, lambda: socket.create_connection(("127.0.0.1", self.port), timeout=5))
        busy.send(b"67890")
        reply = busy.reply()
        self.assertEqual((reply.status, reply.headers["connection"]), (200, "close"))
        self.assertTrue(busy.ended())
        self.assertEqual(self.server.wait(WAIT), 0)

    def test_end_does_not_wait_for_ever(self):
        self.serve("--grace-seconds", "1")
        talk = self.talk()
        self.begin(talk)
        self.assertEqual(self.stop()[0], 0)
        self.assertTrue(talk.ended())

    def test_wrong_usage(self):
        for arguments in (("--listen", "nowhere"), ("--listen", "127.0.0.1:99999"), ("--policy", "missing.toml"), ("--nonsense",),
                          ("--tls-cert", "x"), ("--config", "missing.toml"), ("--tls-cert", "x", "--tls-key", "y")):
            done = subprocess.run([self.program, "serve", *arguments], stderr=subprocess.PIPE, cwd=self.folder, timeout=WAIT)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr.startswith(b"staunch: "), done.stderr)
        self.serve()
        done = subprocess.run([self.program, "serve", "--listen", f"127.0.0.1:{self.port}"], stderr=subprocess.PIPE, timeout=WAIT)
        self.assertEqual(done.returncode, 2)
        good = self.policy(BLOCK)
        self.assertEqual(subprocess.run([self.program, "serve", "--check", "--policy", good]).returncode, 0)

if __name__ == "__main__":
    main()
