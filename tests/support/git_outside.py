"""Git repositories for the scripts in tests/integration: made by git itself, which knows nothing of the user, with
names and dates that are always the same."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from outside import Case  # noqa: E402

NOBODY = dict(GIT_AUTHOR_NAME="Ann", GIT_AUTHOR_EMAIL="ann@example.com", GIT_COMMITTER_NAME="Bob",
              GIT_COMMITTER_EMAIL="bob@example.com", GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C")
SETTINGS = {"init.defaultBranch": "main", "protocol.file.allow": "always", "advice.detachedHead": "false",
            "gc.auto": "0", "core.logAllRefUpdates": "true", "commit.gpgSign": "false", "safe.directory": "*"}


def clean_environment(home):
    """What git runs in: nothing of this process's but the way to programs."""
    out = dict(NOBODY, PATH=os.environ["PATH"], HOME=home, GIT_CONFIG_COUNT=str(len(SETTINGS)))
    for i, (key, value) in enumerate(SETTINGS.items()):
        out[f"GIT_CONFIG_KEY_{i}"], out[f"GIT_CONFIG_VALUE_{i}"] = key, value
    return out


class Repo:
    """A repository at `path`. Each commit is an hour later than the one before."""

    def __init__(self, path, home, *init, made=False):
        self.path, self.environment, self.time = path, clean_environment(home), 1_700_000_000
        if not made:
            os.makedirs(path, exist_ok=True)
            self.git("init", "-q", *init)

    def git(self, *arguments, given=b"", fails=False, raw=False, **environment):
        """Standard output, as text without the last line end unless `raw`. It must succeed, or fail; None: either."""
        date = f"{self.time} +0000"
        done = subprocess.run(["git", *arguments], cwd=self.path, input=given, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False,
                              env=dict(self.environment, GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date, **environment))
        if fails is not None and (done.returncode != 0) != fails:
            raise AssertionError(f"git {arguments}: {done.returncode}\n{done.stderr.decode('utf-8', 'replace')}")
        return done.stdout if raw else done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, name, data):
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())

    def commit(self, message="a change", files=(), gone=(), **environment):
        """Commits these files ({name: content}) beside what is there; its id."""
        for name, data in dict(files).items():
            self.write(name, data)
        for name in gone:
            os.unlink(os.path.join(self.path, name))
        self.git("add", "-A")
        self.time += 3600
        self.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-m", message, **environment)
        return self.head()

    def head(self, name="HEAD"):
        return self.git("rev-parse", name)

    def blob(self, data):
        return self.git("hash-object", "-w", "--stdin", given=data if isinstance(data, bytes) else data.encode())

    def tree(self, *entries):
        """Of (mode, type, id, name), in any order."""
        lines = b"".join(f"{mode} {kind} {id}\t".encode() + os.fsencode(name) + b"\0"
                         for mode, kind, id, name in entries)
        return self.git("mktree", "-z", "--missing", given=lines)

    def commit_tree(self, tree, *parents, message="a change"):
        self.time += 3600
        return self.git("commit-tree", tree, "-m", message, *(word for parent in parents for word in ("-p", parent)))

    def merge(self, *names, files=(), message="a merge"):
        """A merge commit of HEAD and these, with what git makes of it and `files`; its id."""
        self.git("merge", "-q", "--no-ff", "--no-commit", *names)
        return self.commit(message, files)

    def file(self, name):
        return os.path.join(self.path, ".git", name)


class GitCase(Case):
    """Each test stands in an empty folder; repositories are made below it."""

    def repo(self, name="r", *init):
        return Repo(self.path(name), self.folder, *init)

    def clone(self, of, name, *options, bare=False):
        of.git("clone", "-q", *options, f"file://{of.path}", self.path(name))
        made = Repo(self.path(name), self.folder, made=True)
        made.time = of.time
        return made

    def give_away(self, repo):
        """To another user, which root alone can do, and not in every container."""
        try:
            for folder, folders, files in os.walk(repo.path):
                for name in [".", *folders, *files]:
                    os.lchown(os.path.join(folder, name), 65534, 65534)
        except OSError as why:
            self.skipTest(str(why))

    def scan(self, *arguments, code=None):
        """The report of these repositories, with options before them."""
        targets = [each.path if isinstance(each, Repo) else each for each in arguments]
        result = self.run_to_end("git", "-f", "jsonl", "--show-secrets", "--no-progress", *targets)
        if code is not None:
            self.assertEqual(result.code, code, result.err)
        return result

    def scan_all_ways(self, *arguments, code=None):
        """As scan(). However it is looked at, the report is the same."""
        result = self.scan(*arguments, code=code)
        for way in (["--no-delta-scan"], ["--threads", "7"], ["--threads", "1"])[:2 if self.sanitized else 3]:
            self.assertEqual(steady(self.scan(*way, *arguments, code=code)), steady(result), way)
        return result

    def still(self, occurrence, **wanted):
        """Asserts fields that may be left out where they say nothing."""
        for name, value in wanted.items():
            if name in occurrence or name == "reachable" and value == "":
                self.assertEqual(occurrence.get(name) or type(value)(), value, name)

    def found(self, wanted, *arguments):
        """Scans, and asserts that it is these places and nothing else: (secret, commit, path, line); "" is no commit.
        The occurrences, in the order of `wanted`; nothing may be amiss with the repository."""
        result = self.scan_all_ways(*arguments, code=1 if wanted else 0)
        self.assertEqual(result.summary["incomplete"], [])
        self.assertTrue(result.summary["complete"])
        told = {}
        for o in result.lines("occurrence"):
            told.setdefault((o["secret"]["value"], o.get("commit", ""), o["path"], o["line"]), []).append(o)
        self.assertEqual(sorted((key, len(each)) for key, each in told.items()), sorted((key, 1) for key in wanted))
        return [told[key][0] for key in wanted]


def steady(result):
    """A report but for what differs from run to run: when it began, and the seconds."""
    first, *lines, last = result.out.splitlines()
    ends = [{key: value for key, value in json.loads(end).items() if key not in ("started", "seconds")}
            for end in (first, last)]
    return [ends[0], *lines, ends[1]]
