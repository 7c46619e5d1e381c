"""Reports with made-up findings, as jsonl: lines(N) has N of them in a history of several years."""
import json
import random

RULES = [("github-pat", "critical", "ghp_…"), ("aws-secret-access-key", "critical", "…"),
         ("slack-bot-token", "high", "xoxb-…"),
         ("stripe-secret-key", "critical", "sk_live_…"), ("generic-password", "medium", "…"),
         ("private-key", "high", "…"),
         ("gitlab-pat", "critical", "glpat-…"), ("rules-of-our-own", "low", "own_…")]
FOLDERS = ["src/api", "src/web/client", "deploy/staging", "deploy/production", "tools", "docs/guides", "test/fixtures"]
FILES = ["config.yaml", ".env", "settings.py", "terraform.tfvars", "notes.md", "client.ts", "Makefile",
         "values.prod.yaml"]
PEOPLE = [("Ada Byron", "ada@example.org"), ("Grace Brewster", "grace@example.org"), ("Niklas Wirt", "nw@example.com")]
MESSAGES = ["Add staging configuration", "Quick fix for the release", "WIP", "Move settings to a file of their own",
            "Retry uploads when the bucket is slow to answer, and say so in the log"]


def start(command="git"):
    return {"type": "start", "schema": 1, "version": "0.1.0", "started": "2026-05-04T08:15:00Z", "catalogue": "c" * 32,
            "command": command, "scope": {"targets": ["."], "repositories": [
                {"repo": ".", "scope": "all", "refs": 12, "tips": [], "web": "https://github.com/example/shop"}]},
            "fingerprints": "public"}


def occurrence(number, rule, severity, redacted, **more):
    return {"type": "occurrence", "fingerprint": f"sf1:{number:032x}", "rule": rule, "description": "",
            "severity": severity,
            "confidence": "high", "secret": {"redacted": redacted}, "check": "none", "decoded": [], "derived": {},
            "reasons": [], "path": "", "line": 1, "column": 1, "end_line": 1, "end_column": 40, "offset": 0,
            "length": 40,
            **more}


def summary(occurrences, findings, **more):
    return {"type": "summary", "complete": not more.get("incomplete"), "findings": findings, "occurrences": occurrences,
            "bytes": 81_000_000, "items": 0, "commits": 20_300, "blobs": 26_200, "seconds": 1.9,
            "suppressed": {"inline_tags": 0, "ignore_file": 0, "baseline": 0, "confidence": 0, "dead_ignores": [],
                           "dead_baseline": []}, "skipped": [], "partial": [], "incomplete": [], **more}


def commit(random_, year):
    name, email = random_.choice(PEOPLE)
    date = f"{year}-{random_.randint(1, 12):02}-{random_.randint(1, 28):02}T10:20:30Z"
    return {"commit": f"{random_.getrandbits(160):040x}", "author": name, "email": email, "author_date": date,
            "commit_date": date, "message": random_.choice(MESSAGES), "blob": f"{random_.getrandbits(160):040x}",
            "versions": 1, "in_head": random_.random() < 0.3}


def lines(findings, seed=1, **notes):
    random_ = random.Random(seed)
    made = []
    for number in range(findings):
        rule, severity, redacted = random_.choice(RULES)
        year = random_.choice([2019, 2021, 2022, 2023, 2024, 2025])
        for _ in range(random_.choice([1, 1, 1, 2, 5])):
            line = random_.randint(1, 400)
            made.append(occurrence(number, rule, severity, redacted, line=line, end_line=line,
                                   path=f"{random_.choice(FOLDERS)}/{random_.choice(FILES)}",
                                   confidence=random_.choice(["high", "high", "medium"]),
                                   reasons=["its checksum is right"] if "pat" in rule else [],
                                   **commit(random_, year)))
    text = [start(), *made, summary(len(made), findings, **notes)]
    return "".join(json.dumps(line) + "\n" for line in text)
