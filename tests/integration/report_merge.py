#!/usr/bin/env python3
"""Reports of several scanners as one: report_merge.py PROGRAM SCHEMAS

The same secrets as jsonl of ours, and as gitleaks, trufflehog and SARIF write them; merged, each secret is one finding
and each place is told once, in every format, each valid by its schema (frontends/validate_reports.py), and none of
them holds a secret that was not asked for. What is no report is refused with its place.
"""
import base64
import html
import itertools
import json
import pathlib
import random
import string
import subprocess
import sys
import tempfile

program, schemas = map(lambda word: pathlib.Path(word).resolve(), sys.argv[1:3])
validate = pathlib.Path(__file__).resolve().parent.parent / "frontends/validate_reports.py"
folder = tempfile.TemporaryDirectory(prefix="staunch-merge-")
root = pathlib.Path(folder.name)
FORMATS = {"text": 0, "jsonl": 0, "json": 0, "sarif": 0, "junit": 0, "csv": 0, "gitlab": 0, "html": 0, "markdown": 0}

random_ = random.Random(7)
SECRETS = {name: name + "_" + "".join(random_.choices(string.ascii_letters + string.digits, k=24)) for name in
           ("mark", "mork", "hog", "sar", "word")}
RULES = """
[[rules]]
id = "mark"
description = "A mark"
regex = '''(m[ao]rk_[0-9A-Za-z]{24})'''
keywords = ["mark_", "mork_"]
"""
COMMIT = "c0ffee" + "0" * 34


def staunch(*words, expect=None):
    result = subprocess.run([program, *map(str, words)], cwd=root, capture_output=True, stdin=subprocess.DEVNULL)
    assert expect is None or result.returncode == expect, (words, result.returncode, result.stderr)
    return result


def gitleaks(name, path, line, commit="", secret=None, **more):
    secret = secret or SECRETS[name]
    return {"RuleID": "mark" if name in ("mark", "mork") else "other-rule", "Description": "A rule", "StartLine": line,
            "EndLine": line, "StartColumn": 6, "EndColumn": 34, "Match": "k = " + secret, "Secret": secret,
            "File": path,
            "SymlinkFile": "", "Commit": commit, "Entropy": 4.2, "Author": "A" if commit else "", "Email": "",
            "Date": "2024-01-02T03:04:05Z" if commit else "", "Message": f"see {SECRETS['hog']}" if commit else "",
            "Tags": ["decoded:base64"], "Fingerprint": f"{path}:x:{line}", **more}


def trufflehog(name, path, line, verified=False, **more):
    return {"SourceMetadata": {"Data": {"Git": {"commit": COMMIT, "file": path, "email": "B C <b@example.org>",
            "repository": "https://example.org/r", "timestamp": "2022-06-16 10:17:40 -0700 PDT", "line": line}}},
            "SourceID": 1, "SourceType": 16, "SourceName": "trufflehog - git", "DetectorType": 17,
            "DetectorName": "Mark",
            "DecoderName": "PLAIN", "Verified": verified, "Raw": SECRETS[name], "RawV2": "",
            "Redacted": SECRETS[name][:20],
            "ExtraData": None, "StructuredData": None, **more}


def sarif(name, results, **run):
    return {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [{"tool": {"driver": {
        "name": name, "semanticVersion": "v8.0.0", "rules": [{"id": "r1", "shortDescription": {"text": "A rule of it"},
        "properties": {"security-severity": "9.1"}}]}}, "results": results, **run}]}


def result(name, uri, line, **more):
    return {"ruleId": "r1", "ruleIndex": 0, "message": {"text": f"found {SECRETS[name]} there"}, "locations": [
        {"physicalLocation": {"artifactLocation": {"uri": uri},
                              "region": {"startLine": line, "startColumn": 2, "endLine": line,
                              "endColumn": 9, "snippet": {"text": SECRETS[name]}}}}], **more}


def write(name, value):
    (root / name).write_text(value if isinstance(value, str) else json.dumps(value, indent=1))
    return name


def findings(*files, options=()):
    done = staunch("report", "-c", "rules.toml", *files, "-f", "jsonl", *options)
    assert done.returncode in (0, 1, 3), (files, done.stderr)
    lines = done.stdout.decode().splitlines()
    lines = [json.loads(line) for line in lines]
    return ({line["fingerprint"]: line for line in lines if line["type"] == "finding"},
            [line for line in lines if line["type"] == "occurrence"], lines[-1], lines[0])


