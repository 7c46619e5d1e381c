#!/usr/bin/env python3
"""Figures of the response: findings verified against a double on loopback, and a journal with many incidents.

    bench/respond.py STAUNCH [--findings 1000] [--incidents 1000000]

The double is Python, so what is measured first is an upper bound. The journal is filled by SQL, then asked through the
program, which starts anew for each question; the time of its start alone stands beside it.
"""
import argparse
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from outside import token  # noqa: E402
from provider_double import Doubles  # noqa: E402


def timed(words, cwd, ok=(0, 1, 3)):
    began = time.monotonic()
    done = subprocess.run(words, cwd=cwd, capture_output=True)
    seconds = time.monotonic() - began
    assert done.returncode in ok, done.stderr.decode()[-400:]
    return seconds, done


def verify(staunch, folder, count):
    (folder / "tls").mkdir()
    doubles = Doubles(folder / "tls")
    policy = doubles.policy(folder / "policy.toml", network="per_host = 64")
    tokens = [token(i) for i in range(count)]
    for each in tokens[::2]:
        doubles["github"].tokens[each] = {}
    (folder / "tree").mkdir()
    (folder / "tree" / "all.env").write_text("".join("T%d=%s\n" % each for each in enumerate(tokens)))
    subprocess.run([staunch, "dir", "tree", "-r", "report.jsonl"], cwd=folder, capture_output=True)
    seconds, done = timed([staunch, "verify", "report.jsonl", "--policy", policy], folder)
    assert doubles.breaches() == [] and len(doubles["github"].calls) == count + 1
    print("%d findings verified in %.2f s (%s)" % (count, seconds, done.stderr.decode().splitlines()[-1]))
    doubles.close()


def journal(staunch, folder, count):
    policy = folder / "books.toml"
    policy.write_text('journal = "%s"\n' % (folder / "journal"))
    policy.chmod(0o600)
    ask = lambda *words: timed([staunch, "incident", *words, "--policy", str(policy)], folder)  # noqa: E731
    ask("list")
    db = sqlite3.connect(folder / "journal" / "journal.sqlite")
    now = int(time.time())

    def rows():
        for i in range(count):
            fingerprint = "sf1:%032x" % i
            about = {"id": "i%07d" % i, "title": "one of many", "exposure": "internal", "opened": "2026-01-01T00:00:00Z",
                     "closed": "", "credentials": [{"fingerprint": fingerprint, "rule": "github-pat", "provider": "github",
                                                    "places": [], "place_count": 0, "verdict": {"state": "dead"}}]}
            yield "incident", about["id"], now - i, json.dumps(about)
            yield "incident-of", "github-pat " + fingerprint, now - i, json.dumps({"incident": about["id"]})
    db.executemany("INSERT INTO document(kind, id, at, json) VALUES(?, ?, ?, ?)", rows())
    db.commit()
    db.close()
    size = (folder / "journal" / "journal.sqlite").stat().st_size
    start = min(timed([staunch, "incident", "--help"], folder)[0] for _ in range(5))
    one = min(ask("report", "i%07d" % (count // 2))[0] for _ in range(5))
    note = min(ask("note", "i%07d" % (count // 3), "a note")[0] for _ in range(5))
    print("%d incidents, %d MB: the report of one in %.1f ms, a note added in %.1f ms (start of the program: %.1f ms)" %
          (count, size >> 20, one * 1000, note * 1000, start * 1000))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("staunch")
    parser.add_argument("--findings", type=int, default=1000)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    given = parser.parse_args()
    staunch = os.path.abspath(given.staunch)
    with tempfile.TemporaryDirectory() as folder:
        verify(staunch, pathlib.Path(folder), given.findings)
        journal(staunch, pathlib.Path(folder), given.incidents)


main()
