#!/usr/bin/env python3
"""Secrets in every corner of a repository: each is found once for each commit that brought it in, and said to be from
there. Repositories are made by git; usage in tests/support/outside.py."""
import base64
import io
import os
import random
import shutil
import subprocess
import sys
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase, Repo  # noqa: E402
from outside import WAIT, main, token  # noqa: E402

MESSAGE, TAG = "(commit message)", "(tag message)"


def noise(seed, lines):
    """Text that packs into deltas and holds nothing."""
    chosen = random.Random(seed)
    return "".join(" ".join(chosen.choice(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"))
                            for _ in range(9)) + "\n" for _ in range(lines))


class Commits(GitCase):
    """Which commit brought a secret in, and where."""

    def test_plain(self):
        r = self.repo()
        r.commit(files={"a.txt": "nothing\n"})
        brought = r.commit("with it", {"src/a.env": f"one\ntwo\nkey = {token(1)}\n"})
        r.commit(files={"src/a.env": f"one\ntwo\nkey = {token(1)}\nthree\n"})
        r.commit(files={"b.txt": "later\n"})
        (o,) = self.found([(token(1), brought, "src/a.env", 3)], r)
        self.assertEqual((o["column"], o["offset"], o["length"]), (7, 14, 40))
        self.assertEqual((o["author"], o["email"], o["message"]), ("Ann", "ann@example.com", "with it"))
        self.assertEqual(o["commit_date"], r.git("log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ",
                                                 brought, TZ="UTC"))
        self.assertEqual((o["versions"], o["in_head"]), (2, True))
        self.assertEqual(o["blob"], r.head(brought + ":src/a.env"))
        self.still(o, reachable="", branches=["main"])

    def test_merge(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.git("checkout", "-q", "-b", "side")
        r.commit(files={"b": "2\n"})
        r.git("checkout", "-q", "main")
        r.commit(files={"c": "3\n"})
        evil = r.merge("side", files={"c": f"3\n{token(1)}\n"})
        (o,) = self.found([(token(1), evil, "c", 2)], r)
        self.still(o, branches=["main"])

    def test_merge_of_a_branch_that_has_it(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.git("checkout", "-q", "-b", "side")
        brought = r.commit(files={"a": f"1\n{token(1)}\n"})
        r.git("checkout", "-q", "main")
        r.commit(files={"c": "3\n"})
        r.merge("side")
        (o,) = self.found([(token(1), brought, "a", 2)], r)
        self.still(o, branches=["main", "side"])

    def test_octopus(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        made = []
        for i in range(1, 4):
            r.git("checkout", "-q", "-b", f"side{i}", "main")
            made.append(r.commit(files={f"f{i}": token(i) + "\n"}))
        r.git("checkout", "-q", "main")
        r.commit(files={"m": "m\n"})
        evil = r.merge("side1", "side2", "side3", files={"g": token(4)})
        self.assertEqual(len(r.git("rev-list", "--parents", "-1", evil).split()), 5)
        self.found([(token(i), made[i - 1], f"f{i}", 1) for i in (1, 2, 3)] + [(token(4), evil, "g", 1)], r)

    def test_two_roots(self):
        r = self.repo()
        one = r.commit(files={"a": token(1)})
        r.git("checkout", "-q", "--orphan", "other")
        two = r.commit(files={"a": token(1), "b": token(2)})
        r.git("merge", "-q", "-s", "ours", "--allow-unrelated-histories", "main")
        self.found([(token(1), one, "a", 1), (token(1), two, "a", 1), (token(2), two, "b", 1)], r)

    def test_rename(self):
        r = self.repo()
        brought = r.commit(files={"old/name.txt": f"x\n{token(1)}\n", "b": "b"})
        r.git("mv", "old/name.txt", "new.txt")
        r.commit()
        r.git("mv", "new.txt", "newer.txt")
        r.commit(files={"b": "c"})
        r.commit(files={"newer.txt": f"x\n{token(1)}\ny\n"})
        (o,) = self.found([(token(1), brought, "old/name.txt", 2)], r)
        self.assertTrue(o["in_head"])

    def test_rename_of_a_folder_and_of_several(self):
        r = self.repo()
        brought = r.commit(files={"d/1": token(1), "d/2": token(1), "d/3": token(2)})
        os.rename(r.path + "/d", r.path + "/e")
        r.commit()
        self.found([(token(1), brought, "d/1", 1), (token(1), brought, "d/2", 1), (token(2), brought, "d/3", 1)], r)

    def test_copy(self):
        r = self.repo()
        brought = r.commit(files={"a": token(1)})
        copied = r.commit(files={"b": token(1)})
        self.found([(token(1), brought, "a", 1), (token(1), copied, "b", 1)], r)

    def test_deleted_later(self):
        r = self.repo()
        brought = r.commit(files={"a": token(1), "b": "b"})
        r.commit(gone=["a"])
        (o,) = self.found([(token(1), brought, "a", 1)], r)
        self.assertFalse(o["in_head"])
        self.still(o, branches=[])

    def test_removed_and_added_again(self):
        r = self.repo()
        first = r.commit(files={"a": f"x\n{token(1)}\n"})
        r.commit(files={"a": "x\n"})
        second = r.commit(files={"a": f"x\n\n{token(1)}\n"})
        gone = r.commit(gone=["a"])
        third = r.commit(files={"a": f"x\n\n{token(1)}\n"})
        self.assertNotEqual(gone, third)
        self.found([(token(1), first, "a", 2), (token(1), second, "a", 3), (token(1), third, "a", 3)], r)

    def test_a_second_place_in_the_file(self):
        r = self.repo()
        first = r.commit(files={"a": f"x\nkey {token(1)}\ny\n"})
        second = r.commit(files={"a": f"x\nagain {token(1)}\nkey {token(1)}\ny\n"})
        self.found([(token(1), first, "a", 2), (token(1), second, "a", 2)], r)

    def test_cherry_picked(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.git("checkout", "-q", "-b", "side")
        first = r.commit(files={"key": token(1)})
        r.git("checkout", "-q", "main")
        r.commit(files={"b": "2\n"})
        r.time += 3600
        r.git("cherry-pick", first)
        second = r.head()
        r.merge("side")
        self.found([(token(1), first, "key", 1), (token(1), second, "key", 1)], r)

    def test_grown_over_two_versions(self):
        r = self.repo()
        secret = token(1)
        r.commit(files={"a": noise(1, 300) + "key = " + secret[:20] + "\n" + noise(2, 300)})
        brought = r.commit(files={"a": noise(1, 300) + "key = " + secret + "\n" + noise(2, 300)})
        for _ in range(2):
            self.found([(secret, brought, "a", 301)], r)
            r.git("repack", "-adfq")

    def test_joined_by_a_delta_of_copies(self):
        # In the first version the halves stand far apart; the second one is made of nothing but pieces of it.
        r = self.repo()
        secret, one, two, three = token(1), noise(1, 2000), noise(2, 2000), noise(3, 2000)
        apart = f"{one}the first half: {secret[:20]}\n{two}{secret[20:]} was the second half\n{three}"
        joined = f"{one}the first half: {secret[:20]}{secret[20:]} was the second half\n{three}"
        first = r.commit(files={"a": apart})
        brought = r.commit(files={"a": joined})
        last = r.commit(files={"a": apart})
        self.assertNotEqual(first, last)
        self.found([(secret, brought, "a", 2001)], r)
        r.git("repack", "-adfq", "--depth=50", "--window=50")
        (pack,) = [name for name in os.listdir(r.file("objects/pack")) if name.endswith(".idx")]
        listed = r.git("verify-pack", "-v", r.file("objects/pack/" + pack))
        (line,) = [line.split() for line in listed.splitlines() if line.startswith(r.head(brought + ":a"))]
        self.assertEqual(len(line), 7, "the joined version is a delta")
        self.assertLess(int(line[3]), 60, "of little but copies")
        self.found([(secret, brought, "a", 2001)], r)

    def test_moved_within_the_file(self):
        r = self.repo()
        brought = r.commit(files={"a": f"{token(1)}\n" + noise(1, 50)})
        r.commit(files={"a": noise(1, 50) + f"{token(1)}\n"})
        (o,) = self.found([(token(1), brought, "a", 1)], r)
        self.assertEqual(o["versions"], 2)

    def test_reset_to_a_submodule_and_a_folder(self):
        # What a path is may change: a file, a folder, a link, a submodule.
        r = self.repo()
        one = r.commit(files={"x": token(1)})
        os.unlink(r.path + "/x")
        two = r.commit(files={"x/y": token(1)})
        shutil.rmtree(r.path + "/x")
        os.symlink(token(2), r.path + "/x")
        three = r.commit()
        r.git("rm", "-q", "x")
        r.git("update-index", "--add", "--cacheinfo", f"160000,{one},x")
        r.time += 3600
        r.git("commit", "-q", "-m", "a submodule")
        self.found([(token(1), one, "x", 1), (token(1), two, "x/y", 1), (token(2), three, "x", 1)], r)


class Unreferenced(GitCase):
    """What no branch leads to any more, or never did."""

    def test_stash(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.write("a", f"1\n{token(1)}\n")
        r.write("new", token(2))
        r.git("add", "a")
        r.write("a", f"1\n{token(1)}\n{token(3)}\n")
        r.time += 3600
        r.git("stash", "push", "-q", "--include-untracked")
        # A stash is a merge of HEAD, the index as it was, and what was not tracked.
        all_of_it, index, untracked = (r.head(name) for name in ("stash@{0}", "stash@{0}^2", "stash@{0}^3"))
        places = self.found([(token(1), index, "a", 2), (token(2), untracked, "new", 1),
                             (token(3), all_of_it, "a", 3)], r)
        for o in places:
            self.assertFalse(o["in_head"])
            self.assertEqual(o.get("reachable", "stash"), "stash")

    def test_older_stash(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.write("a", token(1))
        r.git("stash", "push", "-q")
        first = r.head("stash@{0}")
        r.time += 3600
        r.write("a", token(2))
        r.git("stash", "push", "-q")
        told = {o["secret"]["value"]: o for o in self.scan_all_ways(r, code=1).lines("occurrence")}
        self.assertEqual(set(told), {token(1), token(2)})
        self.assertIn(told[token(1)]["commit"], (first, r.head(first + "^2")))
        for o in told.values():
            self.assertEqual(o.get("reachable", "stash"), "stash")

    def test_reset_away(self):
        r = self.repo()
        kept = r.commit(files={"a": "1\n"})
        lost = r.commit(files={"a": f"1\n{token(1)}\n"})
        r.git("reset", "-q", "--hard", kept)
        (o,) = self.found([(token(1), lost, "a", 2)], r)
        self.assertFalse(o["in_head"])
        self.assertEqual(o.get("reachable", "reflog"), "reflog")
        r.git("reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all")
        self.assertIn(lost, r.git("fsck", "--unreachable"))
        (o,) = self.found([(token(1), lost, "a", 2)], r)
        self.assertEqual(o.get("reachable", "nothing"), "nothing")
        r.git("repack", "-adfkq")
        self.found([(token(1), lost, "a", 2)], r)

    def test_staged_then_unstaged(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.write("a", f"1\n2\n{token(1)}\n")
        r.git("add", "a")
        blob = r.git("rev-parse", ":a")
        r.git("reset", "-q", "--hard")
        (o,) = self.found([(token(1), "", f"(blob {blob})", 3)], r)
        self.assertEqual(o["blob"], blob)
        self.assertEqual(o.get("reachable", "nothing"), "nothing")

    def test_tree_of_no_commit(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        inner = r.tree(("100644", "blob", r.blob(f"\n{token(1)}"), "f.txt"))
        r.tree(("040000", "tree", inner, "folder"))
        (o,) = self.found([(token(1), "", "folder/f.txt", 2)], r)
        self.assertEqual(o.get("reachable", "nothing"), "nothing")

    def test_tagged_blob_and_tree(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        blob = r.blob(token(1))
        r.git("tag", "a-blob", blob)
        r.git("tag", "a-tree", r.tree(("100644", "blob", r.blob(token(2)), "f.txt")))
        self.found([(token(1), "", f"(blob {blob})", 1), (token(2), "", "f.txt", 1)], r)


class Texts(GitCase):
    """What is not in files."""

    def test_commit_message(self):
        r = self.repo()
        said = r.commit(f"a subject\n\nand {token(1)}\n")
        r.commit("nothing")
        (o,) = self.found([(token(1), said, MESSAGE, 3)], r)
        self.assertEqual(o["column"], 5)

    def test_author(self):
        r = self.repo()
        said = r.commit("m", GIT_AUTHOR_NAME=token(1))
        also = r.commit("m", GIT_COMMITTER_EMAIL=token(2) + "@example.com")
        told = self.scan_all_ways(r, code=1).lines("occurrence")
        self.assertEqual(sorted((o["secret"]["value"], o.get("commit", ""), o["path"]) for o in told),
                         sorted([(token(1), said, MESSAGE), (token(2), also, MESSAGE)]))

    def test_tag_message(self):
        r = self.repo()
        tagged = r.commit(files={"a": "1\n"})
        r.git("tag", "-a", "v1", "-m", f"release\n\nwith {token(1)}")
        (o,) = self.found([(token(1), tagged, TAG, 3)], r)
        self.assertEqual(o["blob"], r.head("refs/tags/v1"))
        r.git("tag", "-d", "v1")
        (o,) = self.found([(token(1), tagged, TAG, 3)], r)
        self.assertEqual(o.get("reachable", "nothing"), "nothing")

    def test_tag_of_a_tag_and_of_a_blob(self):
        r = self.repo()
        r.commit(files={"a": "1\n"})
        r.git("tag", "-a", "v1", "-m", token(1))
        r.git("tag", "-a", "v2", "-m", token(2), "v1")
        r.git("tag", "-a", "v3", "-m", token(3), r.head("HEAD:a"))
        told = self.scan_all_ways(r, code=1).lines("occurrence")
        self.assertEqual({(o["secret"]["value"], o["path"], o["blob"]) for o in told},
                         {(token(i), TAG, r.head(f"refs/tags/v{i}")) for i in (1, 2, 3)})
        self.assertEqual(len(told), 3)

    def test_note(self):
        r = self.repo()
        noted = r.commit(files={"a": "1\n"})
        r.git("notes", "add", "-m", f"see {token(1)}")
        (o,) = self.found([(token(1), r.head("refs/notes/commits"), noted, 1)], r)
        self.assertEqual(o.get("reachable") or "", "")

    def test_name_of_a_file(self):
        r = self.repo()
        brought = r.commit(files={f"d/{token(1)}.txt": "harmless\n"})
        r.commit(files={f"d/{token(1)}.txt": "harmless still\n", "b": "b"})
        again = r.commit(files={f"e/{token(1)}.txt": "harmless\n"})
        told = self.scan_all_ways(r, code=1).lines("occurrence")
        self.assertEqual(sorted((o["secret"]["value"], o.get("commit", ""), o["path"]) for o in told),
                         sorted((token(1), c, f"{d}/{token(1)}.txt") for c, d in ((brought, "d"), (again, "e"))))

    def test_name_of_a_folder(self):
        r = self.repo()
        brought = r.commit(files={f"{token(1)}/a": "harmless\n", f"{token(1)}/b": "harmless, too\n"})
        told = self.scan_all_ways(r, code=1).lines("occurrence")
        self.assertEqual([(o["secret"]["value"], o.get("commit", "")) for o in told], [(token(1), brought)])

    def test_zip(self):
        r = self.repo()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("in/side.txt", f"\n{token(1)}\n")
        brought = r.commit(files={"a.zip": packed.getvalue()})
        self.found([(token(1), brought, "a.zip!in/side.txt", 2)], r)

    def test_base64(self):
        r = self.repo()
        brought = r.commit(files={"a": "x\n" + base64.b64encode(f"key = {token(1)}\n".encode()).decode() + "\n"})
        (o,) = self.found([(token(1), brought, "a", 2)], r)
        self.assertEqual(o["decoded"], ["base64"])


class Layouts(GitCase):
    """However the objects are kept, the report is the same."""

    def history(self, name="r", *init):
        r = self.repo(name, *init)
        text = noise(1, 200)
        one = r.commit(files={"a": text + token(1) + "\n", "b": "b\n"})
        r.git("checkout", "-q", "-b", "side")
        two = r.commit(files={"d/c": text + token(2) + "\n"})
        r.git("checkout", "-q", "main")
        three = r.commit(files={"a": text + "again\n" + token(1) + "\n" + token(3) + "\n"})
        r.merge("side")
        return r, [(token(1), one, "a", 201), (token(2), two, "d/c", 201), (token(3), three, "a", 203)]

    def test_loose_packed_and_both(self):
        r, wanted = self.history()
        loose = steady_occurrences(self.scan(r))
        self.assertEqual(len(loose), 3)
        self.found(wanted, r)
        r.git("repack", "-q")  # beside the loose ones
        self.assertEqual(steady_occurrences(self.scan(r)), loose)
        r.git("repack", "-adq")
        self.assertEqual(steady_occurrences(self.scan(r)), loose)
        r.git("repack", "-adfq", "--depth=4095", "--window=100")
        self.assertEqual(steady_occurrences(self.scan(r)), loose)
        r.git("gc", "-q", "--aggressive", "--prune=now")
        self.assertEqual(steady_occurrences(self.scan(r)), loose)
        r.git("repack", "-adq", "--write-midx", "--write-bitmap-index")
        self.assertEqual(steady_occurrences(self.scan(r)), loose)
        self.found(wanted, r)

    def test_several_packs_with_the_same_objects(self):
        r, wanted = self.history()
        for depth in ("0", "1", "50"):
            names = r.git("rev-list", "--objects", "--all", "--no-object-names", "--reflog")
            r.git("pack-objects", "-q", f"--depth={depth}", "--no-reuse-delta", r.file("objects/pack/pack"),
                  given=names.encode())
        names = r.git("rev-list", "--objects", "HEAD~1", "--no-object-names")
        r.git("pack-objects", "-q", r.file("objects/pack/pack"), given=names.encode())
        self.assertGreater(len([f for f in os.listdir(r.file("objects/pack")) if f.endswith(".pack")]), 1)
        self.found(wanted, r)
        blobs = [line for line in r.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
                 if " blob " in line]
        self.assertEqual(self.scan(r).summary["blobs"], len(blobs))

    def test_bare(self):
        r, wanted = self.history()
        self.found(wanted, self.clone(r, "bare.git", "--bare"))

    def test_sha256(self):
        r, wanted = self.history("r", "--object-format=sha256")
        self.assertEqual(len(r.head()), 64)
        self.found(wanted, r)
        r.git("gc", "-q")
        self.found(wanted, r)

    def test_from_a_folder_in_it(self):
        r, wanted = self.history()
        self.found(wanted, os.path.join(r.path, "d"))
        self.found(wanted, os.path.join(r.path, ".git"))

    def test_linked_work_tree(self):
        r, wanted = self.history()
        r.git("worktree", "add", "-q", "--detach", self.path("linked"))
        linked = Repo(self.path("linked"), self.folder, made=True)
        linked.time = r.time
        more = linked.commit(files={"here": token(4)})
        wanted.append((token(4), more, "here", 1))
        *_, o = self.found(wanted, linked)
        self.assertTrue(o["in_head"])
        self.assertEqual(o.get("reachable") or "", "")
        *_, o = self.found(wanted, r)
        self.assertFalse(o["in_head"])

    def test_alternates(self):
        r, wanted = self.history()
        r.git("clone", "-q", "--shared", r.path, self.path("shared"))
        shared = Repo(self.path("shared"), self.folder, made=True)
        shared.time = r.time
        self.assertTrue(os.path.exists(shared.file("objects/info/alternates")))
        more = shared.commit(files={"here": token(4)})
        self.found(wanted + [(token(4), more, "here", 1)], shared)

    def test_environment(self):
        # As a hook gets it: new objects in quarantine, the repository's own as alternates.
        r, wanted = self.history()
        quarantine = self.path("quarantine")
        os.mkdir(quarantine)
        incoming = dict(GIT_OBJECT_DIRECTORY=quarantine, GIT_ALTERNATE_OBJECT_DIRECTORIES=r.file("objects"))
        blob = r.git("hash-object", "-w", "--stdin", given=token(4).encode(), **incoming)
        settings = self.settings()
        settings["env"].update(incoming, GIT_DIR=r.file(""))
        settings["cwd"] = self.folder
        done = subprocess.run([self.program, "git", "-f", "jsonl", "--no-progress", r.path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, **settings)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout.count(b'"type":"occurrence"'), len(wanted) + 1)
        self.assertIn(blob.encode(), done.stdout)

    def test_shallow(self):
        r = self.repo()
        r.commit(files={"a": token(1)})
        second = r.commit(files={"b": "b"})
        third = r.commit(files={"c": token(2)})
        shallow = self.clone(r, "shallow", "--depth=2")
        one, two = self.found([(token(1), second, "a", 1), (token(2), third, "c", 1)], shallow)
        if "at_or_before" in one or "at_or_before" in two:
            self.assertTrue(one["at_or_before"])
            self.assertFalse(two.get("at_or_before", False))

    def test_partial(self):
        r, wanted = self.history()
        r.git("config", "uploadpack.allowFilter", "true")
        partial = self.clone(r, "partial", "--filter=blob:none", "--no-checkout")
        result = self.scan_all_ways(partial)
        self.assertEqual(result.code, 0, result.out)
        self.assertGreater(result.summary.get("missing", 1), 0)
        self.assertTrue(any("partial clone" in note["why"] for note in result.summary["skipped"]))
        partial.git("checkout", "-q", "main")  # fetches what it needs
        result = self.scan_all_ways(partial, code=1)
        # What stood in the version before cannot be known.
        (_, brought, *_), third = wanted[1], wanted[2][1]
        self.assertEqual(sorted(self.places(result)),
                         sorted([(token(1), third, "a", 202), (token(2), brought, "d/c", 201),
                                                              (token(3), third, "a", 203)]))
        if any("at_or_before" in o for o in result.lines("occurrence")):
            for o in result.lines("occurrence"):
                self.assertEqual(o.get("at_or_before", False), o.get("commit", "") == third)

    @staticmethod
    def places(result):
        return [(o["secret"]["value"], o.get("commit", ""), o["path"], o["line"]) for o in result.lines("occurrence")]

    def test_submodule(self):
        library = self.repo("library")
        inside = library.commit(files={"lib.c": f"\n{token(1)}\n"})
        r = self.repo()
        mine = r.commit(files={"a": token(2)})
        r.git("submodule", "--quiet", "add", library.path, "deps/library")
        r.commit("with a submodule")
        # What was fetched lies below .git/modules, and stays there when the submodule goes.
        for there in (True, False):
            told = self.scan_all_ways(r, code=1).lines("occurrence")
            self.assertEqual([(o["secret"]["value"], o.get("commit", ""), o["path"], o["line"]) for o in told],
                             [(token(2), mine, "a", 1), (token(1), inside, "lib.c", 2)])
            if "repository" in told[1]:
                self.assertEqual(told[1]["repository"], r.file("modules/deps/library"))
                self.assertEqual(told[0].get("repository") or "", "")
            if there:
                r.git("rm", "-q", "-f", "deps/library")
                r.commit("without it")
        self.found([(token(1), inside, "lib.c", 2)], os.path.join(r.path, ".git/modules/deps/library"))

    def test_nested_submodule(self):
        inner, library, r = self.repo("inner"), self.repo("library"), self.repo()
        a = inner.commit(files={"i": token(1)})
        library.commit(files={"l": "nothing"})
        library.git("submodule", "--quiet", "add", inner.path, "inner")
        library.commit("nested")
        r.commit(files={"r": "nothing"})
        r.git("submodule", "--quiet", "add", library.path, "library")
        r.git("submodule", "--quiet", "update", "--init", "--recursive")
        r.commit("with both")
        told = self.scan_all_ways(r, code=1).lines("occurrence")
        self.assertEqual([(o["secret"]["value"], o.get("commit", ""), o["path"]) for o in told], [(token(1), a, "i")])

    def test_several(self):
        one, wanted = self.history("one")
        two = self.repo("two")
        also = two.commit(files={"z": token(5)})
        told = self.scan_all_ways(one, two, code=1).lines("occurrence")
        self.assertEqual(sorted((o["secret"]["value"], o.get("commit", ""), o["path"], o["line"]) for o in told),
                         sorted(wanted + [(token(5), also, "z", 1)]))
        for o in told:
            if "repository" in o:
                self.assertEqual(o["repository"], two.path if o.get("commit", "") == also else one.path)

    def test_while_git_repacks(self):
        r, wanted = self.history()
        for i in range(30):
            r.commit(files={f"more{i % 5}": noise(i, 300)})
        script = ("i=0; while [ ! -e stop ]; do i=$((i+1)); git repack -q -ad$([ $((i % 2)) = 0 ] && echo f); "
                  "git gc -q; echo $i > count; done")
        beside = subprocess.Popen(["bash", "-c", script], cwd=r.path, env=dict(r.environment),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            scans, rounds, end = 0, 0, time.monotonic() + WAIT
            while scans < 15 or rounds < 4:
                scans += 1
                self.assertLess(time.monotonic(), end)
                result = self.scan(r)
                self.assertEqual(result.code, 1, result.err)
                self.assertEqual(result.summary["incomplete"], [])
                self.assertEqual(sorted(self.places(result)), sorted(wanted))
                if os.path.exists(r.path + "/count"):
                    with open(r.path + "/count", encoding="ascii") as count:
                        rounds = int(count.read() or 0)
        finally:
            r.write("stop", "")
            beside.wait()


def steady_occurrences(result):
    return [line for line in result.out.splitlines() if '"type":"occurrence"' in line]


if __name__ == "__main__":
    main()