def make_inputs():
    write("rules.toml", RULES)
    (root / "t").mkdir()
    write("t/a.txt", f"k = {SECRETS['mark']}\nk = {SECRETS['mork']}\n")
    write("t/b.txt", f"\n\n{SECRETS['mark']} {SECRETS['mark']}\n")
    staunch("dir", "-c", "rules.toml", "t", "-f", "jsonl", "-r", "ours.jsonl", expect=1)
    staunch("dir", "-c", "rules.toml", "t", "-f", "jsonl", "-r", "shown.jsonl", "--show-secrets", expect=1)
    staunch("dir", "-c", "rules.toml", "t", "-f", "sarif", "-r", "ours.sarif", expect=1)
    staunch("dir", "-c", "rules.toml", "t", "-f", "json", "-r", "ours.json", expect=1)
    staunch("dir", "-c", "rules.toml", "t", "-f", "json", "-r", "ours-shown.json", "--show-secrets", expect=1)
    write("gitleaks.json", [gitleaks("mark", "t/a.txt", 1), gitleaks("word", "u.txt", 4, COMMIT),
                            gitleaks("mork", f"names/{SECRETS['hog']}.txt", 1)])
    write("redacted.json", [gitleaks("mark", "t/a.txt", 1, secret="REDACTED"),
                            gitleaks("mork", "elsewhere", 7, secret="REDACTED"),
                            gitleaks("word", "u.txt", 4, COMMIT, secret=SECRETS["word"][:9] + "...")])
    log = json.dumps({"level": "info-0", "ts": "2026", "logger": "trufflehog", "msg": "running source"})
    hog = [trufflehog("hog", "src/x.py", 3, True), trufflehog("mark", "t/b.txt", 3), trufflehog("mark", "t/b.txt", 3)]
    write("hog.json", "\n".join([json.dumps(hog[0]), log, json.dumps(hog[1]), json.dumps(hog[2])]))
    write("leaks.sarif", sarif("gitleaks", [result("sar", "a%20b/%C3%A9.txt", 5), result("mark", "t/a.txt", 1)]))
    write("semgrep.sarif", sarif("semgrep", [result("sar", "file:///abs/x", 5), result("mork", "t/a.txt", 2),
                                             result("mork", "t/q.txt", 2, suppressions=[{"kind": "inSource"}]),
                                             result("mork", "t/q.txt", 2, kind="pass")],
                                 invocations=[{"executionSuccessful": False}]))


def merged_once():
    ours, places, _, _ = findings("ours.jsonl")
    assert len(ours) == 2 and len(places) == 4
    # Each other spelling of the same scan adds nothing, in either order.
    for other in ("shown.jsonl", "ours.sarif", "ours.json", "ours-shown.json", "ours.jsonl"):
        for files in (("ours.jsonl", other), (other, "ours.jsonl")):
            merged, also, summary, _ = findings(*files)
            assert merged.keys() == ours.keys(), files
            lines = [(each["fingerprint"], each["path"], each["line"]) for each in also]
            assert set(lines) == {(each["fingerprint"], each["path"], each["line"]) for each in places}, files
            assert summary["findings"] == 2 and summary["complete"]
    # SARIF of ours alone has the same findings too.
    assert findings("ours.sarif")[0].keys() == ours.keys()
    assert findings("ours-shown.json")[0].keys() == ours.keys()

    all_, places, summary, start = findings("ours.jsonl", "gitleaks.json", "hog.json", "leaks.sarif")
    assert len(all_) == 5, all_
    by_path = {}
    for place in places:
        by_path.setdefault((place["path"], place.get("line")), []).append(place)
    assert len(by_path["t/a.txt", 1]) == 1 and "reported by gitleaks" in by_path["t/a.txt", 1][0]["reasons"]
    hog = by_path["src/x.py", 3][0]
    assert (hog["confidence"], hog["author"], hog["email"]) == ("high", "B C", "b@example.org")
    assert hog["commit_date"] == "2022-06-16T10:17:40-07:00"
    assert by_path["a b/é.txt", 5][0]["severity"] == "critical"
    assert "t/b.txt" in {place["path"] for place in places if place.get("commit") == COMMIT}
    assert len(summary["partial"]) == 2 and summary["complete"] and start["command"] == "report"
    assert staunch("report", "gitleaks.json", "--strict", "--exit-code", "0").returncode == 3

    # Order of the files changes no finding and no place.
    wanted = {(place["fingerprint"], place["path"], place.get("line"), place.get("commit")) for place in places}
    for files in itertools.permutations(("ours.jsonl", "gitleaks.json", "hog.json", "leaks.sarif")):
        _, now, _, _ = findings(*files)
        assert {(place["fingerprint"], place["path"], place.get("line"), place.get("commit"))
                for place in now} == wanted, files


def redacted_by_place():
    ours = findings("ours.jsonl", "gitleaks.json")[0]
    merged, places, _, _ = findings("ours.jsonl", "gitleaks.json", "redacted.json")
    assert set(merged) - set(ours) == {place["fingerprint"] for place in places if place["path"] == "elsewhere"}
    assert len(merged) == len(ours) + 1


