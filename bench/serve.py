#!/usr/bin/env python3
"""Figures of staunch serve beside a server that only echoes, in one run on one machine, with wrk (Debian: wrk).

    bench/serve.py BUILD_FOLDER [--seconds N] [--connections N]

Rounds of both alternate, so that what disturbs one disturbs the other; ratios are of the medians. Processor time is the
server's own, of user and system, for each request. Answers are checked first: bodies with secrets, with escapes, and
without, must be answered as they should be, or nothing is printed. Latency at a fixed rate is measured by paced_load, an open loop.
"""
import argparse
import json
import os
import random
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tests", "support"))
from outside import token  # noqa: E402

WORDS = ["the", "service", "returns", "an", "error", "when", "request", "body", "is", "larger", "than", "it", "may", "be",
         "please", "explain", "what", "this", "function", "does", "and", "how", "I", "can", "test", "config", "value"]


def chat(size, seed=1):
    """A conversation of about `size` bytes: sentences, code with newlines and quotes, a tool call."""
    chosen, messages = random.Random(seed), []
    while len(json.dumps({"model": "m", "messages": messages})) < size - 250:
        text = " ".join(chosen.choice(WORDS) for _ in range(40))
        if len(messages) % 3 == 1:
            text += '\n```python\ndef f(x):\n    return {"a": x / 2}\n```\n'
        messages.append({"role": "user" if len(messages) % 2 == 0 else "assistant", "content": text})
    messages.append({"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {
        "name": "read", "arguments": json.dumps({"path": "src/main.py", "lines": [1, 20]})}}]})
    body = json.dumps({"model": "m", "messages": messages})
    return body + " " * max(0, size - len(body))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def started(command, port):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return process
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                sys.exit(f"does not start: {command}")
            time.sleep(0.02)


def post(port, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def check(port):
    clean = json.loads(post(port, "/v1/scan", chat(4096)))
    assert clean["verdict"] == "allow" and clean["complete"], clean
    document = json.loads(chat(4096, 2))
    document["messages"][1]["content"] += "\n" + token("bench")
    found = json.loads(post(port, "/v1/scan", json.dumps(document)))
    assert [o["pointer"] for o in found["occurrences"]] == ["/messages/1/content"], found
    changed = json.loads(post(port, "/v1/redact", json.dumps(document)))
    document["messages"][1]["content"] = document["messages"][1]["content"].replace(token("bench"), "[REDACTED:github-pat]")
    assert changed == document


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(pid, url, script, seconds, connections):
    before = processor_seconds(pid)
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, url], check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
    return rate, (processor_seconds(pid) - before) / requests * 1e6


def kilobytes(pid, what):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(what))


def idle(pid, port, count):
    """Memory of so many connections that have each asked once and now wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 200)
    request = b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4096\r\n\r\n" + chat(4096).encode()[:4096]
    before, held = kilobytes(pid, "VmRSS"), []
    for _ in range(count):
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(request)
        assert s.recv(4096).startswith(b"HTTP/1.1 200"), "an idle connection was not answered"
        held.append(s)
    after = kilobytes(pid, "VmRSS")
    held[0].sendall(request)
    assert held[0].recv(4096).startswith(b"HTTP/1.1 200")
    for s in held:
        s.close()
    return count, before, after


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    ports = {"staunch": free_port(), "echo": free_port()}
    threads = os.cpu_count()
    servers = {
        "staunch": started([os.path.join(options.build, "staunch"), "serve", "--listen", f"127.0.0.1:{ports['staunch']}",
                            "-j", str(threads)], ports["staunch"]),
        "echo": started([os.path.join(options.build, "echo_server"), str(ports["echo"]), str(threads)], ports["echo"])}
    try:
        check(ports["staunch"])
        for size in (4096, 65536):
            with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
                body = chat(size)
                assert post(ports["echo"], "/", body) == body.encode()
                script.write('wrk.method="POST"\nwrk.headers["Content-Type"]="application/json"\nwrk.body=[====[%s]====]\n' % body)
                script.flush()
                rates = {name: [] for name in servers}
                costs = {name: [] for name in servers}
                for _ in range(options.rounds):
                    for name, server in servers.items():
                        rate, cost = wrk(server.pid, f"http://localhost:{ports[name]}/v1/scan", script.name, options.seconds,
                                         options.connections)
                        rates[name].append(rate)
                        costs[name].append(cost)
            middle = {name: statistics.median(values) for name, values in rates.items()}
            cost = {name: statistics.median(values) for name, values in costs.items()}
            print(f"{len(body)} bytes, {options.connections} connections: scan {middle['staunch']:.0f}/s, echo "
                  f"{middle['echo']:.0f}/s, ratio {middle['staunch'] / middle['echo']:.2f}; processor time a request "
                  f"{cost['staunch']:.1f} us and {cost['echo']:.1f} us, ratio {cost['echo'] / cost['staunch']:.2f}")
        for rate, size in ((10_000, 4096), (1_000, 65536)):
            out = subprocess.run([os.path.join(options.build, "paced_load"), str(ports["staunch"]), str(rate), str(size),
                                  str(options.seconds)], input=chat(size).encode()[:size], check=True, stdout=subprocess.PIPE)
            print(out.stdout.decode().strip())
            out = subprocess.run([os.path.join(options.build, "paced_load"), str(ports["echo"]), str(rate), str(size),
                                  str(options.seconds)], input=chat(size).encode()[:size], check=True, stdout=subprocess.PIPE)
            print("  echo:", out.stdout.decode().strip())
        count, before, after = idle(servers["staunch"].pid, ports["staunch"], 10_000)
        print(f"{count} idle connections: {after / 1024:.0f} MB resident ({before / 1024:.0f} MB before them)")
    finally:
        for server in servers.values():
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
