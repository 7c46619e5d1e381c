"""Commands that take turns, what they took, and targets that are held or missed."""
import os
import statistics
import subprocess
import sys
import time


def fail(what):
    sys.exit(print(f"{os.path.basename(sys.argv[0])}:", what, file=sys.stderr) or 2)


class Run:
    def __init__(self, seconds, cpu, peak, status):
        self.seconds, self.cpu, self.peak, self.status = seconds, cpu, peak, status


def timed(command, folder=None, out=os.devnull):
    """One run of a command, its output into a file, or thrown away. A child's peak memory begins with this process's, so it counts only
    where it is larger (about 15 MB)."""
    with open(out, "wb") as into:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=into, stderr=subprocess.DEVNULL,
                                   cwd=folder)
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
