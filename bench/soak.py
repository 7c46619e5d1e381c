#!/usr/bin/env python3
"""staunch serve and staunch filter for minutes under good and hostile load: is memory flat, is anything lost, does
anything leak?

    bench/soak.py BUILD_FOLDER [--minutes N]

Good clients plant a secret in every third body and read each answer: the secret must be gone, everything else must be
there. Hostile ones send what is half a request, two requests in one, a head without end, a bomb, and leave. Beside them
a filter is fed lines, one in a hundred with a secret, and every line must come out, in order. At the end each secret has
its event, no secret stands in an event, a metric or on standard error, and memory is what it was after the first tenth.
Exits with 1 where one of these does not hold. Loopback only.
"""
import argparse
import gzip
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tests", "support"))
from outside import token  # noqa: E402

WORDS = "the service returns an error when request body is larger than it may be please explain".split()


class Tally:
    def __init__(self):
        self.lock, self.counts, self.wrong = threading.Lock(), {}, []

    def add(self, what, count=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + count

    def fail(self, what):
        with self.lock:
            self.wrong.append(what)


def good_client(port, seed, until, tally):
    chosen, connection = random.Random(seed), None
    while time.monotonic() < until:
        if connection is None or chosen.random() < 0.01:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        text = " ".join(chosen.choice(WORDS) for _ in range(chosen.randrange(20, 3000)))
        secret = token(f"{seed}-{chosen.random()}") if chosen.random() < 1 / 3 else ""
        body = json.dumps({"messages": [{"role": "user", "content": f"{text} {secret} {text}"}]}).encode()
        headers = {"Content-Type": "application/json"}
        if chosen.random() < 0.2:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        try:
            connection.request("POST", "/v1/redact", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            tally.fail(f"a good request got no answer: {problem!r}")
            connection = None
            continue
        if answer.status in (429, 503):
            tally.add("good, told to come again")
            continue
        tally.add("good")
        tally.add("secrets", secret != "")
        want = f"{text} {'[REDACTED:github-pat]' if secret else ''} {text}"
        if answer.status != 200 or json.loads(content)["messages"][0]["content"] != want:
            tally.fail(f"a good request got {answer.status} {content[:200]!r}")
        time.sleep(chosen.random() / 100)


def hostile_client(port, seed, until, tally):
    chosen = random.Random(seed)
    bomb = gzip.compress(b"a" * (64 << 20), 9)
    while time.monotonic() < until:
        head = b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        what = chosen.choice([
            head + b"Content-Length: 5000\r\n\r\n{\"half\":",
            head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}    ",
            head + b"X: " + b"x" * 300_000,
            head + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb) + bomb,
            head + b"Content-Length: 400000\r\n\r\n" + b"[" * 400_000,
            head + b"Content-Length: 8000\r\n\r\n" + chosen.randbytes(8000),
            b"\x16\x03\x01" + chosen.randbytes(200), b"GET http://example/ HTTP/1.1\r\nHost: example\r\n\r\n",
            (head + b"Content-Length: 2\r\n\r\n{}") * 20])
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as talk:
                talk.settimeout(chosen.choice([0.01, 0.5]))
                talk.sendall(what)
                while talk.recv(65536):
                    pass
        except OSError:
            pass
        tally.add("hostile")
        time.sleep(chosen.random() / 20)


def filter_feeder(process, until, sent, tally):
    chosen, number = random.Random(7), 0
    while time.monotonic() < until:
        lines = []
        for _ in range(200):
            secret = token(f"f{number}") if number % 100 == 0 else ""
            lines.append(f"line {number} took {chosen.randrange(900)} ms {secret} end\n")
            sent.append(lines[-1].replace(secret, "[REDACTED:github-pat]") if secret else lines[-1])
            number += 1
        process.stdin.write("".join(lines).encode())
        process.stdin.flush()
        time.sleep(0.01)
    process.stdin.close()
    tally.add("lines", number)


def filter_reader(process, sent, tally):
    for number, line in enumerate(process.stdout):
        if line.decode() != sent[number]:
            tally.fail(f"line {number} came out as {line[:100]!r}")
        sent[number] = None
    tally.add("lines that came out", number + 1)


def resident(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    folder, tally, sent = tempfile.mkdtemp(prefix="staunch-soak-"), Tally(), []
    program = os.path.join(options.build, "staunch")
    with open(f"{folder}/stderr", "wb") as stderr:
        server = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--port-file", f"{folder}/port",
                                   "--events", f"{folder}/events", "--events=required"], stderr=stderr)
        line_filter = subprocess.Popen([program, "filter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr)
    while not os.path.exists(f"{folder}/port") or not os.path.getsize(f"{folder}/port"):
        if server.poll() is not None:
            sys.exit(f"the server does not start: {open(f'{folder}/stderr').read()}")
        time.sleep(0.05)
    port = int(open(f"{folder}/port").read())
    began = time.monotonic()
    until = began + options.minutes * 60
    threads = [threading.Thread(target=good_client, args=(port, seed, until, tally)) for seed in range(3)]
    threads += [threading.Thread(target=hostile_client, args=(port, seed, until, tally)) for seed in range(2)]
    threads += [threading.Thread(target=filter_feeder, args=(line_filter, until, sent, tally)),
                threading.Thread(target=filter_reader, args=(line_filter, sent, tally))]
    for thread in threads:
        thread.start()
    memory = {"serve": [], "filter": []}
    pause = min(5, options.minutes * 3)
    while time.monotonic() < until - 2 * pause:
        time.sleep(pause)
        for name, process in (("serve", server), ("filter", line_filter)):
            memory[name].append(resident(process))
    for thread in threads:
        thread.join()
    metrics = http.client.HTTPConnection("127.0.0.1", port)
    metrics.request("GET", "/metrics")
    said = metrics.getresponse().read()
    server.send_signal(signal.SIGTERM)
    if server.wait(60) != 0 or line_filter.wait(60) != 0:
        tally.fail(f"they ended with {server.returncode} and {line_filter.returncode}")
    with open(f"{folder}/events", "rb") as file:
        events = file.read()
    with open(f"{folder}/stderr", "rb") as file:
        said += events + file.read()
    if events.count(b'"rule":"github-pat"') != tally.counts["secrets"]:
        tally.fail(f"{events.count(b'github-pat')} events for {tally.counts['secrets']} secrets")
    if b"ghp" + b"_" in said:
        tally.fail("a secret stands in events, metrics or on standard error")
    if tally.counts["lines"] != tally.counts["lines that came out"]:
        tally.fail("lines were lost")
    for what, count in sorted(tally.counts.items()):
        print(f"{what:26} {count:10}")
    for name, values in memory.items():
        early, late = values[: max(1, len(values) // 10)], values[-max(1, len(values) // 10):]
        print(f"memory of {name:16} {max(early):8.1f} MB after a tenth of the time, {max(late):.1f} at the end, "
              f"{max(values):.1f} at most")
        if max(late) > 1.2 * max(early) + 8:
            tally.fail(f"memory of {name} grows")
    for what in tally.wrong[:20]:
        print("WRONG:", what)
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
