"""staunch stdin over a log, against wc, gzip and bare Hyperscan."""
import json
import os
import random
import statistics
import subprocess
import tempfile

from planted import PLANTED, github_token
from timing import fail, in_turns, median, timed

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
