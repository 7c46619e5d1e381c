#!/usr/bin/env python3
"""Whole processes: staunch against ripgrep, cat, wc, gzip, bare Hyperscan and an empty process, as ratios of one run.

  end_to_end.py --make-tree TREE REPOSITORY...   checks old and new commits of git repositories out under TREE
  end_to_end.py --staunch build/release/staunch TREE
  end_to_end.py --only stream TREE               of the parts tree, stream and start, one
  end_to_end.py --history REPOSITORY             whole histories, ranges of one commit, the index

The answer comes first: the files and bytes that staunch counts are those that lie there, and every secret that was
planted is reported. Then the commands take turns, so that all see the same weather, and each figure is the median of
its rounds. Wall time covers the whole process; memory is the peak of the largest process. Exits with 1 where a target
is missed, with 2 where the answer is wrong or nothing could be measured. Nothing is installed and nothing outside
TREE is written.
"""
import argparse
import binascii
import json
import os
import random
import shutil
import statistics
import string
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDLES = os.path.join(HERE, "frozen_needles.txt")
PLANTED = "planted-by-the-benchmark"
ENOUGH_FILES, ENOUGH_BYTES = 100_000, 800_000_000
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def fail(what):
    sys.exit(print("end_to_end:", what, file=sys.stderr) or 2)


# The tree

def counted(tree):
    files = size = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            if os.path.isfile(os.path.join(folder, name)) and not os.path.islink(os.path.join(folder, name)):
                files, size = files + 1, size + status.st_size
    return files, size


