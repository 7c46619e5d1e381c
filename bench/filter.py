#!/usr/bin/env python3
"""staunch filter against cat and sed, each behind a pipe and from a file, as ratios of one run; and how soon a line
leaves.

  filter.py --staunch build/release/staunch [--megabytes N] [--log FILE]

sed is asked in C.UTF-8, where it takes less time than in the C locale, and in that. The log is made up, with one secret in 10,000 lines, unless a file is given; secrets are planted into a copy of it. The
answer comes first: the output has no secret in it, and where none was planted it is the input. Then the commands take
turns, and each figure is the median of its rounds. Exits with 1 where a target is missed, with 2 where the answer is
wrong.
"""
import argparse
import json
import os
import random
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from timing import fail

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tests", "support"))
from outside import token  # noqa: E402

EVERY = 10_000
# Of the catalogue, as it has them; and what a hurried person writes into sed, who is content with prefixes.
SED_RULES = ["github-pat", "gitlab-pat", "slack-bot-token", "aws-access-key-id", "google-api-key", "stripe-live-key",
             "npm-token", "sendgrid-key", "jwt", "openai-project-key"]
SED_PREFIXES = [r"AKIA[A-Z2-7]{16}", r"gh[pousr]_[0-9A-Za-z]{36}", r"glpat-[0-9A-Za-z_-]{20}",
                r"xox[bp]-[0-9A-Za-z-]{20,80}", r"sk_live_[0-9A-Za-z]{24}", r"AIza[0-9A-Za-z_-]{35}",
                r"SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}", r"npm_[0-9A-Za-z]{36}", r"dop_v1_[0-9a-f]{64}",
                r"hvs\.[0-9A-Za-z_-]{24,100}"]
# Two words each, as projects are called; for a mistake more, those that have letters enough.
TERMS = ["Blue Heron", "Iron Gate", "Red Canyon", "Silver Fox", "Stone Owl", "Green Fig", "Cold Harbor", "Night Fern",
         "Paper Moon", "Amber Fox", "Quiet River", "Black Pine", "Steel Rose", "Lone Star", "Gold Rush",
         "Project Falcon", "Project Atlas", "Project Orion", "Team Rocket", "Alpha Centauri", "Merlin Bank",
         "Acme Merger", "Delta Force", "Omega Plan", "Hidden Valley", "Operation Nightfall", "Project Silverbridge",
         "Harbour Lighthouse", "Crimson Watchtower", "Granite Kingfisher"]


def some_lines(chosen):
    for i in range(1 << 62):
        address = ".".join(str(chosen.randrange(256)) for _ in range(4))
        clock = f"11:{i // 60 % 60:02}:{i % 60:02}"
        yield (f'{address} - - [21/Nov/2026:{clock} +0000] "GET /api/v1/users/{i} HTTP/1.1" 200 '
               f'{chosen.randrange(99999)} "-" "Mozilla/5.0 (X11; Linux x86_64) Safari/537.36"')
        yield (f'2026-11-21 {clock},367 INFO  [http-nio-8080-exec-{i % 200}] o.s.web.Page - took '
               f'{chosen.randrange(900)} ms for request {chosen.getrandbits(128):032x}')


def make_logs(folder, size, log):
    """The same lines, as text and as JSON, with and without secrets."""
    chosen = random.Random(1)
    lines = (line.rstrip("\n") for line in open(log, errors="replace")) if log else some_lines(chosen)
    secrets, made, number = [], 0, 0
    with open(f"{folder}/clean", "w") as clean, open(f"{folder}/plain", "w") as plain, \
            open(f"{folder}/json", "w") as lines_of_json:
        for line in lines:
            clean.write(line + "\n")
            if number % EVERY == EVERY // 2:
                secrets.append(token(number))
                line += " token " + secrets[-1]
            plain.write(line + "\n")
            lines_of_json.write(json.dumps({"time": number, "stream": "stdout", "log": line}) + "\n")
            number, made = number + 1, made + len(line) + 1
            if made >= size:
                break
    return secrets


