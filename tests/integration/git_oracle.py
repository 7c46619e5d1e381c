#!/usr/bin/env python3
"""`staunch git` against a slow walk that shares none of its ways: git lists every commit's files and writes out their
contents, `staunch dir` scans each of them whole at its path, and every commit is compared with each of its parents.

As a test it makes random histories; usage in tests/support/outside.py. By hand, on repositories that are there:

    integration/git_oracle.py PROGRAM --on REPO...
"""
import base64
import collections
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, clean_environment  # noqa: E402
from outside import main, token  # noqa: E402

SEEDS, COMMITS = range(20), 200
NO_PLACE = dict.fromkeys(("line", "column", "offset", "length"), 0)
KEPT_TREES = 400  # listings in memory
CONFIGURATION = {b".staunch.toml", b".gitleaks.toml", b".staunchignore", b".gitleaksignore"}  # of a scanned folder


def report(program, folder, *arguments):
    """Occurrences and the summary. Secrets are shown, since a path that has one in it is masked where they are not."""
    done = subprocess.run([program, *arguments, "-f", "jsonl", "--min-confidence", "low", "--show-secrets",
                           "--no-progress"], cwd=folder, env=clean_environment(folder), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode in (0, 1), (done.returncode, done.stderr)
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    # What a path alone tells stands in no line. The same secret has another fingerprint where a rule takes it for one
    # that could be guessed.
    return [{**NO_PLACE, **o, "same": o["secret"].get("value", o["fingerprint"])} for o in objects
            if o["type"] == "occurrence"], objects[-1]


def path_of(occurrence):
    coded = occurrence.get("path_bytes")
    return base64.b64decode(coded) if coded else occurrence["path"].encode()


def in_a_name(occurrence):
    return any("name of a file" in reason for reason in occurrence["reasons"])


def file_of(path, known):
    """The file, where a path is that of a member of an archive."""
    while path not in known:
        path, mark, _ = path.rpartition(b"!")
        assert mark, "a path that is none"
    return path


def place_of(occurrence):
    return tuple(occurrence[key] for key in ("path", "line", "column", "offset", "length", "rule"))


class Oracle:
    def __init__(self, program, repository, scratch):
        self.program, self.repository, self.scratch = program, repository, scratch
        self.listings, self.places, self.names = collections.OrderedDict(), {}, {}
        kinds = collections.defaultdict(list)
        for line in self.git("cat-file", "--batch-all-objects", "--batch-check").decode().splitlines():
            id, kind, _ = line.split()
            kinds[kind].append(id)
        self.blobs = kinds["blob"]
        self.commits = {}
        for id, text in self.contents(kinds["commit"]):
            head = text.partition(b"\n\n")[0].decode("utf-8", "replace").splitlines()
            parents = [line.split()[1] for line in head[1:] if line.startswith("parent ")]
            self.commits[id] = head[0].split()[1], parents

    def contents(self, ids):
        """Each of these objects with its bytes."""
        batch = subprocess.Popen(["git", "cat-file", "--batch"], cwd=self.repository, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, env=clean_environment(self.scratch))
        for id in ids:
            batch.stdin.write(id.encode() + b"\n")
            batch.stdin.flush()
            size = int(batch.stdout.readline().split()[2])
            yield id, batch.stdout.read(size + 1)[:-1]
        batch.stdin.close()
        batch.stdout.close()
        batch.wait()

    def git(self, *arguments, given=b""):
        return subprocess.run(["git", *arguments], cwd=self.repository, input=given, stdout=subprocess.PIPE, check=True,
                              env=dict(clean_environment(self.scratch), GIT_NO_REPLACE_OBJECTS="1",
                                       GIT_NO_LAZY_FETCH="1")).stdout

    def listing(self, tree):
        """{path: id} in git's order; ids of submodules' commits are marked."""
        if tree in self.listings:
            self.listings.move_to_end(tree)
            return self.listings[tree]
        out = {}
        for entry in self.git("ls-tree", "-r", "-z", tree).split(b"\0")[:-1]:
            about, path = entry.split(b"\t", 1)
            _, kind, id = about.decode().split()
            out[path] = id if kind == "blob" else "not a blob " + id
        self.listings[tree] = out
        if len(self.listings) > KEPT_TREES:
            self.listings.popitem(last=False)
        return out

    def order(self):
        """Commits with those that they come from near, for the listings' sake."""
        ids = "\n".join(self.commits).encode()
        return self.git("rev-list", "--topo-order", "--stdin", given=ids).decode().split()

    def scan_all(self):
        """Every content at every path that it stands at, and those that stand nowhere at an empty one."""
        versions, standing = collections.defaultdict(list), set()
        for commit in self.order():
            for path, id in self.listing(self.commits[commit][0]).items():
                if (path, id) in self.places or not id.isalnum():
                    continue
                self.places[path, id] = []
                versions[path].append(id)
                standing.add(id)
        for number in range(max(map(len, versions.values()), default=0)):
            self.scan_layer({path: ids[number] for path, ids in versions.items() if len(ids) > number})
        self.unread = set(self.blobs) - standing

    def scan_folder(self, folder, files, *targets):
        """With the built-in rules alone: what lies in the folder is no configuration of ours."""
        if not CONFIGURATION & set(files):
            return report(self.program, folder, "dir", *targets)
        rules, none = os.path.join(self.scratch, "rules.toml"), os.path.join(self.scratch, "none")
        with open(rules, "w", encoding="ascii") as file:
            file.write("[extend]\nuseDefault = true\n")
        with open(none, "w", encoding="ascii"):
            pass
        return report(self.program, folder, "dir", *targets, "-c", rules, "--no-cache", "-i", none)

    def scan_layer(self, files):
        """Files that do not stand in each other's way: a file and a folder of one name do."""
        later, folder = {}, tempfile.mkdtemp(dir=self.scratch)
        wanted = list(files.items())
        for (id, data), (path, _) in zip(self.contents(id for _, id in wanted), wanted):
            whole = os.path.join(os.fsencode(folder), path)
            try:
                os.makedirs(os.path.dirname(whole), exist_ok=True)
                with open(whole, "wb") as file:
                    file.write(data)
            except OSError:
                later[path] = id
        here = {path: id for path, id in wanted if path not in later}
        occurrences, summary = self.scan_folder(folder, here, ".")
        if summary["skipped"]:  # stores of version control systems; a file that is named is read
            occurrences, summary = self.scan_folder(folder, here, *(os.fsdecode(path) for path in here))
        assert not summary["incomplete"] and not summary["skipped"], summary
        assert summary["items"] == len(here)
        for o in occurrences:
            path = file_of(path_of(o), here)
            self.places[path, here[path]].append(o)
        shutil.rmtree(folder)
        if later:
            self.scan_layer(later)

    def counts(self, path, id):
        return collections.Counter(o["same"] for o in self.places.get((path, id), ()) if o["line"] != 0)

    @staticmethod
    def stands(path, listing):
        return path in listing or any(other.startswith(path + b"/") for other in listing)

    def before(self, path, id, now, then):
        """What the parent `then` holds of what `now` has at a path: there, or where it was renamed from."""
        if path in then:
            return self.counts(path, then[path])
        if self.stands(path, then):
            return collections.Counter()
        gone = [other for other, each in then.items() if each == id and not self.stands(other, now)]
        come = [other for other, each in now.items() if each == id and not self.stands(other, then)]
        if come.index(path) < len(gone):
            return self.counts(gone[come.index(path)], id)
        return collections.Counter()

    def introductions(self):
        """{(commit, path, fingerprint): how many places}, those without a line (rules of paths alone) included."""
        out = {}
        for commit in self.order():
            tree, parents = self.commits[commit]
            now = self.listing(tree)
            for path, id in now.items():
                if not self.places.get((path, id)):
                    continue
                before = [self.listing(self.commits[parent][0]) for parent in parents]
                for o in self.places[path, id]:
                    if o["line"] == 0 and not any(self.stands(path, each) for each in before):
                        key = commit, path, o["same"]
                        out[key] = out.get(key, 0) + 1
                if any(each.get(path) == id for each in before):
                    continue
                olds = [self.before(path, id, now, each) for each in before]
                for fingerprint, count in self.counts(path, id).items():
                    more = count - max((old[fingerprint] for old in olds), default=0)
                    if more > 0:
                        out[commit, path, fingerprint] = out.get((commit, path, fingerprint), 0) + more
        return out

    def versions(self):
        """{(path, fingerprint): in how many contents of the path it stands}."""
        out = collections.Counter()
        for (path, _), places in self.places.items():
            out.update({(path, o["same"]) for o in places if o["line"] != 0})
        return out

    def held_by(self, name):
        try:
            tree = self.git("rev-parse", "-q", "--verify", name + "^{tree}").decode().strip()
        except subprocess.CalledProcessError:
            return set()
        return {o["same"] for pair in self.listing(tree).items() for o in self.places.get(pair, ())
                if o["line"] != 0}

    def compare(self):
        """(occurrences of files in commits, what differs)."""
        self.scan_all()
        told, summary = report(self.program, self.scratch, "git", self.repository)
        wrong = [f"not read: {note}" for note in summary["incomplete"]]
        if (summary["commits"], summary["blobs"]) != (len(self.commits), len(self.blobs)):
            wrong.append(f"{summary['commits']} commits and {summary['blobs']} blobs of {len(self.commits)} and "
                         f"{len(self.blobs)}")
        found, alone, seen = collections.Counter(), collections.defaultdict(list), set()
        versions, in_head, branches = self.versions(), self.held_by("HEAD"), {}
        for line in self.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes").decode().splitlines():
            branches[line.split("/", 2)[2]] = self.held_by(line)
        for o in told:
            path = path_of(o)
            if path in (b"(commit message)", b"(tag message)") or in_a_name(o):
                continue
            if not o.get("commit", ""):
                alone[o["blob"]].append(o)
                continue
            listing = self.listing(self.commits[o.get("commit", "")][0])
            path = file_of(path, listing)
            found[o.get("commit", ""), path, o["same"]] += 1
            where = o.get("commit", ""), path, place_of(o), o["fingerprint"]
            if where in seen:
                wrong.append(f"told twice: {where}")
            seen.add(where)
            if o["blob"] != listing[path]:
                wrong.append(f"of another blob: {where}")
            whole = [(place_of(each), each["same"]) for each in self.places[path, o["blob"]]]
            if (place_of(o), o["same"]) not in whole:
                wrong.append(f"not a place of the whole file: {where}")
            if o["line"] == 0:
                continue
            if o["versions"] != versions[path, o["same"]]:
                wrong.append(f"{o['versions']} versions, not {versions[path, o['same']]}: {where}")
            if o["in_head"] != (o["same"] in in_head):
                wrong.append(f"in_head is wrong: {where}")
            names = sorted(name for name, held in branches.items() if o["same"] in held)
            if "branches" in o and len(names) <= 20 and sorted(o["branches"]) != names:
                wrong.append(f"branches are wrong: {where}")
        wanted = self.introductions()
        for key in set(wanted) | set(found):
            if wanted.get(key, 0) != found[key]:
                wrong.append(f"{found[key]} places, not {wanted.get(key, 0)}: {key[:2]}")
        wrong += self.compare_alone(alone)
        return sum(found.values()), sorted(wrong)

    def compare_alone(self, alone):
        """Contents that no commit leads to, each told once; where a tree has it, at its path."""
        wrong = [f"a commit leads to it: {blob}" for blob in set(alone) - self.unread]
        for blob in sorted(self.unread):
            path = next((path_of(o) for o in alone[blob]), b"x")
            if path.startswith(b"(blob "):
                path = b"x"  # no tree has it
            self.places.pop((path, blob), None)
            self.places[path, blob] = []
            self.scan_layer({path: blob})
            if self.counts(path, blob) != collections.Counter(o["same"] for o in alone[blob]):
                wrong.append(f"alone, and otherwise than scanned whole: {blob}")
        return wrong


class History:
    """A random history as git fast-import takes it. Files are lists of lines; few names and few secrets, so that what
    can meet does."""
    NAMES = [b"a", b"a.txt", b"a/b", b"a/b/c", b"a.b/c", b"src/x.env", b"src/y.env", b"z", b".npmrc", b"d/.npmrc",
             b"key.pem", b"tests/x.py", b"caf\xe9", b"new\nline", b"d/e/f/g", b"p!q", b"l"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.secrets = [token(1000 * seed + i) for i in range(6)]
        self.trees, self.out, self.time = [], io.BytesIO(), 1_700_000_000

    def line(self):
        kind = self.random.random()
        secret = self.random.choice(self.secrets)
        if kind < 0.35:
            return b"the %d is a line of text\n" % self.random.randrange(40)
        if kind < 0.6:
            return b"key = %s\n" % secret.encode()
        if kind < 0.68:
            return base64.b64encode(b"key = %s\n" % secret.encode()) + b"\n"
        if kind < 0.76:
            return b"first: %s\n" % secret[:20].encode()
        if kind < 0.84:
            return b"%s, behind it\n" % secret[20:].encode()
        if kind < 0.9:
            return b"half: %s" % secret[:20].encode()  # the next line goes on
        if kind < 0.95:
            return b"password = \"%s\"\n" % base64.b64encode(self.random.randbytes(18)).rstrip(b"=")
        return b"%s and %s\n" % (secret.encode(), self.random.choice(self.secrets).encode())

    def content(self):
        if self.random.random() < 0.06:
            packed = io.BytesIO()
            with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("in.txt"), b"".join(self.line() for _ in range(3)))
            return [packed.getvalue()]
        return [self.line() for _ in range(self.random.randrange(1, 30))]

    def place(self, tree, name, lines):
        """What stands in the way goes."""
        for other in list(tree):
            if other.startswith(name + b"/") or name.startswith(other + b"/"):
                del tree[other]
        tree[name] = lines

    def change(self, tree):
        chosen = self.random
        names, name = sorted(tree), chosen.choice(self.NAMES)
        kind = chosen.randrange(12) if names else 0
        if kind <= 1:
            return self.place(tree, name, self.content())
        old = chosen.choice(names)
        lines = list(tree[old])
        if kind == 2:
            del tree[old]
        elif kind == 3:
            self.place(tree, name, tree.pop(old))  # a rename
        elif kind == 4:
            self.place(tree, name, tree[old])  # a copy
        elif kind == 5:
            other = chosen.choice(names)
            tree[old], tree[other] = tree[other], tree[old]
        elif kind == 6:
            for each in names:  # a folder renamed
                if each.startswith(b"src/") and each in tree:
                    self.place(tree, b"lib/" + each[4:], tree.pop(each))
        else:
            for _ in range(chosen.randrange(1, 4)):
                at = chosen.randrange(len(lines) + 1)
                what = chosen.randrange(5)
                if what <= 1:
                    lines.insert(at, self.line())
                elif what == 2:
                    del lines[at:at + 1]
                elif what == 3 and lines:
                    lines.insert(at, chosen.choice(lines))
                else:
                    chosen.shuffle(lines)
            tree[old] = lines

    def commit(self, number):
        chosen = self.random
        count = 0 if number == 1 or chosen.random() < 0.02 else chosen.choices((1, 2, 3), (80, 17, 3))[0]
        recent = range(max(1, number - 12), number)
        parents = chosen.sample(recent, min(count, len(recent)))
        tree = {}
        for parent in parents:
            for name, lines in sorted(self.trees[parent - 1].items()):
                if chosen.random() < 0.7 or parent == parents[0]:
                    self.place(tree, name, lines)
        for _ in range(chosen.randrange(1, 4) if count < 2 or chosen.random() < 0.5 else 0):
            self.change(tree)
        self.trees.append(tree)
        self.time += chosen.randrange(3)  # some at the same time
        self.out.write(b"commit refs/heads/b%d\nmark :%d\n" % (number, number))
        self.out.write(b"author Ann <ann@example.com> %d +0000\n" % self.time)
        self.out.write(b"committer Bob <bob@example.com> %d +0000\ndata 2\nm\n" % self.time)
        for i, parent in enumerate(parents):
            self.out.write(b"%s :%d\n" % (b"merge" if i else b"from", parent))
        self.out.write(b"deleteall\n")
        for name, lines in sorted(tree.items()):
            quoted = name.replace(b"\n", b"\\n")
            data = b"".join(lines)
            mode = b"120000" if name == b"l" else b"100644"
            self.out.write(b'M %s inline "%s"\ndata %d\n%s\n' % (mode, quoted, len(data), data))
        self.out.write(b"\n")
        return parents


class RandomHistories(GitCase):
    def make(self, seed):
        history, chosen = History(seed), random.Random(seed)
        r = self.repo(f"r{seed}", "--object-format=sha256" if seed % 8 == 7 else "--object-format=sha1")
        led_to = set()
        for number in range(1, COMMITS + 1):
            led_to.update(history.commit(number))
        r.git("config", "fastimport.unpackLimit", "0" if seed % 3 else "100000")
        r.git("fast-import", "--quiet", given=history.out.getvalue())
        tips = [number for number in range(1, COMMITS + 1) if number not in led_to]
        kept = set(chosen.sample(tips, (len(tips) + 1) // 2)) | {COMMITS}
        gone = [number for number in range(1, COMMITS + 1) if number not in kept]
        r.git("update-ref", "--stdin", given=b"".join(b"delete refs/heads/b%d\n" % number for number in gone))
        r.git("symbolic-ref", "HEAD", f"refs/heads/b{COMMITS}")
        for i in range(3):
            blob = r.blob(b"".join(history.content()))
            if i:
                r.tree(("100644", "blob", blob, f"folder{i}.txt"))
        if seed % 4 == 1:
            r.git("repack", "-adkfq", f"--depth={chosen.choice((2, 50, 250))}", "--window=50")
        elif seed % 4 == 2:
            r.git("repack", "-q")
        return r

    def test_seeds(self):
        total = 0  # enough to see something
        for seed in SEEDS if not self.sanitized else SEEDS[1:3]:
            with self.subTest(seed=seed):
                r = self.make(seed)
                scratch = self.path(f"s{seed}")
                os.mkdir(scratch)
                occurrences, wrong = Oracle(self.program, r.path, scratch).compare()
                self.assertEqual(wrong[:10], [])
                self.scan_all_ways("--min-confidence", "low", r, code=1)
                total += occurrences
                shutil.rmtree(scratch)
                shutil.rmtree(r.path)
        self.assertGreater(total, 1000 if not self.sanitized else 100)


def on(program, repositories):
    code = 0
    for repository in repositories:
        scratch = tempfile.mkdtemp(prefix="staunch-oracle-")
        oracle = Oracle(os.path.abspath(program), os.path.abspath(repository), scratch)
        occurrences, wrong = oracle.compare()
        print(f"{repository}: {len(oracle.commits)} commits, {len(oracle.blobs)} blobs, {len(oracle.places)} contents "
              f"at their paths, {occurrences} occurrences, {len(wrong)} differences", flush=True)
        for each in wrong[:20]:
            print("  " + each)
        shutil.rmtree(scratch)
        code |= bool(wrong)
    return code


if __name__ == "__main__":
    if "--on" in sys.argv:
        sys.exit(on(sys.argv[1], sys.argv[3:]))
    main()
