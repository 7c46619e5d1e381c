"""staunch dir over a tree, against ripgrep and cat, warm and cold; and how soon it has started."""
import os
import shutil
import statistics
import tempfile

from planted import counted
from timing import in_turns, median, timed

NEEDLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "frozen_needles.txt")


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
