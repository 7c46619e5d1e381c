#!/usr/bin/env python3
"""staunch serve against clients that mean no good: slow ones, those that say one thing and send another, and bombs. Every
answer is asserted, and that the server answers others meanwhile and holds nothing behind. Usage in tests/support/outside.py."""
import gzip
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import main, token, until  # noqa: E402
from served import Served  # noqa: E402

HEAD = b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


class Hostile(Served):
    def tearDown(self):
        """Whatever was sent: the server lives, is clean, and ends as it should."""
        if getattr(self, "server", None) is None:
            return
        until(lambda: not self.metric("staunch_held_bytes") and not self.metric("staunch_queue_length"))
        reply = self.post("/v1/scan", {"a": token("after")})
        self.assertEqual((reply.status, reply.json["verdict"]), (200, "redact"))
        self.assertEqual(self.stop()[0], 0)

    def refused(self, data, status, code=None):
        """One answer, and then the connection is closed, so that what else was sent is no request."""
        talk = self.raw(data)
        reply = talk.reply()
        self.assertEqual(reply.status, status, (data[:200], reply.body))
        self.assertEqual(reply.headers["connection"], "close")
        if code:
            self.assertEqual(reply.json["error"]["code"], code)
        self.assertTrue(talk.ended(), (data[:200], talk.buffer))


