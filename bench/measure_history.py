"""staunch git over whole histories, against git itself and against decoding alone; and over the index."""
import json
import os
import subprocess
import tempfile

from timing import fail, in_turns, median, timed

HERE = os.path.dirname(os.path.abspath(__file__))


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
