"""A tree to measure on: commits of repositories, and secrets that were planted in it, all of which must be found.

The secrets are generated, so that none stands here, from formats that their issuers document.
"""
import binascii
import json
import os
import random
import string
import subprocess

from timing import fail

PLANTED = "planted-by-the-benchmark"
ENOUGH_FILES, ENOUGH_BYTES = 100_000, 800_000_000
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


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