def suppressed_and_unread():
    merged, places, summary, _ = findings("semgrep.sarif", "ours.jsonl")
    assert {place["path"] for place in places} == {"/abs/x", "t/a.txt", "t/b.txt"}
    assert summary["suppressed"]["ignore_file"] == 2 and not summary["complete"]
    assert staunch("report", "semgrep.sarif", "--exit-code", "0").returncode == 3


def codings(secret):
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")[:-1]
    yield secret[:20]  # what trufflehog shows as redacted
    yield secret[9:]


def no_secret_comes_out():
    files = ["shown.jsonl", "gitleaks.json", "redacted.json", "hog.json", "leaks.sarif", "semgrep.sarif"]
    outputs = root / "outputs"
    outputs.mkdir()
    for format_ in FORMATS:
        for order, some in (("all", files), ("back", files[::-1]), ("one", ["gitleaks.json"]),
                            ("two", ["leaks.sarif"])):
            done = staunch("report", "-c", "rules.toml", *some, "-f", format_, "-r", outputs / f"{order}.{format_}",
                           expect=1)
            text = (outputs / f"{order}.{format_}").read_text() + done.stderr.decode()
            for name, secret in SECRETS.items():
                if order == "one" and name == "hog":
                    continue  # it stands in a path and a message there, and nothing tells that it is one
                for coding in codings(secret):
                    assert coding not in text, (format_, order, coding)
        asked = staunch("report", "-c", "rules.toml", *files, "-f", format_, "--show-secrets").stdout.decode()
        if format_ not in ("sarif", "text"):  # these never show one
            assert SECRETS["hog"] in html.unescape(asked), format_
    subprocess.run([sys.executable, validate, schemas, outputs], check=True)


def refused():
    half = json.dumps([gitleaks("mark", "a", 1)], indent=1)[:-30]
    wrong = {
        "": "nothing in it", "hello\n": "is.txt:1: this is no report", "{}": "it has no runs",
        "[1]": "is.txt: entry 1: this has no RuleID",
        "[{}]": "entry 1", "{\"a\": 1}": "it has no runs", half: "not valid JSON",
        "[\n{\"RuleID\": }]": "is.txt:2:12: not valid JSON", "[" * 1000: "nested",
        json.dumps([gitleaks("mark", 7, 1)]): 'entry 1: "File" should be text',
        json.dumps(gitleaks("mark", "a", 1)): "it has no runs",
        json.dumps(trufflehog("hog", "a", -1)): 'is.txt:1: "line" should be a whole number',
        json.dumps(trufflehog("hog", "a", 1)) + "\nno\n": "is.txt:2: not a JSON object",
        json.dumps(sarif("x", [{"ruleId": 3}])): 'result 1: "ruleId" should be text',
        json.dumps({"runs": 3}): '"runs" should be a list', json.dumps({"runs": [3]}): 'there is no "tool"',
        "<?xml version='1.0'?>": "this is no report", "\x7fELF\0\0": "this is no report",
    }
    for text, words in wrong.items():
        write("is.txt", text)
        for files in (["is.txt"], ["ours.jsonl", "is.txt"]):
            write("out.json", "as it was")
            done = staunch("report", *files, "-f", "json", "-r", "out.json", expect=2)
            assert words in done.stderr.decode(), (text[:80], done.stderr)
            assert "is.txt" in done.stderr.decode() and (root / "out.json").read_text() == "as it was"
            assert not any(secret in done.stderr.decode() for secret in SECRETS.values())
    for words in (["-", "-"], ["t"], ["gone.json"]):
        staunch("report", *words, expect=2)


def how_much_was_read_is_not_made_up():
    """Of others' reports nobody knows it."""
    told = staunch("report", "gitleaks.json", expect=1).stdout.decode().splitlines()[-1]
    assert told == "3 findings in 3 places; not everything was read (1 read in part)", told


def standard_input():
    for name in ("gitleaks.json", "hog.json", "leaks.sarif", "ours.jsonl"):
        with subprocess.Popen(["cat", name], cwd=root, stdout=subprocess.PIPE) as cat:
            piped = subprocess.run([program, "report", "-", "-f", "csv"], cwd=root, stdin=cat.stdout,
                                   capture_output=True)
        assert piped.returncode == 1 and piped.stdout == staunch("report", name, "-f", "csv").stdout, name


def main():
    make_inputs()
    for step in (merged_once, redacted_by_place, suppressed_and_unread, no_secret_comes_out, refused,
                 how_much_was_read_is_not_made_up, standard_input):
        step()
        print("ok", step.__name__.replace("_", " "), flush=True)


main()
