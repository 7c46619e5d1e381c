#!/usr/bin/env python3
"""The real pre-commit with our manifest, and what hooks/ci and action.yml make CI systems run. cmake/clients.sh
installs pre-commit; its folder is --clients. Usage in tests/support/outside.py.

Not every machine can run containers: `docker` is a stand-in that runs the program with no more of the environment than
a container would have. With `--docker /usr/bin/docker` it is that one, and the image is the machine's staunch:latest."""
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "support")]
from hooks_ci import CiCase  # noqa: E402
from outside import main, option, token  # noqa: E402

CLIENTS = option("--clients")
REAL_DOCKER = option("--docker")

DOCKER = '''#!/usr/bin/python3
import os, sys
if sys.argv[1] != "run":
    print("{}")
    sys.exit(0)
words, env = sys.argv[2:], {}
while words[0].startswith("-"):
    word = words.pop(0)
    if word in ("-v", "--volume", "--workdir", "-u", "--user", "-e"):
        value = words.pop(0)
        if word == "-e" and value in os.environ:
            env[value] = os.environ[value]
assert words[0] == "staunch:latest", words
os.execve(PROGRAM, ["staunch", *words[1:]], env)
'''


class PreCommit(CiCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        os.symlink(self.program, self.path("bin/staunch"))
        if REAL_DOCKER:
            os.symlink(REAL_DOCKER, self.path("bin/docker"))
        else:
            self.write("bin/docker", DOCKER.replace("PROGRAM", repr(self.program)))
            os.chmod(self.path("bin/docker"), 0o755)
        self.hooks = self.repo("hooks")
        shutil.copy(os.path.join(ROOT, ".pre-commit-hooks.yaml"), self.hooks.path)
        self.hooks.commit()

    def using(self, *ids):
        r = self.repo()
        r.environment.update(PATH=f"{self.path('bin')}:{CLIENTS}/bin:{r.environment['PATH']}",
                             PRE_COMMIT_HOME=self.path("cache"))
        r.environment.update((name, value) for name, value in os.environ.items() if name.startswith("DOCKER_"))
        hooks = "".join(f"      - id: {each}\n" for each in ids)
        r.write(".pre-commit-config.yaml", f"repos:\n  - repo: file://{self.hooks.path}\n    rev: {self.hooks.head()}\n"
                                           f"    hooks:\n{hooks}")
        self.call(r, 0, "pre-commit", "install", "-t", "pre-commit", "-t", "pre-push", "-t", "commit-msg")
        r.write("a.txt", "one\n")
        r.git("add", "-A")
        self.call(r, 0, "git", "commit", "-qm", "first")
        return r

    def call(self, repo, code, *words, **environment):
        done = subprocess.run(words, cwd=repo.path, env=dict(repo.environment, **environment), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = done.stdout.decode("utf-8", "backslashreplace")
        self.assertEqual(done.returncode, code, said)
        return said

    def commits(self, id_):
        r = self.using(id_)
        r.write("b.txt", f"fine\n{token(1)}\n")
        r.write("--budget=0", "a name like an option\n")
        r.git("add", "-A")
        said = self.call(r, 1, "git", "commit", "-qm", "x")
        self.assertIn("b.txt:2", said)
        self.assertNotIn(token(1), said)
        r.git("commit", "-q", "--no-verify", "-m", "x")
        r.write("b.txt", f"fine\n{token(1)}\nand more\n")
        r.git("add", "-A")
        self.call(r, 0, "git", "commit", "-qm", "what was there is not new")
        r.write("b.txt", f"{token(2)}\n{token(1)}\n")
        r.write("a.txt", "two\n")
        self.assertIn("a secret", self.call(r, 1, "git", "commit", "-qm", "only b", "b.txt"))
        self.call(r, 0, "git", "commit", "-qm", "only a", "a.txt")
        r.git("checkout", "-q", ".")
        self.assertIn("b.txt:2", self.call(r, 1, "pre-commit", "run", "--all-files"))
        self.call(r, 0, "pre-commit", "run", "--files", "a.txt")
        self.call(r, 0, "pre-commit", "run", "--from-ref", "HEAD^", "--to-ref", "HEAD")
        self.assertIn("b.txt:2", self.call(r, 1, "pre-commit", "run", "--from-ref", "HEAD~3", "--to-ref", "HEAD"))
        bare = self.repo("bare.git", "--bare")
        r.git("remote", "add", "origin", bare.path)
        self.assertIn("b.txt:2", self.call(r, 1, "git", "push", "origin", "HEAD:refs/heads/main"))
        r.git("push", "-q", "--no-verify", "origin", "HEAD:refs/heads/main")
        r.commit(files={"c.txt": "c\n"})
        self.call(r, 0, "git", "push", "origin", "HEAD:refs/heads/main")

    def test_the_installed_program(self):
        self.commits("staunch")

    def test_a_container(self):
        self.commits("staunch-container")

    def test_messages(self):
        r = self.using("staunch", "staunch-commit-msg")
        self.assertIn("(commit message):1", self.call(r, 1, "git", "commit", "--allow-empty", "-m", token(1)))
        self.call(r, 0, "git", "commit", "--allow-empty", "-m", "fine")

    def test_the_line_that_install_tells(self):
        r = self.using("staunch")
        said = self.call(r, 2, "staunch", "hook", "install")
        (line,) = [line for line in said.splitlines() if line.startswith("  - {")]
        r.write(".pre-commit-config.yaml", f"repos:\n{line}\n")
        r.write("b.txt", token(1))
        r.git("add", "-A")
        self.assertIn("b.txt:1", self.call(r, 1, "git", "commit", "-qm", "x"))


class Templates(CiCase):
    """What the pieces say is run, in clones as the systems make them."""

    def yaml(self, path):
        script = "import yaml, json, sys; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
        return json.loads(subprocess.run([f"{CLIENTS}/bin/python", "-c", script, os.path.join(ROOT, path)],
                                         stdout=subprocess.PIPE, check=True).stdout)

    def shell(self, repo, text, **environment):
        os.makedirs(self.path("bin"), exist_ok=True)
        if not os.path.exists(self.path("bin/staunch")):
            os.symlink(self.program, self.path("bin/staunch"))
        env = dict(repo.environment, **{k: str(v) for k, v in environment.items()})
        env["PATH"] = self.path("bin") + ":" + env["PATH"]
        done = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", text], cwd=repo.path, env=env,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.said = done.stdout.decode()
        return done.returncode

    def read(self, repo, name):
        with open(os.path.join(repo.path, name), encoding="utf-8") as file:
            return file.read()

    def action(self, repo, inputs, **environment):
        """The steps of action.yml, as a runner does them; the last one's exit code."""
        action = self.yaml("action.yml")
        values = {f"inputs.{name}": each["default"] for name, each in action["inputs"].items()}
        values.update({f"inputs.{name}": value for name, value in inputs.items()})
        values["github.action_path"] = self.path("action")
        code = 0
        for step in action["runs"]["steps"]:
            if "uses" in step:
                continue
            self.assertNotIn("${{", step["run"])  # values reach a shell through its environment only
            output = self.write(f"output-{step['name']}", "")
            env = {name: re.sub(r"\$\{\{ (.*?) \}\}", lambda match: values.get(match[1], ""), value)
                   for name, value in step.get("env", {}).items()}
            code = self.shell(repo, step["run"], **environment, **env, GITHUB_OUTPUT=self.path(output),
                              RUNNER_TEMP=self.folder)
            with open(self.path(output), encoding="utf-8") as file:
                values.update((f"steps.{step.get('id')}.outputs.{name}", value)
                              for name, value in (line.rstrip("\n").split("=", 1) for line in file))
        self.outputs = {name: values.get(each["value"][4:-3]) for name, each in action["outputs"].items()}
        return code

    def test_the_action(self):
        up = self.upstream()
        clone = self.checkout(up, "refs/pull/1/merge", "--depth=1")
        pull = self.event(pull_request={"base": {"sha": self.main, "repo": {"full_name": "a/b"}},
                                        "head": {"sha": self.topic, "repo": {"full_name": "a/b"}}})
        pull.update(GITHUB_EVENT_NAME="pull_request", GITHUB_SHA=self.merge)
        self.assertEqual(self.action(clone, {"program": self.program}, **pull), 1, self.said)
        self.assertEqual(self.outputs["exit-code"], "1")
        with open(self.outputs["sarif"], encoding="utf-8") as file:
            results = json.load(file)["runs"][0]["results"]
        self.assertEqual([each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results],
                         ["new.txt"])
        strict = {"program": self.program, "fail-on": "severity=critical"}
        self.assertEqual(self.action(clone, strict, **pull), 1)
        push = dict(self.event(before=self.first, after=self.topic), GITHUB_EVENT_NAME="push", GITHUB_SHA=self.topic)
        self.assertEqual(self.action(clone, {"program": self.program}, **push), 0)
        os.mkdir(self.path("action"))
        os.symlink(self.program, self.path("action/run"))
        self.assertEqual(self.action(clone, {}, **push), 0)
        self.assertEqual(self.action(clone, {"config": "/nowhere"}, **push), 2)

    def test_gitlab(self):
        clone = self.checkout(self.upstream(), "topic")
        job = self.yaml("hooks/ci/gitlab.yml")["staunch"]
        self.assertEqual(job["image"]["entrypoint"], [""])  # with the image's own, the shell would be its argument
        report = job["artifacts"]["reports"]["secret_detection"]
        code = self.shell(clone, "\n".join(job["script"]), GITLAB_CI="true", CI_MERGE_REQUEST_IID="1",
                          CI_COMMIT_SHA=self.topic, CI_MERGE_REQUEST_DIFF_BASE_SHA=self.fork_point)
        self.assertEqual(code, 1, self.said)
        self.assertEqual(len(json.loads(self.read(clone, report))["vulnerabilities"]), 1)

    def test_the_others(self):
        clone = self.checkout(self.upstream(), "topic")
        os.mkdir(os.path.join(clone.path, "staunch"))
        azure = self.yaml("hooks/ci/azure-pipelines.yml")["steps"][1]["bash"]
        steps = self.yaml("hooks/ci/circleci.yml")["jobs"]["staunch"]["steps"]
        self.assertEqual(steps[0], {"checkout": {"method": "full"}})  # by default, former contents are not fetched
        circle = steps[1]["run"]["command"]
        kite = self.yaml("hooks/ci/buildkite.yml")["steps"][0]["command"]
        with open(os.path.join(ROOT, "hooks/ci/Jenkinsfile"), encoding="utf-8") as file:
            jenkins = re.search(r"sh '(.*)'", file.read())[1]
        for text, report, environment in (
                (azure, "staunch.sarif", dict(TF_BUILD="True", SYSTEM_PULLREQUEST_TARGETBRANCH="refs/heads/main",
                                              BUILD_SOURCEVERSION=self.topic,
                                              BUILD_ARTIFACTSTAGINGDIRECTORY=clone.path)),
                (circle, "staunch/results.xml", dict(CIRCLECI="true", CIRCLE_SHA1=self.topic,
                                                     STAUNCH_BASE=self.fork_point)),
                (kite, "staunch.sarif", dict(BUILDKITE="true", BUILDKITE_COMMIT=self.topic, BUILDKITE_BRANCH="topic",
                                             BUILDKITE_PIPELINE_DEFAULT_BRANCH="main")),
                (jenkins, "staunch.xml", dict(JENKINS_URL="x", GIT_COMMIT=self.topic, CHANGE_TARGET="main"))):
            self.assertEqual(self.shell(clone, text, **environment), 1, self.said)
            self.assertIn("new.txt", self.read(clone, report))
            self.assertNotIn("old.txt", self.read(clone, report))
            os.unlink(os.path.join(clone.path, report))


if __name__ == "__main__":
    main()
