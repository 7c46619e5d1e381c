#!/usr/bin/env python3
"""Secret scanners side by side: whole processes over the same input, in turns, with what each of them found.

    bench/versus.py dir TREE          bench/versus.py git REPOSITORY          [--rounds N] [--bin FOLDER ...]

Whatever is installed of the list below is timed (on PATH, or in the folders that --bin names), each as its makers say it
is run over such input, with every check over the network off and two threads where it lets itself be told. ripgrep with
one expression and `git cat-file` are floors, no scanners. Rounds alternate; the table has medians, the ratio to staunch
round by round, the peak memory of the largest process, and how many findings the tool's own report has: numbers that
do not compare, since each counts another way, but that tell whether it looked at all. A tool that fails is named with
its exit code, not timed as if it had worked.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import sys
import tempfile

from timing import timed

HERE = os.path.dirname(os.path.realpath(__file__))


def lines(path):
    with open(path, errors="replace") as file:
        return sum(1 for line in file if line.strip())


def json_items(path):
    with open(path, errors="replace") as file:
        text = file.read()
    return len(json.loads(text)) if text.strip() else 0


def sarif(path):
    with open(path) as file:
        return sum(len(run.get("results", [])) for run in json.load(file)["runs"])


def staunch_findings(path):
    with open(path) as file:
        return json.loads(file.readlines()[-1])["findings"]


def baseline(path):
    with open(path) as file:
        return sum(len(found) for found in json.load(file)["results"].values())


# Of each scanner: the program; its arguments over a tree and over a history (None: it has none), in which {in} is the
# input and {out} the report; exit codes that say that it worked; how its findings are counted.
SCANNERS = {
    "staunch": ("staunch", ["dir", "{in}", "--no-progress", "-f", "jsonl", "-r", "{out}"],
                ["git", "{in}", "--no-progress", "-f", "jsonl", "-r", "{out}"], {0, 1}, staunch_findings),
    "gitleaks": ("gitleaks", ["dir", "{in}", "--no-banner", "-f", "json", "-r", "{out}"],
                 ["git", "{in}", "--no-banner", "-f", "json", "-r", "{out}"], {0, 1}, json_items),
    "betterleaks": ("betterleaks", ["dir", "{in}", "--no-banner", "-f", "json", "-r", "{out}"],
                    ["git", "{in}", "--no-banner", "--git-workers", "2", "-f", "json", "-r", "{out}"], {0, 1}, json_items),
    "trufflehog": ("trufflehog", ["filesystem", "{in}", "--no-verification", "--no-update", "--json", "--concurrency=2"],
                   ["git", "file://{in}", "--no-verification", "--no-update", "--json", "--concurrency=2"], {0, 183},
                   lines),
    "kingfisher": ("kingfisher", ["scan", "{in}", "--no-validate", "--git-history", "none", "--jobs", "2", "--format",
                                  "jsonl", "-o", "{out}"],
                   ["scan", "{in}", "--no-validate", "--git-history", "full", "--jobs", "2", "--format", "jsonl", "-o",
                    "{out}"], {0, 200, 205}, lines),
    "kingfisher turbo": ("kingfisher", ["scan", "{in}", "--turbo", "--no-validate", "--git-history", "none", "--jobs", "2",
                                        "--format", "jsonl", "-o", "{out}"],
                         ["scan", "{in}", "--turbo", "--no-validate", "--git-history", "full", "--jobs", "2", "--format",
                          "jsonl", "-o", "{out}"], {0, 200, 205}, lines),
    "noseyparker": ("noseyparker", ["scan", "--datastore", "{out}.np", "{in}"],
                    ["scan", "--datastore", "{out}.np", "--git-history", "full", "{in}"], {0}, None),
    "titus": ("titus", ["scan", "{in}", "--format", "sarif", "--output", "{out}"],
              ["scan", "--git", "{in}", "--format", "sarif", "--output", "{out}"], {0, 1}, sarif),
    "detect-secrets": ("detect-secrets", ["-C", "{in}", "scan", "--all-files", "--no-verify"], None, {0}, baseline),
    "ripgrep, one expression": ("rg", ["-uuu", "-a", "-c", "AKIA[0-9A-Z]{{16}}", "{in}"], None, {0, 1}, None),
    "git cat-file": ("git", None, ["-C", "{in}", "cat-file", "--batch-all-objects", "--unordered", "--batch"], {0}, None),
}


def find(program, folders):
    for folder in folders:
        path = os.path.join(folder, program)
        if os.access(path, os.X_OK):
            return path
    return shutil.which(program)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["dir", "git"])
    parser.add_argument("input")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bin", action="append", default=[], metavar="FOLDER")
    options = parser.parse_args()
    folders = options.bin + [os.path.join(HERE, "..", "build", "release")]
    target, temporary = os.path.abspath(options.input), tempfile.mkdtemp(prefix="staunch-versus-")
    runs = []
    for name, (program, over_tree, over_history, worked, count) in SCANNERS.items():
        arguments = over_tree if options.kind == "dir" else over_history
        path = find(program, folders)
        if arguments is None or path is None:
            continue
        report = os.path.join(temporary, name.replace(" ", "-"))
        to_file = any("{out}" in argument for argument in arguments)
        command = [path] + [argument.format(**{"in": target, "out": report}) for argument in arguments]
        runs.append([name, command, None if to_file or count is None else report, worked, count, report, [], 0])
    try:
        for round_number in range(options.rounds + 1):  # the first warms the cache
            for run in runs:
                name, command, out, worked, _, report, taken, _ = run
                if taken is None:
                    continue
                shutil.rmtree(report + ".np", ignore_errors=True)
                ran = timed(command, out=out or os.devnull)
                if ran.status not in worked:
                    print(f"{name}: ended with {ran.status}", file=sys.stderr)
                    run[6] = None
                elif round_number > 0:
                    taken.append(ran.seconds)
                    run[7] = max(run[7], ran.peak)
        ours = next(run for run in runs if run[0] == "staunch")[6]
        if not ours:
            sys.exit("staunch itself did not work")
        print(f"{'':26} {'median s':>9} {'of staunch':>11} {'memory MB':>10} {'findings':>9}")
        for name, _, _, _, count, report, taken, memory in sorted((r for r in runs if r[6]), key=lambda r: r[6]):
            ratio = statistics.median(a / b for a, b in zip(taken, ours))
            found = count(report) if count and os.path.exists(report) else "-"
            print(f"{name:26} {statistics.median(taken):9.2f} {ratio:10.2f}x {memory:10.0f} {found:>9}")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