def check_out(repository, commit, folder):
    os.makedirs(folder)
    archive = subprocess.Popen(["git", "-C", repository, "archive", commit], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        fail(f"git archive {commit} failed in {repository}")


def make_tree(tree, repositories):
    """Commits from the newest backwards, evenly spaced over the main line, a repository each in turn, until it is
    large enough. Neighbouring commits share most of their files, as the folders of a developer do."""
    if os.path.exists(tree) and os.listdir(tree):
        fail(f"{tree} is not empty")
    lines = [subprocess.run(["git", "-C", repository, "rev-list", "--first-parent", "HEAD"], check=True,
                            capture_output=True, text=True).stdout.split() for repository in repositories]
    steps = 24
    for step in range(steps):
        for number, (repository, line) in enumerate(zip(repositories, lines)):
            commit = line[step * len(line) // steps]
            check_out(repository, commit, os.path.join(tree, f"{step:02}", f"{number}-{commit[:12]}"))
        files, size = counted(tree)
        print(f"{files} files, {size / 1e6:.0f} MB")
        if files >= ENOUGH_FILES and size >= ENOUGH_BYTES:
            return
    fail("these repositories are too small")


# Planted secrets: generated, so that none stands here, from formats that their issuers document.

def github_token(rng):
    body = "".join(rng.choices(BASE62, k=30))
    check, digits = binascii.crc32(body.encode()), ""
    while check:
        check, digit = divmod(check, 62)
        digits = BASE62[digit] + digits
    return "ghp" + "_" + body + digits.rjust(6, "0")


def chars(rng, alphabet, count):
    return "".join(rng.choices(alphabet, k=count))


MAKERS = [
    ("config/settings.py", 'GITHUB_TOKEN = "{}"\n', github_token),
    ("ci/deploy.yml", "  token: {}\n", lambda rng: "glp" + "at-" + chars(rng, BASE62, 20)),
    ("src/pay.js", "const stripe = require('stripe')('{}');\n", lambda rng: "sk_" + "live_" + chars(rng, BASE62, 24)),
    ("bot/.env", "SLACK_TOKEN={}\n", lambda rng: "xo" + "xb-" + chars(rng, "123456789", 12) + "-"
     + chars(rng, "123456789", 12) + "-" + chars(rng, BASE62, 24)),
    ("mail/send.rb", 'mail = Mail.new(api_key: "{}")\n',
     lambda rng: "S" + "G." + chars(rng, BASE62, 22) + "." + chars(rng, BASE62, 43)),
]


def plant(tree):
    """Every kind in a small file, and again deep inside one large file that is scanned in segments."""
    rng = random.Random(7)
    secrets = []
    for name, line, maker in MAKERS:
        secrets.append(maker(rng))
        path = os.path.join(tree, PLANTED, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("# a file like any other\n" + line.format(secrets[-1]))
    with open(os.path.join(tree, PLANTED, "large.log"), "w") as file:
        for name, line, maker in MAKERS:
            secrets.append(maker(rng))
            for number in range(50_000):
                file.write(f"2026-01-01T00:00:00Z INFO request {number} took 12 ms, answer 200, 4711 bytes\n")
            file.write(line.format(secrets[-1]))
    return secrets


def prove(staunch, tree):
    secrets = plant(tree)
    files, size = counted(tree)
    run = subprocess.run([staunch, "dir", tree, "-f", "jsonl", "--show-secrets", "--no-progress"], capture_output=True)
    records = [json.loads(line) for line in run.stdout.splitlines()]
    if not records or records[-1].get("type") != "summary":
        fail(f"no summary; exit {run.returncode}: {run.stderr.decode(errors='replace')[-500:]}")
    summary = records[-1]
    found = {record["secret"].get("value") for record in records if record["type"] == "occurrence"}
    missing = [secret for secret in secrets if secret not in found]
    if missing:
        fail(f"{len(missing)} of {len(secrets)} planted secrets were not found, first "
             f"{secrets.index(missing[0])} ({missing[0][:6]}...)")
    if summary["incomplete"] or summary["items"] != files or summary["bytes"] != size:
        fail(f"{files} files with {size} bytes lie there, staunch scanned {summary['items']} with {summary['bytes']}; "
             f"skipped {summary['skipped']}, incomplete {summary['incomplete']} (a tree with .git folders will not do)")
    print(f"answer: {files} files, {size / 1e6:.0f} MB, all of them scanned; all {len(secrets)} planted secrets found "
          f"among {summary['findings']} findings in {summary['occurrences']} places; exit {run.returncode}")


# Time

class Run:
    def __init__(self, seconds, cpu, peak, status):
        self.seconds, self.cpu, self.peak, self.status = seconds, cpu, peak, status


def timed(command, folder=None):
    """One run of a command, its output thrown away. A child's peak memory begins with this process's, so it counts only
    where it is larger (about 15 MB)."""
    with open(os.devnull, "r+b") as null:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, process.returncode)


def in_turns(commands, rounds, folder=None):
    """{name: [Run]}; each round begins with another command."""
    runs = {name: [] for name in commands}
    names = list(commands)
    for number in range(rounds):
        for name in names[number % len(names):] + names[:number % len(names)]:
            runs[name].append(timed(commands[name], folder))
    return runs


def median(runs, field="seconds"):
    return statistics.median(getattr(run, field) for run in runs)


class Targets:
    missed = False

    def line(self, name, value, limit, unit, strict=False):
        held = value < limit if strict else value <= limit
        self.missed |= not held
        print(f"{name:52} {value:8.2f} {unit:4} target {'<' if strict else '<='} {limit:g}: "
              f"{'holds' if held else 'MISSED'}")


    def at_least(self, name, value, limit, unit):
        self.missed |= value < limit
        print(f"{name:52} {value:8.2f} {unit:4} target >= {limit:g}: {'holds' if value >= limit else 'MISSED'}")


def literal_list():
    with open(NEEDLES) as lines:
        return [line.strip().removeprefix("i:") for line in lines if line.strip() and not line.startswith("#")]


def measure_tree(staunch, tree, rounds, targets):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as literals:
        literals.write("\n".join(literal_list()) + "\n")
        literals.flush()
        commands = {
            "staunch dir": [staunch, "dir", tree],
            "cat": ["sh", "-c", 'find "$1" -type f -print0 | xargs -0 cat > /dev/null', "sh", tree],
        }
        if shutil.which("rg"):
            commands["rg, one expression"] = ["rg", "-uuu", "-a", "-c", "AKIA[0-9A-Z]{16}", tree]
            commands["rg, the frozen list"] = ["rg", "-uuu", "-a", "-c", "-F", "-i", "-f", literals.name, tree]
        for command in commands.values():
            timed(command)  # warms the page cache
        runs = in_turns(commands, rounds)
    _, size = counted(tree)
    print(f"\nwarm tree, {size / 1e6:.0f} MB, {rounds} rounds, medians:")
    for name, each in runs.items():
        least, most = min(run.seconds for run in each), max(run.seconds for run in each)
        print(f"  {name:20} {median(each):7.3f} s ({least:.3f}-{most:.3f})  cpu {median(each, 'cpu'):7.3f} s"
              f"  peak {max(run.peak for run in each):5.0f} MB  {size / 1e6 / median(each):6.0f} MB/s"
              f"  exit {each[-1].status}")

    def ratio(other):
        return statistics.median(a.seconds / b.seconds for a, b in zip(runs["staunch dir"], runs[other]))

    if "rg, one expression" in runs:
        targets.line("staunch dir / rg, one expression", ratio("rg, one expression"), 1.3, "")
        targets.line("staunch dir / rg, the frozen list", ratio("rg, the frozen list"), 1, "", strict=True)
    else:
        print("ripgrep is not installed: its two targets were not measured")
        targets.missed = True
    targets.line("staunch dir / find | xargs cat", ratio("cat"), 0.5, "")
    targets.line("peak memory of staunch dir", max(run.peak for run in runs["staunch dir"]), 150, "MB", strict=True)


def drop_caches():
    try:
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w") as control:
            control.write("3\n")
        return True
    except OSError:
        return False


def measure_cold(staunch, tree):
    if not drop_caches():
        print("\ncold cache: not measured, dropping the page cache is not allowed here")
        return
    first = timed([staunch, "dir", tree])
    drop_caches()
    second = timed(["sh", "-c", 'find "$1" -type f -print0 | xargs -0 cat > /dev/null', "sh", tree])
    print(f"\ncold cache, one run each: staunch dir {first.seconds:.2f} s, find | xargs cat {second.seconds:.2f} s")


# Streams

LOG_BLOCK, LOG_BLOCKS = 32_000_000, 32
LINE_BYTES = 1_000_000_000
METHODS = ["GET", "POST", "PUT", "DELETE"]
AGENTS = ["Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
          "curl/7.88.1", "kube-probe/1.27"]


def log_line(rng, number):
    """Lines as web servers, services and the system write them."""
    path = rng.choice(["/api/v1/users/%d", "/static/js/app.%x.js", "/search?q=term%d&page=2", "/api/v2/orders/%d/items"])
    path %= rng.randrange(10 ** 6)
    minute, second = number // 60 % 60, number % 60
    kind = rng.randrange(5)
    if kind < 2:
        address = ".".join(str(rng.randrange(256)) for _ in range(4))
        return (f'{address} - - [21/Nov/2026:11:{minute:02}:{second:02} +0000] "{rng.choice(METHODS)} {path} HTTP/1.1" '
                f'{rng.choice([200, 200, 304, 404, 500])} {rng.randrange(100000)} "-" "{rng.choice(AGENTS)}"')
    if kind == 2:
        return json.dumps({"ts": f"2026-11-21T11:{minute:02}:{second:02}Z", "level": rng.choice(["info", "warn"]),
                           "msg": "request finished", "path": path, "status": 200,
                           "duration_ms": round(rng.random() * 100, 3), "trace_id": f"{rng.getrandbits(128):032x}"})
    if kind == 3:
        return (f"Nov 21 11:{minute:02}:{second:02} web-{rng.randrange(9)} kubelet[{rng.randrange(9999)}]: "
                f'"operationExecutor.VerifyControllerAttachedVolume started" pod="default/web-{rng.getrandbits(40):x}"')
    return (f"2026-11-21 11:{minute:02}:{second:02},{rng.randrange(1000):03} WARN  [http-nio-8080-exec-7] "
            f"o.s.web.servlet.PageNotFound - No mapping for {rng.choice(METHODS)} {path}")


def write_log(path):
    """A block of lines again and again, a planted secret after each."""
    rng = random.Random(9)
    lines, size = [], 0
    while size < LOG_BLOCK:
        lines.append(log_line(rng, len(lines)) + "\n")
        size += len(lines[-1])
    block = "".join(lines).encode()
    with open(path, "wb") as file:
        for _ in range(LOG_BLOCKS):
            file.write(block)
            file.write(f"clone with {github_token(rng)} failed\n".encode())


def in_a_child(work):
    """Memory that is needed for a moment would count as that of every command run later."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        fail("could not write what is to be measured")


def count_found(staunch, path):
    with open(path, "rb") as log:
        run = subprocess.run([staunch, "stdin", "-f", "jsonl", "--no-progress"], stdin=log, capture_output=True)
    summary = json.loads(run.stdout.splitlines()[-1])
    if not summary["complete"] or summary["bytes"] != os.path.getsize(path):
        fail(f"a stream of {os.path.getsize(path)} bytes was not read whole: {summary}")
    return summary["findings"]


def measure_stream(staunch, tree, rounds, targets):
    bench = os.path.join(os.path.dirname(staunch), "scan_bench")
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "log"))
        log = os.path.join(folder, "log", "big.log")
        in_a_child(lambda: write_log(log))
        planted = LOG_BLOCKS
        if count_found(staunch, log) != planted:
            fail(f"{count_found(staunch, log)} of {planted} planted secrets were found in the log")
        size = os.path.getsize(log)
        archive = os.path.join(folder, "source.tar.gz")
        parts = [name for name in sorted(os.listdir(tree)) if name != PLANTED][:1]
        subprocess.run(["tar", "czf", archive, "-C", tree, PLANTED] + parts, check=True)
        shell = lambda words, *more: ["sh", "-c", words, "sh", *more]
        commands = {
            "cat | wc -l": shell('cat "$1" | wc -l', log),
            "cat | staunch stdin": shell('cat "$1" | "$2" stdin', log, staunch),
            "staunch stdin < log": shell('"$2" stdin < "$1"', log, staunch),
            "gzip -dc | staunch stdin": shell('gzip -dc "$1" | "$2" stdin', archive, staunch),
            "staunch dir tar.gz": [staunch, "dir", archive],
        }
        for command in commands.values():
            timed(command)
        runs = in_turns(commands, rounds)
        bare = float(subprocess.run([bench, "--bare", "--rounds", "3", "--megabytes", "10000",
                                     os.path.join(folder, "log")], capture_output=True, check=True).stdout)
        os.remove(log)
        line = os.path.join(folder, "line.txt")
        with open(line, "wb") as file:
            for _ in range(LINE_BYTES // 1_000_000):
                file.write(b"lorem=ipsum&dolor=" * 55_555 + b"x" * 10)
        long_line = timed(shell('cat "$1" | "$2" stdin', line, staunch))

    print(f"\nstreams, a log of {size / 1e6:.0f} MB in which all {planted} planted secrets were found; {rounds} rounds:")
    for name, each in runs.items():
        print(f"  {name:26} {median(each):7.3f} s ({min(run.seconds for run in each):.3f}-"
              f"{max(run.seconds for run in each):.3f})  peak {max(run.peak for run in each):5.0f} MB")
    print(f"  bare Hyperscan, one core   {size / 1e9 / bare:7.3f} s  ({bare:.2f} GB/s)")

    def ratio(one, other):
        return statistics.median(a.seconds / b.seconds for a, b in zip(runs[one], runs[other]))

    targets.line("cat | staunch stdin / cat | wc -l", ratio("cat | staunch stdin", "cat | wc -l"), 1.5, "")
    speed = size / 1e9 / median(runs["staunch stdin < log"])
    targets.line("bare Hyperscan / staunch stdin < log", bare / speed, 2, "")
    targets.line("staunch dir tar.gz / gzip -dc | staunch stdin",
                 ratio("staunch dir tar.gz", "gzip -dc | staunch stdin"), 1.3, "")
    targets.line("peak memory, a log", max(run.peak for run in runs["cat | staunch stdin"]), 100, "MB", strict=True)
    targets.line(f"peak memory, one line of {LINE_BYTES / 1e9:.0f} GB", long_line.peak, 100, "MB", strict=True)


def measure_start(staunch, rounds, targets):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file.txt")
        with open(path, "w") as file:
            file.write("a line of some text without a secret in it\n" * 24)
        commands = {"empty": ["/bin/true"], "version": [staunch, "version"], "dir": [staunch, "dir", path]}
        in_turns(commands, 3, folder)
        runs = in_turns(commands, rounds, folder)
    empty = median(runs["empty"])
    print(f"\nstart, median of {rounds}; /bin/true takes {empty * 1e3:.2f} ms:")
    targets.line("staunch version, over an empty process", (median(runs["version"]) - empty) * 1e3, 5, "ms")
    targets.line("staunch dir on 1 KB, over an empty process", (median(runs["dir"]) - empty) * 1e3, 15, "ms")


# Histories

def prove_history(staunch, repository):
    """The blobs and commits that staunch counts are git's own, and nothing depends on how a blob is stored."""
    listed = subprocess.run(["git", "-C", repository, "cat-file", "--batch-all-objects", "--unordered",
                             "--batch-check=%(objecttype) %(objectsize)"], check=True, capture_output=True, text=True)
    kinds = [line.split() for line in listed.stdout.splitlines()]
    blobs = [int(size) for kind, size in kinds if kind == "blob"]
    commits = sum(kind == "commit" for kind, _ in kinds)
    reports = []
    for options in ([], ["--no-delta-scan"]):
        ran = subprocess.run([staunch, "git", "-f", "jsonl", "--no-progress", *options, repository], check=False,
                             capture_output=True, text=True)
        *lines, last = ran.stdout.splitlines()
        summary = json.loads(last)
        counted = (summary["blobs"], summary["bytes"], summary["commits"])
        if counted != (len(blobs), sum(blobs), commits):
            fail(f"staunch counted {counted}, git has {(len(blobs), sum(blobs), commits)}")
        reports.append(lines[1:])
    if reports[0] != reports[1]:
        fail("--no-delta-scan gives another report")
    print(f"right: {len(blobs)} blobs, {sum(blobs) / 1e9:.1f} GB, {commits} commits, {len(reports[0])} lines of report")
    return sum(blobs)


def decoded(repository, threads):
    bench = os.path.join(HERE, "..", "build", "release", "git_bench")
    return json.loads(subprocess.run([bench, repository, str(threads)], check=True, capture_output=True).stdout)


def measure_history(staunch, repository, rounds, targets):
    size = prove_history(staunch, repository)
    git = ["git", "-C", repository, "cat-file", "--batch-all-objects", "--batch"]
    with tempfile.TemporaryDirectory() as cache:
        warm = [staunch, "git", "--cache", cache, repository]
        commands = {"staunch git": [staunch, "git", repository], "git, unordered": git + ["--unordered"], "warm": warm}
        timed(warm)  # the page cache and the other one
        runs = in_turns(commands, rounds)
    ordered = timed(git)
    one, two = decoded(repository, 1), decoded(repository, 2)
    print(f"\nhistory, {size / 1e9:.1f} GB of blobs, {rounds} rounds, medians:")
    for name, each in runs.items():
        print(f"  {name:20} {median(each):7.3f} s  cpu {median(each, 'cpu'):7.3f} s"
              f"  peak {max(run.peak for run in each):5.0f} MB  {size / 1e6 / median(each):6.0f} MB/s")
    print(f"  {'git, in order of ids':20} {ordered.seconds:7.3f} s")
    print(f"  decode only: {one['seconds']:.3f} s with one thread, {two['seconds']:.3f} s with two")
    scan = median(runs["staunch git"])
    targets.at_least("decode only, one thread", one["gigabytes_a_second"], 1.2, "GB/s")
    targets.at_least("git cat-file --unordered / staunch git", median(runs["git, unordered"]) / scan, 3, "")
    targets.at_least("git cat-file / staunch git", ordered.seconds / scan, 8, "")
    targets.line("staunch git", scan, round(2 * two["seconds"] + 1, 2), "s")
    targets.line("peak memory of staunch git", max(run.peak for run in runs["staunch git"]), 400, "MB", strict=True)
    targets.line("warm cache / staunch git", median(runs["warm"]) / scan, 0.1, "", strict=True)


def measure_staged(staunch, files, rounds, targets):
    with tempfile.TemporaryDirectory() as folder:
        run = lambda *words: subprocess.run(["git", "-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.example",
                                             *words], check=True, capture_output=True)
        run("init", "-q")
        for number in range(files):
            os.makedirs(os.path.join(folder, f"d{number % 200}"), exist_ok=True)
            with open(os.path.join(folder, f"d{number % 200}", f"f{number}.c"), "w") as file:
                file.write(f"int f{number}(void) {{ return {number}; }}\n" * 10)
        run("add", "-A")
        run("commit", "-q", "-m", "all")
        with open(os.path.join(folder, "d1", "f1.c"), "a") as file:
            file.write("int more;\n")
        run("add", "-A")
        commands = {"empty": ["/bin/true"], "staged": [staunch, "git", "--staged"],
                    "git": ["git", "diff", "--cached", "--quiet"]}
        in_turns(commands, 3, folder)
        runs = in_turns(commands, rounds, folder)
    over, git = (median(runs["staged"]) - median(runs["empty"])) * 1e3, median(runs["git"]) * 1e3
    print(f"\nstaged, {files} files; git diff --cached --quiet takes {git:.1f} ms:")
    targets.line(f"git --staged of {files} files, over an empty process", over, 20 if files < 10_000 else max(40, 2 * git),
                 "ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("repositories", nargs="*", help="with --make-tree")
    parser.add_argument("--make-tree", action="store_true")
    parser.add_argument("--history", action="store_true", help="TREE is a repository")
    parser.add_argument("--staunch", default=os.path.join(HERE, "..", "build", "release", "staunch"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--start-rounds", type=int, default=30)
    parser.add_argument("--only", choices=["tree", "stream", "start"])
    parser.add_argument("--no-cold", action="store_true", help="leave the page cache alone")
    options = parser.parse_args()
    tree = os.path.abspath(options.tree)
    if options.make_tree:
        return make_tree(tree, [os.path.abspath(repository) for repository in options.repositories])
    staunch = os.path.abspath(options.staunch)
    if not os.access(staunch, os.X_OK):
        fail(f"{staunch} is not there; build it first (./run --help does)")
    if options.history:
        targets = Targets()
        measure_history(staunch, tree, options.rounds, targets)
        for files in (2_000, 50_000):
            measure_staged(staunch, files, options.start_rounds, targets)
        return 1 if targets.missed else 0
    prove(staunch, tree)
    files, size = counted(tree)
    if files < ENOUGH_FILES or size < ENOUGH_BYTES:
        print(f"this tree is smaller than the {ENOUGH_FILES} files and {ENOUGH_BYTES / 1e6:.0f} MB of the targets")
    targets = Targets()
    if options.only in (None, "tree"):
        measure_tree(staunch, tree, options.rounds, targets)
        if not options.no_cold:
            measure_cold(staunch, tree)
    if options.only in (None, "stream"):
        measure_stream(staunch, tree, options.rounds, targets)
    if options.only in (None, "start"):
        measure_start(staunch, options.start_rounds, targets)
    return 1 if targets.missed else 0


if __name__ == "__main__":
    sys.exit(main())