def check_answer(program, folder, secrets):
    def through(name, *arguments):
        with open(f"{folder}/{name}", "rb") as file, open(f"{folder}/out", "wb") as out:
            if subprocess.run([program, "filter", *arguments], stdin=file, stdout=out).returncode != 0:
                fail(f"the filter failed on {name}")
        return f"{folder}/out"

    if subprocess.run(["cmp", "-s", through("clean"), f"{folder}/clean"]).returncode != 0:
        fail("a log without secrets does not come out as it went in")
    for name, arguments in (("plain", []), ("json", ["--ndjson"])):
        with open(through(name, *arguments), errors="replace") as out:
            text = out.read()
        if any(secret[8:] in text for secret in secrets) or text.count("[REDACTED:github-pat]") != len(secrets):
            fail(f"secrets are left in {name}")


def sed_of_rules(program):
    """The rules' own expressions, in sed's spelling."""
    expressions = []
    for rule in SED_RULES:
        shown = subprocess.run([program, "rules", "show", rule], capture_output=True, text=True, check=True).stdout
        regex = re.search(r"^regex = '''(.*)'''$", shown, re.M).group(1)
        regex = regex.replace("(?:", "(").replace(r"\d", "[0-9]").replace("/", r"\/")
        if "(?" in regex or "'" in regex:
            fail(f"sed has no words for {rule}")
        expressions.append(regex)
    return sed(expressions)


def sed(expressions):
    return "sed -E " + " ".join(f"-e 's/{expression}/[REDACTED]/g'" for expression in expressions)


def check_sed(command, folder, secrets):
    """A log of a tenth, which is enough of what is slow: how many secrets has it?"""
    all_secrets = set(secrets)
    with open(f"{folder}/few") as few:
        planted = sum(line.rstrip("\n").rpartition(" ")[2] in all_secrets for line in few)
    out = subprocess.run(["bash", "-c", f"{command} {folder}/few"], stdout=subprocess.PIPE, check=True).stdout
    if planted == 0 or out.count(b"[REDACTED]") != planted:
        fail("sed finds something else")


def seconds(line):
    began = time.perf_counter()
    subprocess.run(["bash", "-c", line], check=True)
    return time.perf_counter() - began


