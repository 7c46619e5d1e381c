"""Runs staunch and reads what it reports."""
import dataclasses
import json
import subprocess
import sys

CONFIDENCES = ("low", "medium", "high")


@dataclasses.dataclass(frozen=True)
class Found:
    rule: str
    provider: str
    path: str       # as reported, without the scanned folder
    line: int
    offset: int
    length: int
    value: str
    confidence: str
    decoded: tuple
    fingerprint: str
    commit: str = ""


def run(staunch, command, *arguments, folder=".", threads=1, parts=False):
    """The occurrences of a scan, and its summary; with `parts` the other halves of pairs, too. A scan that fails ends the
    program."""
    line = [staunch, command, "-j", str(threads), "-f", "jsonl", "--show-secrets", "--no-progress", *arguments]
    process = subprocess.run(line, capture_output=True, cwd=folder, check=False)
    if process.returncode not in (0, 1, 3):
        why = process.stderr.decode(errors="replace")[-2000:]
        sys.exit(f"{' '.join(line)} ended with {process.returncode}:\n{why}")
    found, summary = [], {}
    for text in process.stdout.decode("utf-8", "surrogateescape").splitlines():
        row = json.loads(text)
        if row["type"] == "summary":
            summary = row
        elif row["type"] == "occurrence":
            found.append(Found(row["rule"], row.get("provider", ""), row.get("path", ""), row.get("line", 0),
                               row.get("offset", -1), row.get("length", 0),
                               row["secret"].get("value", ""), row["confidence"], tuple(row["decoded"]),
                               row["fingerprint"], row.get("commit", "")))
            found += [dataclasses.replace(found[-1], rule=part["rule"], line=part.get("line", 0),
                                          offset=part.get("offset", -1), length=part.get("length", 0),
                                          value=part["secret"].get("value", ""))
                      for part in (row.get("parts", ()) if parts else ())]
    return found, summary