class Framing(Hostile):
    """What two readers of one request could understand differently is understood by nobody."""

    def test_smuggling(self):
        self.serve()
        tail = b"\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for headers, status in (
                (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400),
                (b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400),
                (b"Content-Length: 5\r\nContent-Length: 6\r\n", 400),
                (b"Content-Length: 5\r\nContent-Length: 5\r\n", 400),
                (b"Content-Length: 5, 6\r\n", 400),
                (b"Content-Length: 5, 5\r\n", 400),
                (b"Content-Length: -5\r\n", 400),
                (b"Content-Length: +5\r\n", 400),
                (b"Content-Length: 0x5\r\n", 400),
                (b"Content-Length: 5 5\r\n", 400),
                (b"Content-Length:\r\n", 400),
                (b"Content-Length: 99999999999999999999999\r\n", 400),
                (b"Content-Length : 5\r\n", 400),
                (b" Content-Length: 5\r\n", 400),
                (b"X: a\r\n Content-Length: 5\r\n", 400),
                (b"X: a\r\n\tb\r\n", 400),
                (b"X: a\nContent-Length: 5\r\n", 400),
                (b"X: a\rContent-Length: 5\r\n", 400),
                (b"X: a\0b\r\n", 400),
                (b"X: a\x01b\r\n", 400),
                (b"X\x7f: a\r\n", 400),
                (b": a\r\n", 400),
                (b"no colon\r\n", 400),
                (b"Transfer-Encoding: chunked, chunked\r\n", 501),
                (b"Transfer-Encoding: xchunked\r\n", 501),
                (b"Transfer-Encoding: gzip, chunked\r\n", 501),
                (b"Transfer-Encoding: identity\r\n", 501),
                (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400),
                (b"Transfer-Encoding:\x0bchunked\r\n", 400),
                (b"Host: localhost\r\n", 400),
                (b"Content-Type: a/b\r\nContent-Type: c/d\r\n", 400),
                (b"Expect: something\r\nContent-Length: 5\r\n", 417)):
            with self.subTest(headers):
                talk = self.raw(HEAD + headers + tail)
                reply = talk.reply()
                self.assertEqual(reply.status, status, headers)
                self.assertEqual(reply.headers["connection"], "close")
                self.assertTrue(talk.ended(), talk.buffer)

    def test_bad_lines(self):
        self.serve()
        for data, status in ((b"GET /healthz HTTP/1.1\nHost: localhost\n\n", 400),
                             (b"GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
                             (b"GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
                             (b"GET /healthz HTTP/0.9\r\nHost: localhost\r\n\r\n", 505),
                             (b"GET /healthz\r\n\r\n", 400),
                             (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
                             (b"G\xffT /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
                             (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)):
            with self.subTest(data):
                self.refused(data, status)

    def test_pipelined(self):
        """A hundred at once are answered in order; a large one among them goes by another thread and keeps its place."""
        self.serve()
        secret, parts = token("pipe"), []
        for i in range(100):
            body = json.dumps({"n": i, "pad": "x" * (200_000 if i % 25 == 7 else 10), "s": secret}).encode()
            parts.append(b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        talk = self.talk()
        data = b"".join(parts)
        for at in range(0, len(data), 7777):
            talk.send(data[at:at + 7777])
        for i in range(100):
            reply = talk.reply()
            self.assertEqual((reply.status, reply.json["n"], reply.json["s"]), (200, i, "[REDACTED:github-pat]"))
        # Behind a request that closes the connection there is nothing.
        talk = self.raw(GET + b"Connection: close\r\n\r\n" + GET + b"\r\n")
        self.assertEqual(talk.reply().status, 200)
        self.assertTrue(talk.ended())

    def test_byte_by_byte(self):
        self.serve()
        body = json.dumps({"a": token("slow")}).encode()
        chunked = b"".join(b"%x;ext=1\r\n%c\r\n" % (1, c) for c in body) + b"0\r\nTrailer: x\r\n\r\n"
        for data in (HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked):
            talk = self.talk()
            for i in range(len(data)):
                talk.send(data[i:i + 1])
            self.assertEqual(talk.reply().json["verdict"], "redact")
        talk = self.talk()
        for c in HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n":
            talk.send(bytes([c]))
        self.assertEqual(talk.reply().json["verdict"], "allow")

    def test_bad_chunks(self):
        self.serve()
        for chunks in (b"x\r\n", b"-1\r\n", b"1\r\nab\r\n0\r\n\r\n", b"1\nab\r\n", b"fffffffffffffffff\r\n", b"5 5\r\nabcde\r\n", b"1;" + b"x" * 20_000,
                       b"\r\n\r\n"):
            with self.subTest(chunks[:20]):
                self.refused(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, 400)

    def test_body_shorter_or_longer_than_said(self):
        self.serve("--body-seconds", "3")
        secret = token("short").encode()
        # Shorter: the client ends, or waits for ever. Nobody gets an answer about half a body.
        talk = self.raw(HEAD + b"Content-Length: 100\r\n\r\n" + secret)
        self.assertEqual(talk.reply().status, 408)
        self.assertTrue(talk.ended())
        import socket
        talk = self.raw(HEAD + b"Content-Length: 100\r\n\r\n" + secret)
        talk.socket.shutdown(socket.SHUT_WR)
        self.assertTrue(talk.ended())
        # Longer: the rest is a request of its own, and a bad one.
        talk = self.raw(HEAD + b"Content-Length: 3\r\n\r\nabc" + secret + b"\r\n\r\n")
        self.assertEqual(talk.reply().json["verdict"], "allow")
        self.assertEqual(talk.reply().status, 400)
        self.assertTrue(talk.ended())


class Limits(Hostile):
    def test_slow_heads_and_bodies(self):
        """Those who send a byte now and then are cut off, and others are served meanwhile."""
        self.serve("--head-seconds", "3", "--body-seconds", "4")
        slow = [self.talk() for _ in range(50)]
        for i, talk in enumerate(slow):
            talk.send(HEAD if i % 2 else HEAD + b"Content-Length: 100000\r\n\r\n")

        def all_cut_off():
            for talk in slow:
                talk.send(b"x")
            self.assertEqual(self.ask("GET", "/healthz").status, 200)
            time.sleep(0.2)
            return self.metric("staunch_connections") <= 1
        until(all_cut_off)
        for talk in slow:
            while talk.fill():
                pass
            self.assertTrue(not talk.buffer or talk.buffer.startswith(b"HTTP/1.1 408 "), talk.buffer)

    def test_idle_connections_are_closed(self):
        self.serve("--idle-seconds", "3")
        fresh, used = self.talk(), self.talk()
        used.send(GET + b"\r\n")
        self.assertEqual(used.reply().status, 200)
        self.assertTrue(used.ended())
        self.assertTrue(fresh.ended())

    def test_large_heads(self):
        self.serve()
        self.refused(GET + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n", 431, "head_too_large")
        self.refused(GET + b"".join(b"X%d: a\r\n" % i for i in range(100_000)) + b"\r\n", 431)
        self.refused(b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n\r\n", 431)
        self.refused(b"x" * 1_000_000, 431)
        fits = self.raw(GET + b"X: " + b"a" * 15_000 + b"\r\n\r\n")
        self.assertEqual(fits.reply().status, 200)

    def test_large_bodies(self):
        """Refused when they are said, or, where they are not, when they have come."""
        self.serve("--max-body-megabytes", "1")
        self.refused(HEAD + b"Content-Length: 4294967296\r\n\r\n" + b"x" * 100_000, 413, "too_large")
        self.refused(HEAD + b"Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", 413)
        talk = self.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(30):
            talk.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        self.assertEqual(talk.reply().json["error"]["code"], "too_large")
        self.assertTrue(talk.ended())
        talk = self.raw(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        self.assertEqual(talk.reply().status, 100)
        talk.send(b"hello")
        self.assertEqual(talk.reply().status, 200)

    def test_all_bodies_together(self):
        """What is promised by many is not believed beyond the limit: 503, and later again."""
        self.serve("--max-held-megabytes", "4", "--max-body-megabytes", "1")
        # The answers of /metrics count too while they are sent: below the limit there is room for them.
        held = [self.raw(HEAD + b"Content-Length: 1000000\r\n\r\nx") for _ in range(4)]
        until(lambda: self.metric("staunch_held_bytes") >= 4_000_000)
        talk = self.raw(HEAD + b"Content-Length: 500000\r\n\r\nx")
        reply = talk.reply()
        self.assertEqual((reply.status, reply.headers["retry-after"], reply.json["error"]["code"]), (503, "1", "full"))
        for each in held:
            each.close()
        until(lambda: not self.metric("staunch_held_bytes"))
        self.assertEqual(self.raw(HEAD + b"Content-Length: 1\r\n\r\nx").reply().status, 200)

    def test_answers_that_nobody_reads(self):
        """They count as held, so that others are refused before memory runs out, and end with those who do not read."""
        self.serve("--max-held-megabytes", "16")
        body = json.dumps({"pad": "x" * 7_500_000}).encode()
        talks = [self.talk(small=True) for _ in range(6)]
        for talk in talks:
            talk.send(b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        until(lambda: sum(self.metric(f'staunch_requests_total{{route="/v1/redact",status="{status}"}}')
                               for status in (200, 503)) == 6)
        self.assertGreater(self.metric("staunch_held_bytes"), 0)
        self.assertLess(self.metric("staunch_held_bytes"), 40 << 20)
        for talk in talks:
            talk.close()

    def test_many_connections(self):
        self.serve("--max-connections", "20")
        held = [self.talk() for _ in range(19)]
        for each in held:
            each.send(GET + b"\r\n")
            self.assertEqual(each.reply().status, 200)
        last = self.talk()
        last.send(GET + b"\r\n")
        self.assertEqual(last.reply().status, 200)
        reply = self.talk().reply()
        self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "1"))
        for each in held:
            each.close()
        until(lambda: self.metric("staunch_connections") <= 3)  # that of the question, and of the one before it

    def test_queue(self):
        """With room for one large body, of many at once some wait and some are refused, and none is lost."""
        self.serve("--max-queue", "1")
        body = json.dumps({"pad": ["some words of no meaning\n"] * 100_000, "s": token("queue")}).encode()
        talks = [self.talk() for _ in range(12)]
        for talk in talks:
            talk.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:-1])
        for talk in talks:
            talk.send(body[-1:])
        replies = [talk.reply() for talk in talks]
        self.assertEqual({r.status for r in replies} - {200, 503}, set())
        self.assertIn(200, {r.status for r in replies})
        for reply in replies:
            if reply.status == 200:
                self.assertEqual(reply.json["verdict"], "redact")
            else:
                self.assertEqual(reply.headers["retry-after"], "1")

    def test_bombs(self):
        self.serve()
        for _ in range(3):
            reply = self.post("/v1/scan", gzip.compress(b"\0" * 100_000_000), Content_Encoding="gzip")
            self.assertEqual((reply.status, reply.json["error"]["code"]), (413, "too_large"))
        twice = gzip.compress(gzip.compress(b"\0" * 100_000_000))
        self.assertEqual(self.post("/v1/scan", twice, Content_Encoding="gzip, gzip").status, 413)
        with open(f"/proc/{self.server.pid}/status") as file:
            kilobytes = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
        if not self.sanitized:
            self.assertLess(kilobytes, 300_000)


class Contents(Hostile):
    def test_odd_bodies(self):
        """Each is scanned, whatever it is: the secret in it is found, and nothing else happens."""
        self.serve()
        secret = token("odd")
        for body, notes in ((b'{"a":"\xff\xfe ' + secret.encode() + b'"}', 1), (b'{"a":"x\0' + secret.encode() + b'"}', 1),
                            (b'["\\ud800 ' + secret.encode() + b' \\udfff"]', 0), (b'["\\u0000' + secret.encode() + b'"]', 0),
                            (b"[" * 200_000 + b'"' + secret.encode() + b'"' + b"]" * 200_000, 1),
                            (b'{"a":' * 100_000 + b'"' + secret.encode() + b'"' + b"}" * 100_000, 1),
                            (b'{"a":"' + b"\\u0041" * 100_000 + b" " + secret.encode() + b'"}', 0),
                            (b'"' + secret.encode() + b'"', 0), (secret.encode(), 1), (b"\0" * 1000 + secret.encode(), 1),
                            (b'{"a":1,"a":"' + secret.encode() + b'","a":2}', 0),
                            (json.dumps({"a": secret}).encode("utf-16"), 1)):
            with self.subTest(body[:30]):
                reply = self.post("/v1/scan", body)
                self.assertEqual(reply.status, 200)
                self.assertEqual(([o["rule"] for o in reply.json["occurrences"]], len(reply.json["notes"])), (["github-pat"], notes))
                self.assertNotIn(secret.encode(), self.post("/v1/redact", body).body)

    def test_clients_that_leave(self):
        """In the middle of a head, a body, an answer."""
        self.serve()
        body = json.dumps({"pad": "x" * 500_000}).encode()
        whole = b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        for at in (1, 10, 60, 1000, 300_000, len(whole) - 1, len(whole)):
            for _ in range(5):
                talk = self.raw(whole[:at])
                talk.close()
        # One that asks and asks, and never reads.
        talk = self.talk()
        talk.socket.settimeout(1)
        try:
            for _ in range(200):
                talk.socket.sendall(whole)
        except OSError:
            pass
        talk.close()
        self.assertEqual(self.ask("GET", "/healthz").status, 200)
        until(lambda: self.metric("staunch_connections") <= 1)


if __name__ == "__main__":
    main()