def latencies(program, count):
    """From a line's write to its arrival, one line at a time."""
    process = subprocess.Popen([program, "filter"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    taken = []
    for i in range(count):
        began = time.perf_counter()
        process.stdin.write(b"2026-11-21 11:00:00 INFO request %d took 17 ms\n" % i)
        got = b""
        while not got.endswith(b"\n"):
            select.select([process.stdout], [], [])
            got += process.stdout.read(4096)
        taken.append(time.perf_counter() - began)
        time.sleep(0.001)
    process.stdin.close()
    process.wait()
    return taken


def told_terms(program, tree, folder, terms, distance):
    """How many places the filter tells of, and the bytes of the tree's files."""
    with open(f"{folder}/policy", "w") as policy:
        policy.write(f"[default]\naction = 'allow'\n[low_confidence]\naction = 'allow'\n[[dlp]]\nblocked_terms = "
                     f"{json.dumps(terms)}\nfuzzy_matching = true\nmax_distance = {distance}\naction = 'log'\n")
    # One rule, so that only terms cost time.
    command = (f"find '{tree}' -type f -print0 | sort -z | xargs -0 cat | tee >(wc -c > {folder}/size) | {program} filter "
               f"--enable-rule github-pat --policy {folder}/policy --events {folder}/events --events=required > /dev/null")
    subprocess.run(["bash", "-c", f"rm -f {folder}/events; {command}"], check=True)
    time.sleep(0.2)
    with open(f"{folder}/events") as events, open(f"{folder}/size") as size:
        return sum("policy-term" in line for line in events), int(size.read())


def false_hits(program, tree, folder):
    """How often terms are found, a gigabyte, where they are not written but something like them."""
    missed = False
    for distance in (1, 2, 3):
        terms = [term for term in TERMS if len(term) - 1 >= 4 * (distance + 1)]
        exact, size = told_terms(program, tree, folder, terms, 0)
        found = told_terms(program, tree, folder, terms, distance)[0] - exact
        rate = found * 1e9 / size / len(terms)
        missed |= distance == 1 and rate >= 1
        print(f"terms at distance {distance}: {found} false ones in {size / 1e9:.2f} GB of {tree}, "
              f"{rate:.2f} a gigabyte for each of {len(terms)} terms ({exact} places have one as it is)")
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--staunch", default="build/release/staunch")
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--log")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--terms", nargs="+", metavar="TREE", help="count false hits of blocked terms in its files instead")
    options = parser.parse_args()
    program = os.path.abspath(options.staunch)
    folder = tempfile.mkdtemp(prefix="staunch-filter-")
    missed = False
    try:
        if options.terms:
            for tree in options.terms:
                missed |= false_hits(program, tree, folder)
            sys.exit(1 if missed else 0)
        secrets = make_logs(folder, options.megabytes * 1_000_000, options.log)
        check_answer(program, folder, secrets)
        with open(f"{folder}/plain", "rb") as whole, open(f"{folder}/few", "wb") as few:
            size = few.write(whole.read(options.megabytes * 100_000))
        rules, prefixes = sed_of_rules(program), sed(SED_PREFIXES)
        for command in (rules, prefixes):
            check_sed(command, folder, secrets)
        part = os.path.getsize(f"{folder}/plain") / size
        # What is measured: the log it gets, its command, how much of the log that is, and whether from a file as well.
        commands = {"cat": ("plain", "cat", 1, False), "filter": ("plain", f"{program} filter", 1, True),
                    "cat json": ("json", "cat", 1, False), "filter --ndjson": ("json", f"{program} filter --ndjson", 1, True),
                    "sed -E, ten rules": ("few", f"LC_ALL=C.UTF-8 {rules}", part, True),
                    "sed -E, ten rules, C": ("few", f"LC_ALL=C {rules}", part, True),
                    "sed -E, ten prefixes": ("few", f"LC_ALL=C.UTF-8 {prefixes}", part, True)}
        taken = {}
        for _ in range(options.rounds):
            for name, (file, command, times, from_file) in commands.items():
                log = f"{folder}/{file}"
                taken.setdefault(name, []).append(seconds(f"cat {log} | {command} > /dev/null") * times)
                if from_file:
                    taken.setdefault(name + " < log", []).append(seconds(f"{command} < {log} > /dev/null") * times)
        median = {name: statistics.median(values) for name, values in taken.items()}
        for name, value in median.items():
            print(f"{name:28} {value:8.2f} s, {min(taken[name]):.2f} at best")
        for what, over, under, target in (
                ("filter against cat", "cat", "filter", 0.6),
                ("filter against sed, pipes", "sed -E, ten rules", "filter", 20),
                ("filter against sed, files", "sed -E, ten rules < log", "filter < log", 20),
                ("--ndjson against cat", "cat json", "filter --ndjson", 0.4)):
            ratio = median[over] / median[under]
            missed |= ratio < target
            print(f"{what:28} {ratio:8.2f} x of at least {target}; "
                  f"{min(taken[over]) / min(taken[under]):.2f} x of the best rounds")
        for what, over in (("with prefixes", "sed -E, ten prefixes"), ("in the C locale", "sed -E, ten rules, C")):
            for end, name in ("pipes", ""), ("files", " < log"):
                ratio = median[over + name] / median["filter" + name]
                print(f"against sed {what}, {end} {ratio:.2f} x")
        print(f"cat against sed, pipes {median['sed -E, ten rules'] / median['cat']:.2f} x")
        taken = sorted(latencies(program, 2000))
        for what, value, target in (("a line alone, median", statistics.median(taken), 0.001),
                                    ("a line alone, p99", taken[len(taken) * 99 // 100], 0.005)):
            missed |= value > target
            print(f"{what:26} {value * 1000:8.3f} ms of at most {target * 1000:.0f}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
