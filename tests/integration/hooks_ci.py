#!/usr/bin/env python3
"""staunch hook ci in the environments of CI systems, over clones as these make them. Usage in
tests/support/outside.py."""
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from git_outside import GitCase  # noqa: E402
from outside import main, token  # noqa: E402

NONE = "0" * 40
ALL_OFF = "[extend]\nuseDefault = true\n[[allowlists]]\nregexes = ['''.*''']\npaths = ['''.*''']\n"


class CiCase(GitCase):
    def ci(self, repo, *arguments, **environment):
        """The report: what jsonl says, and how it ended."""
        env = dict(repo.environment, **{k: str(v) for k, v in environment.items()})
        path = self.path("report.jsonl")
        done = subprocess.run([self.program, "hook", "ci", "-f", "jsonl", "-r", path, "--show-secrets", *arguments],
                              cwd=repo.path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.out, self.err = done.stdout.decode(), done.stderr.decode()
        self.found = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines = [json.loads(line) for line in file]
            os.unlink(path)
            self.summary = lines[-1]
            self.found = sorted(o["path"] for o in lines if o["type"] == "occurrence")
        return done.returncode

    def told(self, wanted, repo, *arguments, **environment):
        code = self.ci(repo, *arguments, **environment)
        self.assertEqual((code, self.found), (1 if wanted else 0, wanted), self.err + self.out)

    def event(self, **content):
        self.write("event.json", json.dumps(content))
        return dict(GITHUB_ACTIONS="true", GITHUB_EVENT_PATH=self.path("event.json"))

    def upstream(self):
        """main has an old secret and goes on; topic, beside it, brings one that its next commit takes away again."""
        r = self.repo("upstream")
        r.commit(files={"old.txt": f"{token(1)}\n"})
        self.fork_point = r.commit(files={"a.txt": "one\n"})
        r.git("checkout", "-q", "-b", "topic")
        self.first = r.commit(files={"new.txt": f"{token(2)}\n"})
        self.topic = r.commit(files={"t.txt": "t\n"}, gone=["new.txt"])
        r.git("checkout", "-q", "main")
        self.main = r.commit(files={"b.txt": f"{token(3)}\n"})
        r.git("checkout", "-q", "-b", "merged")
        self.merge = r.merge("topic")
        r.git("update-ref", "refs/pull/1/merge", "HEAD")
        r.git("checkout", "-q", "main")
        r.git("branch", "-qD", "merged")
        r.git("config", "uploadpack.allowAnySHA1InWant", "true")
        return r

    def checkout(self, upstream, what, *options, name="ci"):
        """A detached clone, as CI systems make it."""
        clone = self.repo(name)
        clone.git("remote", "add", "origin", f"file://{upstream.path}")
        clone.git("fetch", "-q", "--no-tags", *options, "origin", f"{what}:refs/remotes/ci/head",
                  *([] if options else ["+refs/heads/*:refs/remotes/origin/*"]))
        clone.git("checkout", "-q", "--detach", "refs/remotes/ci/head")
        return clone


class GitHub(CiCase):
    def pull(self, fork=False, **more):
        head = "stranger/upstream" if fork else "owner/upstream"
        return dict(self.event(pull_request={"base": {"sha": self.main, "repo": {"full_name": "owner/upstream"}},
                                             "head": {"sha": self.topic, "repo": {"full_name": head}}}),
                    GITHUB_EVENT_NAME="pull_request", GITHUB_SHA=self.merge, GITHUB_BASE_REF="main", **more)

    def test_pull_request(self):
        up = self.upstream()
        self.told(["new.txt"], self.checkout(up, "refs/pull/1/merge"), **self.pull())

    def test_pull_request_of_a_shallow_clone(self):
        up = self.upstream()
        self.told(["b.txt", "old.txt"], self.checkout(up, "refs/pull/1/merge", "--depth=1"), **self.pull())
        self.assertIn("the clone is shallow", self.err)
        # With the base beside it, old secrets are known, also at the border.
        two = self.checkout(up, "refs/pull/1/merge", "--depth=2", name="two")
        self.told([], two, **self.pull())
        self.assertNotIn("shallow", self.err)

    def test_push(self):
        up = self.upstream()
        clone = self.checkout(up, "topic")
        push = dict(GITHUB_EVENT_NAME="push", GITHUB_SHA=self.topic, GITHUB_REF_NAME="topic")
        repository = {"default_branch": "main"}
        for before, wanted in ((self.fork_point, ["new.txt"]), (self.first, []), (NONE, ["new.txt"]),
                               ("12" * 20, ["new.txt"])):
            self.told(wanted, clone, **self.event(before=before, after=self.topic, repository=repository), **push)
        push["GITHUB_REF_NAME"] = "main"
        event = self.event(before=NONE, after=self.topic, repository=repository)
        self.told(["new.txt", "old.txt"], clone, **event, **push)

    def test_merge_group_and_schedule(self):
        up = self.upstream()
        clone = self.checkout(up, "refs/pull/1/merge")
        group = self.event(merge_group={"base_sha": self.main, "head_sha": self.merge})
        self.told(["new.txt"], clone, GITHUB_EVENT_NAME="merge_group", GITHUB_SHA=self.merge, **group)
        self.told(["b.txt", "new.txt", "old.txt"], clone, GITHUB_EVENT_NAME="schedule", GITHUB_SHA=self.merge,
                  **self.event())

    def test_a_fork_cannot_switch_it_off(self):
        up = self.upstream()
        up.git("checkout", "-q", "topic")
        self.topic = up.commit(files={".staunch.toml": ALL_OFF, ".gitleaks.toml": ALL_OFF, "x.txt":
                                      f"{token(4)} staunch:allow\n", ".staunchignore": "x.txt:github-pat:1\n"})
        clone = self.checkout(up, "topic")
        self.told([], clone, **self.pull())  # those who may write to the repository may decide
        self.told(["new.txt", "x.txt"], clone, **self.pull(fork=True))
        self.assertIn("a fork's commits", self.err)
        up.git("checkout", "-q", "main")
        self.main = up.commit(files={".staunchignore": "x.txt:github-pat:1\n"})
        clone = self.checkout(up, "topic", name="again")
        self.told(["new.txt"], clone, **self.pull(fork=True))

    def test_the_event_that_runs_with_the_bases_rights(self):
        """Its GITHUB_SHA is the base's: the head stands in the event alone."""
        up = self.upstream()
        clone = self.checkout(up, "topic")
        event = dict(self.pull(fork=True), GITHUB_EVENT_NAME="pull_request_target", GITHUB_SHA=self.main)
        self.told(["new.txt"], clone, **event)

    def test_marks_and_the_log(self):
        up = self.upstream()
        up.git("checkout", "-q", "topic")
        names = ["::error file=x::y", "##vso[task.setvariable variable=a]b", "a,b:c%d\ne"]
        self.topic = up.commit(files={name: f"\n{token(5)}\n" for name in names})
        clone = self.checkout(up, "topic")
        self.told(sorted(["new.txt", *names]), clone, **self.pull())
        marks = [line for line in self.out.splitlines() if re.match(r"\s*::", line)]
        self.assertEqual(len(marks), 4, self.out)
        for mark in marks:
            self.assertRegex(mark, r"^::error file=[^,]+,line=[12],endLine=[12],col=1,title=github-pat::")
        self.assertTrue(any("file=a%2Cb%3Ac%25d" in mark for mark in marks), marks)
        self.assertNotIn("##vso", self.out.replace("\n".join(marks), ""))
        for number in (2, 5):
            self.assertNotIn(token(number), self.out)
        self.assertEqual((self.out + self.err).count("; everything was read"), 1, "it is told once")

    def test_events_that_are_none(self):
        clone = self.checkout(self.upstream(), "topic")
        for text in ("", "[]", "{", "null"):
            self.write("event.json", text)
            self.assertEqual(self.ci(clone, GITHUB_ACTIONS="true", GITHUB_EVENT_PATH=self.path("event.json")), 2)
        self.assertEqual(self.ci(clone, GITHUB_ACTIONS="true"), 2)
        odd = self.event(pull_request={"base": 1, "head": ["x"]}, before={}, after=7)
        self.told(["new.txt", "old.txt"], clone, GITHUB_EVENT_NAME="pull_request", GITHUB_SHA=self.topic, **odd)


class Others(CiCase):
    def systems(self):
        """Each system's pull request: options, environment, and what is added where it comes from a fork."""
        gitlab = dict(GITLAB_CI="true", CI_MERGE_REQUEST_IID=1, CI_COMMIT_SHA=self.topic,
                      CI_MERGE_REQUEST_DIFF_BASE_SHA=self.fork_point, CI_MERGE_REQUEST_PROJECT_ID=1,
                      CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1)
        jenkins = dict(JENKINS_URL="http://127.0.0.1", GIT_COMMIT=self.topic, CHANGE_TARGET="main")
        azure = dict(TF_BUILD="True", BUILD_SOURCEVERSION=self.topic, SYSTEM_PULLREQUEST_SOURCECOMMITID=self.topic,
                     SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main")
        circle = dict(CIRCLECI="true", CIRCLE_SHA1=self.topic)
        kite = dict(BUILDKITE="true", BUILDKITE_COMMIT=self.topic, BUILDKITE_BRANCH="topic", BUILDKITE_PULL_REQUEST=3,
                    BUILDKITE_PULL_REQUEST_BASE_BRANCH="main", BUILDKITE_REPO="git@127.0.0.1:owner/it.git",
                    BUILDKITE_PULL_REQUEST_REPO="git://127.0.0.1/owner/it.git")
        return [([], gitlab, dict(CI_MERGE_REQUEST_SOURCE_PROJECT_ID=2)),
                ([], jenkins, dict(CHANGE_FORK="stranger")),
                ([], azure, dict(SYSTEM_PULLREQUEST_ISFORK="True")),
                (["--base", self.fork_point], circle, dict(CIRCLE_PR_USERNAME="stranger")),
                ([], kite, dict(BUILDKITE_PULL_REQUEST_REPO="git://127.0.0.1/stranger/it.git"))]

    def test_a_fork_cannot_switch_it_off(self):
        up = self.upstream()
        up.git("checkout", "-q", "topic")
        self.topic = up.commit(files={".staunch.toml": ALL_OFF, ".gitleaks.toml": ALL_OFF,
                                      "x.txt": f"{token(4)} staunch:allow\n", ".staunchignore": "x.txt:github-pat:1\n"})
        clone = self.checkout(up, "topic")
        for options, own, fork in self.systems():
            with self.subTest(system=next(iter(own))):
                self.told([], clone, *options, **own)  # those who may write to the repository may decide
                self.told(["new.txt", "x.txt"], clone, *options, **dict(own, **fork))
                self.assertIn("a fork's commits", self.err)

    def test_shallow_clones(self):
        """All that is there counts as new, aloud: what the base had cannot be known."""
        shallow = self.checkout(self.upstream(), "topic", "--depth=2")
        for options, own, _ in self.systems():
            with self.subTest(system=next(iter(own))):
                self.told(["new.txt", "old.txt"], shallow, *options, **own)
                self.assertIn("shallow", self.err)

    def test_schedules_look_at_everything(self):
        clone = self.checkout(self.upstream(), "topic")
        for environment in (dict(TF_BUILD="True", BUILD_REASON="Schedule", BUILD_SOURCEVERSION=self.topic),
                            dict(BUILDKITE="true", BUILDKITE_SOURCE="schedule", BUILDKITE_COMMIT=self.topic,
                                 BUILDKITE_BRANCH="topic", BUILDKITE_PIPELINE_DEFAULT_BRANCH="main")):
            self.told(["b.txt", "new.txt", "old.txt"], clone, **environment)

    def test_gitlab(self):
        up = self.upstream()
        clone = self.checkout(up, "topic")
        merge = dict(GITLAB_CI="true", CI_MERGE_REQUEST_IID=1, CI_MERGE_REQUEST_DIFF_BASE_SHA=self.fork_point,
                     CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main", CI_COMMIT_SHA=self.topic, CI_COMMIT_BEFORE_SHA=NONE,
                     CI_MERGE_REQUEST_PROJECT_ID=1, CI_MERGE_REQUEST_SOURCE_PROJECT_ID=1)
        self.told(["new.txt"], clone, **merge)
        self.told(["new.txt"], clone, **dict(merge, CI_MERGE_REQUEST_DIFF_BASE_SHA="34" * 20))
        self.told(["new.txt"], clone, **dict(merge, CI_MERGE_REQUEST_SOURCE_PROJECT_ID=2))
        self.assertIn("a fork's commits", self.err)
        push = dict(GITLAB_CI="true", CI_COMMIT_SHA=self.topic, CI_DEFAULT_BRANCH="main", CI_COMMIT_REF_NAME="topic",
                    CI_PIPELINE_SOURCE="push")
        for before, wanted in ((self.fork_point, ["new.txt"]), (self.first, []), (NONE, ["new.txt"])):
            self.told(wanted, clone, **push, CI_COMMIT_BEFORE_SHA=before)
        self.told(["b.txt", "new.txt", "old.txt"], clone, **dict(push, CI_PIPELINE_SOURCE="schedule"))
        shallow = self.checkout(up, "topic", "--depth=2", name="shallow")
        self.told(["new.txt", "old.txt"], shallow, **merge)
        self.assertIn("shallow", self.err)
        report = self.path("gl.json")
        env = dict(clone.environment, **{k: str(v) for k, v in merge.items()})
        done = subprocess.run([self.program, "hook", "ci", "-f", "gitlab", "-r", report], cwd=clone.path, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        with open(report, encoding="utf-8") as file:
            (finding,) = json.load(file)["vulnerabilities"]
        self.assertEqual(finding["location"]["file"], "new.txt")
        self.assertIn(b"new.txt:1", done.stdout)

    def test_jenkins(self):
        clone = self.checkout(self.upstream(), "topic")
        base = dict(JENKINS_URL="http://127.0.0.1", GIT_COMMIT=self.topic)
        self.told(["new.txt"], clone, **base, CHANGE_TARGET="main")
        self.told(["new.txt"], clone, **base, GIT_PREVIOUS_SUCCESSFUL_COMMIT=self.fork_point,
                  GIT_PREVIOUS_COMMIT=self.first)
        self.told(["new.txt", "old.txt"], clone, **base)

    def test_azure(self):
        clone = self.checkout(self.upstream(), "topic")
        base = dict(TF_BUILD="True", BUILD_SOURCEVERSION=self.topic)
        self.told(["new.txt"], clone, **base, SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main",
                  SYSTEM_PULLREQUEST_SOURCECOMMITID=self.topic)
        self.assertRegex(self.out, r"(?m)^##vso\[task.logissue type=error;sourcepath=new.txt;linenumber=1;")
        self.told(["new.txt", "old.txt"], clone, **base)

    def test_circleci_and_buildkite(self):
        clone = self.checkout(self.upstream(), "topic")
        self.told(["new.txt"], clone, "--base", self.fork_point, CIRCLECI="true", CIRCLE_SHA1=self.topic)
        self.told(["new.txt", "old.txt"], clone, CIRCLECI="true", CIRCLE_SHA1=self.topic)
        kite = dict(BUILDKITE="true", BUILDKITE_COMMIT=self.topic, BUILDKITE_BRANCH="topic",
                    BUILDKITE_PIPELINE_DEFAULT_BRANCH="main")
        self.told(["new.txt"], clone, **kite, BUILDKITE_PULL_REQUEST="3", BUILDKITE_PULL_REQUEST_BASE_BRANCH="main")
        self.told(["new.txt"], clone, **kite, BUILDKITE_PULL_REQUEST="false")
        whole = dict(kite, BUILDKITE_BRANCH="main", BUILDKITE_PULL_REQUEST="false")
        self.told(["new.txt", "old.txt"], clone, **whole)
        self.told(["new.txt"], clone, **whole, BUILDKITE_MERGE_QUEUE_BASE_COMMIT=self.fork_point)

    def test_one_repository_has_many_addresses(self):
        clone = self.checkout(self.upstream(), "topic")
        pull = dict(BUILDKITE="true", BUILDKITE_COMMIT=self.topic, BUILDKITE_BRANCH="topic", BUILDKITE_PULL_REQUEST=3,
                    BUILDKITE_PULL_REQUEST_BASE_BRANCH="main", BUILDKITE_PULL_REQUEST_REPO="git://a.test/o/r.git")
        for address, foreign in (("git@a.test:o/r.git", False), ("https://a.test/o/r", False),
                                 ("ssh://git@a.test/o/r.git/", False), ("git@b.test:o/r.git", True),
                                 ("git@a.test:o/r2.git", True), ("https://a.test@b.test/o/r", True), ("", True)):
            self.told(["new.txt"], clone, **pull, BUILDKITE_REPO=address)
            self.assertEqual("a fork's commits" in self.err, foreign, address)

    def test_without_ci(self):
        clone = self.checkout(self.upstream(), "topic")
        self.assertEqual(self.ci(clone), 2)
        self.told(["new.txt"], clone, "--base", "main")
        self.told([], clone, "--base", "main", "--head", "main")
        # As people say it: what only git understands.
        self.told(["new.txt"], clone, "--base", self.fork_point[:10])
        self.told(["new.txt"], clone, "--base", "origin/topic~2", "--head", "origin/topic~1")
        self.told([], clone, "--base", "HEAD~1")
        for odd in ("--all", "origin/main..HEAD", "HEAD~9"):
            self.told(["new.txt", "old.txt"], clone, f"--base={odd}")
            self.assertIn(f"{odd} is not here", self.err)
        self.assertEqual(self.ci(clone, "--base", "main", "--head", "nowhere"), 2)
        self.assertIn("nowhere: is not here", self.err)


if __name__ == "__main__":
    main()
