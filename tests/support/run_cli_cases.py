#!/usr/bin/env python3
"""Runs the program on text cases: run_cli_cases.py PROGRAM CASES [--sanitized] [NAME...]

A case is a file of sections; adding a case is adding a file. Lines before the first section say what it proves.

    == file PATH        the lines that follow are written there
    == setup            shell, run silently before the first command; must succeed
    == unsanitized      why an instrumented program (--sanitized) is not asked this: the case is passed over there
    == run              shell; "staunch" is the program; the sections up to the next run are about this one
    == exit N           default 0
    == stdout           exactly this output
    == stdout has       each line stands somewhere in the output
    == stdout lacks     no line stands anywhere in it
    == stderr, == stderr has, == stderr lacks

Commands run in an empty folder that is also HOME. Before comparison the folder's path becomes TMP, times become T.
Output is compared as text in which bytes that are not UTF-8 are spelt \\xNN.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TIME_LIMIT = 600


def sections(text):
    """Pairs of a head (without '== ') and its body."""
    parts = re.split(r"^== (.*)\n", text, flags=re.M)
    return list(zip((head.strip() for head in parts[1::2]), parts[2::2]))


def steps(case):
    files, setup, runs = [], "", []
    for head, body in case:
        if head.startswith("file "):
            files.append((head[5:], body))
        elif head == "setup":
            setup += body
        elif head == "unsanitized":
            pass
        elif head == "run":
            runs.append({"command": body, "exit": 0, "checks": []})
        elif head.startswith("exit "):
            runs[-1]["exit"] = int(head[5:])
        elif re.fullmatch(r"(stdout|stderr)( has| lacks)?", head):
            runs[-1]["checks"].append((head, body))
        else:
            raise ValueError(f"unknown section: {head}")
    if not runs:
        raise ValueError("no run in it")
    return files, setup, runs


def normal(output, folder):
    text = output.decode("utf-8", "backslashreplace").replace(folder, "TMP")
    text = re.sub(r'"seconds":[-+0-9.eE]+', '"seconds":T', text)
    return re.sub(r"\b[0-9]+(\.[0-9]+)? (ms|s)\b", "T s", text)


def verdicts(run, result, folder):
    if result.returncode != run["exit"]:
        yield f"exit code {result.returncode}, not {run['exit']}"
    for head, body in run["checks"]:
        stream, _, how = head.partition(" ")
        text = normal(getattr(result, stream), folder)
        lines = [line for line in body.splitlines() if line]
        if how == "has":
            yield from (f"{stream} lacks: {line}" for line in lines if line not in text)
        elif how == "lacks":
            yield from (f"{stream} has: {line}" for line in lines if line in text)
        elif text != body:
            yield f"{stream} is\n{text}and should be\n{body}"


def environment(program, folder):
    ours = ("STAUNCH_", "GITLEAKS_", "BETTERLEAKS_", "XDG_", "LC_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    kept.update(HOME=folder, LANG="C.UTF-8", TERM="dumb", STAUNCH=program)
    return kept


def run_case(program, path):
    """What is wrong, as lines."""
    files, setup, runs = steps(sections(path.read_text()))
    folder = os.path.realpath(tempfile.mkdtemp(prefix="staunch-case-"))
    shell = ["bash", "-c"]
    try:
        for name, body in files:
            target = pathlib.Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body)
        settings = dict(cwd=folder, env=environment(program, folder), stdin=subprocess.DEVNULL)
        subprocess.run(shell + ["set -e\n" + setup], check=True, **settings)
        for number, run in enumerate(runs, 1):
            command = 'staunch() { "$STAUNCH" "$@"; }\n' + run["command"]
            result = subprocess.run(shell + [command], capture_output=True, timeout=TIME_LIMIT, **settings)
            wrong = list(verdicts(run, result, folder))
            for line in wrong:
                yield f"run {number}: {line}"
            if wrong:
                yield "standard error was: " + normal(result.stderr, folder)
    finally:
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    program, cases, names = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    sanitized = "--sanitized" in names
    names = [name for name in names if name != "--sanitized"]
    paths = sorted(path for path in cases.glob("*.txt") if not names or path.stem in names)
    if sanitized:
        paths = [path for path in paths if "\n== unsanitized\n" not in path.read_text()]
    failed = 0
    for path in paths:
        try:
            wrong = list(run_case(program, path))
        except (ValueError, subprocess.SubprocessError) as error:
            wrong = [str(error)]
        failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok':8}{path.stem}")
        for line in wrong:
            print("    " + line.replace("\n", "\n    "))
    print(f"{len(paths)} cases, {failed} failed")
    return 1 if failed or not paths else 0


sys.exit(main())
