#!/usr/bin/env python3
"""Every command of the documentation, run: documentation.py PROGRAM SOURCE_DIR

README.md, SECURITY.md and docs/*.md are read as a user reads them. What stands in a block marked `sh`, and each code
span that begins like a command, is run from the top of its page to the end, in a world made for that page: a
repository with a secret in its history, logs, reports, a policy, providers on loopback. COMMANDS says how each ends; a
command that it does not know fails this test. What cannot be run here stands in ELSEWHERE with the reason.

Beside that: options exist, links lead somewhere, blocks of other languages are read by their own readers, and a
front end's page says what for, which options, how it ends, and where its limits are.
"""
import ast
import gzip
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import types
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from git_outside import Repo  # noqa: E402
from outside import WAIT, token, until  # noqa: E402
from provider_double import Doubles  # noqa: E402

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
PAGES = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md")), SOURCE / "SECURITY.md"]
COMMAND_PAGES = {"dir": ["dir"], "git": ["git"], "stdin": ["stdin"], "filter": ["filter"], "serve": ["serve"],
                 "hooks": ["hook install", "hook pre-receive", "hook ci"], "report": ["report"],
                 "respond": ["verify", "revoke", "rotate", "respond", "incident open", "incident watch",
                             "incident report",
                             "secrets add"]}
OF_OTHERS = {"--no-verify", "--cflags", "--libs", "--rm", "--all", "--since", "--no-git", "--pipe", "--source",
             "--quick",
             "--report-template", "--mutants"}  # git's, podman's, pkg-config's, gitleaks', corpus/score's


def ends(code=0, given=b"", more="", background=False, **instead):
    """How a command ends; what is typed into it, put behind it and stands in another word's place."""
    return types.SimpleNamespace(code=code, given=given, more=more, background=background, instead=instead)


LISTEN = " --listen 127.0.0.1:0 --port-file port"
HELP = ends(more=" --help")
COMMANDS = {
    "staunch COMMAND --help": ends(COMMAND="dir"), "staunch help": ends(),
    "staunch version": ends(),
    # dir
    "staunch": ends(1, more=" dir ."), "staunch dir": ends(1), "staunch dir PATH": ends(1),
    "staunch dir --help": ends(), "staunch git REPO": ends(1),
    "staunch dir PATH -f html -r leaks.html": ends(1), "staunch dir PATH -f jsonl -r r.jsonl": ends(1),
    "staunch dir PATH --baseline-write known.json --exit-code 0": ends(),
    "staunch dir PATH --baseline-path known.json": ends(),
    "staunch dir PATH --exclude 'docs/' --fail-on severity=critical": ends(1),
    "staunch dir CLEAN": ends(), "staunch dir PATH --exit-code 7": ends(7), "staunch dir --no-such-option": ends(2),
    "staunch dir PATH --fail-on severity=critical,confidence=high": ends(1), "staunch dir CLEAN missing": ends(3),
    'STAUNCH_FINGERPRINT_KEY="$(cat key)" staunch dir PATH -f jsonl -r keyed.jsonl': ends(1),
    "staunch dir PATH -f jsonl -r public.jsonl": ends(1),
    "staunch --compat gitleaks detect --source PATH": ends(1),
    # git
    "staunch git": ends(1), "staunch git --staged": ends(), "staunch git REPO --range main~1..main": ends(),
    "staunch git REPO --since-commit HEAD~1 --exit-code 0": ends(),
    'staunch git REPO --log-opts "--all --since=1.week"': ends(),
    "staunch git REPO --cache auto -f jsonl -r history.jsonl": ends(1),
    # streams
    "printf 'nothing here\\n' | staunch stdin": ends(), "tail -n 100 app.log | staunch stdin --label app.log": ends(1),
    "zcat app.log.gz | staunch stdin -f jsonl": ends(1), "zcat app.log.gz | staunch stdin": ends(1),
    "some_app | staunch filter > app.log": ends(),
    "staunch events FILE --since 1h --action block": ends(FILE="events"),
    "staunch policy import policy-config.yaml": ends(),
    # serve
    "staunch serve": ends(background=True, more=LISTEN),
    "staunch serve --policy policy.toml": ends(background=True, more=LISTEN),
    "staunch serve --hash-key <KEYFILE": ends(),
    "curl -H 'Content-Type: application/json' --data-binary @body.json localhost:8731/v1/redact": ends(),
    # hooks
    "staunch hook install": ends(), "staunch hook uninstall": ends(), "staunch hook install --global": ends(),
    "staunch hook uninstall --global": ends(), "staunch hook install --server BARE": ends(),
    "git push -o staunch.skip=REASON": ends(),
    "git commit --no-verify": ends(1, more=" -q -m x"),  # nothing to commit
    "staunch hook ci -f sarif -r staunch.sarif --base main": ends(),
    "staunch hook ci -f sarif -r staunch.sarif": ends(more=" --base main"),
    # reports and rules
    "staunch report r.jsonl -f html -r leaks.html": ends(1), "staunch report": HELP,
    "staunch report r.jsonl gitleaks.json -f sarif -r all.sarif": ends(1),
    "staunch report r.jsonl -f markdown": ends(1),
    "staunch rules list": ends(), "staunch rules list --markdown": ends(), "staunch rules show github-pat": ends(),
    "staunch rules test": ends(more=" --enable-rule github-pat"), "staunch rules check rules.toml": ends(),
    "staunch rules import rules.toml": ends(), "staunch rules import FILE": ends(FILE="rules.toml"),
    # a provider in five minutes; what a build brings in, the configuration made of it does here
    "staunch rules check rules/providers/acme.toml": ends(),
    "sed '1,/^$/d' rules/providers/acme.toml > try.toml": ends(),
    "staunch rules test -c try.toml": ends(), "staunch dir PATH -c try.toml": ends(),
    "staunch rules test --enable-rule acme-token": ends(more=" -c try.toml"),
    "staunch rules list --markdown > rules/FORMATS.md": ends(),
    "source <(staunch completion bash)": ends(),
    # respond
    "staunch git REPO --verify -f jsonl -r r.jsonl": ends(1, more=" --verify-policy P"),
    "staunch verify r.jsonl": ends(1, more=" --policy P"),
    'staunch incident open --title "…" --reference aws --key-id ID --list FILE --host build-7 --policy P':
        ends(FILE="keys", aws="gitlab-contract"),
    'staunch incident told ID security "…" --policy P': ends(), "staunch incident watch --once --policy P": ends(),
    "staunch verify - --rule github-pat": ends(1, given=token(1).encode(), more=" --policy P"),
    'staunch incident open r.jsonl --title "…" --policy P': ends(),
    'staunch incident open r.jsonl --title "…" --exposure public --policy P': ends(),
    "staunch revoke r.jsonl --policy P": ends(),
    "staunch secrets add NAME --store local --policy P": ends(given=b"a value"),
    "staunch secrets status --policy P": ends(), "staunch incident report ID -f html --policy P": ends(),
    "staunch incident audit --policy P": ends(),
    "staunch git . --respond P": ends(1), "staunch respond r.jsonl --policy P": ends(1),
    "staunch respond --serve-gitlab 127.0.0.1:8090 --policy P":
        ends(background=True, more=" --port-file port", **{"127.0.0.1:8090": "127.0.0.1:0"}),
}
ELSEWHERE = {
    "./test": "it runs this test", "./test --quick": "it runs this test",
    "cmake/package.sh": "the test named package makes the packages of this build",
    "apt install ./build/package/staunch_*.deb":
        "changes the machine; the test named package installs into a root of its own",
    "man staunch": "wants the page installed; the test named completions reads it",
    "podman build -t staunch .": "fetches Debian's image",
    'podman run --rm -v "$PWD:/src:ro" staunch dir .': "wants that image",
    "cc example.c $(pkg-config --cflags --libs staunch) -o example": "the test named c_api compiles and runs it",
    "./example example.c": "the test named c_api compiles and runs it",
    "bench/hooks.py --staunch build/release/staunch": "figures are no tests",
    "bench/versus.py dir PATH": "figures are no tests",
    "corpus/score --quick --staunch build/release/staunch": "the test named corpus",
    "staunch revoke r.jsonl --policy P --live --plan DIGEST --code CODE":
        "respond_revoke, which reads both from the plan",
    "staunch rotate plan.toml --policy P --live --plan DIGEST --code CODE":
        "respond_aws and respond_postgres, which read both from the plan",
    "staunch rotate plan.toml --policy P": "respond_aws and respond_postgres, which have something to rotate",
}
SPAN = re.compile(r"(?<![`\\])`([^`\n]+(?:\n[^`\n]+)?)`(?!`)")
BLOCK = re.compile(r"^```(\S*)\n(.*?)^```$", re.M | re.S)
STARTS = ("./run ", "staunch ", "./test", "cmake/package", "podman ", "curl ", "cc ", "source <", "git push -o",
          "git commit ",
          "some_app ", "zcat ", "incident ", "secrets ", "corpus/score --", "rotate ", "revoke ", "verify ")
WORDS = ("incident ", "secrets ", "rotate ", "revoke ", "verify ")  # spans that leave the program's name out


def plain(command):
    """As the tables have it: in one line, without a comment, and with the program's name instead of ./run."""
    command = re.sub(r"\n\s*", " ", re.sub(r"\s{2,}#.*$", "", command)).replace("\\|", "|")
    command = "staunch " + command if command.startswith(WORDS) else command
    return re.sub(r"(?<![\w/])\./run\b", "staunch", command).strip()


def commands(text):
    """Of a page, from its top to its end."""
    found = []
    for block in BLOCK.finditer(text):
        if block[1] == "sh":
            found += [(block.start() + i, plain(line)) for i, line in enumerate(block[2].splitlines()) if line]
    rest = BLOCK.sub(lambda block: re.sub(r"[^\n]", " ", block[0]), text)
    found += [(span.start(), plain(span[1])) for span in SPAN.finditer(rest) if span[1].startswith(STARTS)]
    return [command for at, command in sorted(found)]


def blocks(page, *languages):
    return [body for language, body in BLOCK.findall(page.read_text()) if language in languages]


class World:
    """A folder that is a repository, and what stands beside it and shall not be scanned."""

    def __init__(self, providers):
        self.folder = tempfile.TemporaryDirectory(prefix="staunch-docs-")
        self.outside = pathlib.Path(self.folder.name).resolve()
        self.here = self.outside / "work"
        self.background = []
        (self.outside / "home").mkdir()
        (self.outside / "bin").mkdir()
        (self.outside / "bin/staunch").symlink_to(PROGRAM)
        self.tool("some_app", f"#!/bin/sh\necho one\necho token={token(2)}\n")
        repo = Repo(str(self.here), str(self.outside / "home"))
        self.env = dict(repo.environment, PATH=f"{self.outside / 'bin'}:/usr/bin:/bin", TERM="dumb", LANG="C.UTF-8",
                        GIT_CONFIG_GLOBAL=str(self.outside / "home/.gitconfig"))
        leak = f"GITHUB_TOKEN={token(1)}\n"
        repo.commit(files={"PATH/docs/a.txt": "fine\n", "PATH/config.env": leak, "config.env": leak,
                           "CLEAN/a.txt": "fine\n"})
        repo.commit(files={"note.txt": "one\n"})
        repo.commit(files={"note.txt": "two\n"})
        self.shell(f"git clone -q . REPO; git clone -q --bare . {self.outside}/BARE;"
                   f"git -C {self.outside}/BARE config receive.advertisePushOptions true;"
                   f"git remote add origin {self.outside}/BARE;"
                   "git push -q -u origin main; mkdir -p rules/providers; printf '/*\\n!/PATH\\n' > .git/info/exclude",
                   check=True)
        self.fill(leak)
        providers["github"].tokens[token(1)] = {}
        (self.outside / "shared").write_text("shared with GitLab alone")
        (self.outside / "shared").chmod(0o600)
        self.policy = providers.policy(self.outside / "P", f'journal = "{self.outside}/journal"\n'
                                       '[credentials.gitlab-contract]\n'
                                       f'secret = {{ file = "{self.outside}/shared" }}\n[[respond]]\n'
                                       'do = ["incident"]\nsources = ["dir", "git", "report", "gitlab"]\n')

    def tool(self, name, text):
        (self.outside / "bin" / name).write_text(text)
        (self.outside / "bin" / name).chmod(0o755)

    def fill(self, leak):
        write = lambda name, text: (self.here / name).write_text(text)  # noqa: E731
        write("app.log", "one\n" + leak)
        (self.here / "app.log.gz").write_bytes(gzip.compress(leak.encode()))
        write("rules.toml", "[[rules]]\nid = \"mark\"\nregex = '''mark_[0-9a-f]{8}'''\n")
        write("policy.toml", '[default]\naction = "redact"\n')
        write("policy-config.yaml", "policy:\n  dlp-filter:\n    detect_patterns: ['ACME-[0-9]{6}']\n"
                                    "    action: block\npolicies:\n  chain: [dlp-filter]\n")
        write("body.json", json.dumps({"messages": [{"role": "user", "content": leak}]}))
        write("KEYFILE", "a key of more than sixteen bytes\n")
        write("key", "a key of more than sixteen bytes")
        write("events", "")
        write("keys", "AKIA" + "2" * 16 + "\n")
        self.shell("staunch dir PATH --show-secrets -f jsonl -r r.jsonl; staunch dir PATH -f json -r gitleaks.json")

    def shell(self, command, given=b"", check=False):
        return subprocess.run(["bash", "-c", command], cwd=self.here, env=self.env, input=given, capture_output=True,
                              check=check, timeout=WAIT)

    def run(self, command, how):
        """What is wrong, or nothing."""
        words = {"P": self.policy, "BARE": f"{self.outside}/BARE", **how.instead}
        if " ID " in command:
            listed = self.shell(f"staunch incident list --policy {self.policy}").stdout.decode().split()
            words["ID"] = listed[0] if listed else "none"
        said = command + how.more
        for word, instead in words.items():
            said = re.sub(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", lambda _: instead, said)
        if (self.here / "port").exists():
            said = said.replace("localhost:8731", "localhost:" + (self.here / "port").read_text().strip())
        if how.background:
            return self.start(said)
        done = self.shell("set -o pipefail; " + said, how.given)
        if done.returncode != how.code:
            return f"{command}: {done.returncode}, not {how.code}\n    {(done.stderr or done.stdout).decode()[-600:]}"
        return None

    def start(self, command):
        (self.here / "port").unlink(missing_ok=True)
        process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.here, env=self.env,
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.background.append(process)
        until(lambda: (self.here / "port").exists() or process.poll() is not None)
        return None if process.poll() is None else f"{command}: it does not listen: {process.stderr.read().decode()}"

    def close(self):
        """Ends what runs; what ended badly."""
        wrong = []
        for process in self.background:
            process.send_signal(signal.SIGTERM)
            if process.wait(WAIT) != 0:
                wrong.append(f"a server ended with {process.returncode}: {process.stderr.read().decode()}")
            process.stderr.close()
        self.folder.cleanup()
        return wrong


class Documentation(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.TemporaryDirectory()
        cls.providers = Doubles(cls.keys.name)

    @classmethod
    def tearDownClass(cls):
        cls.providers.close()
        cls.keys.cleanup()

    def world(self):
        return World(self.providers)

    def help(self, command):
        return subprocess.run([PROGRAM, *command.split(), "--help"], capture_output=True, text=True, check=True).stdout

    def test_each_command(self):
        wrong, met = [], set()
        for page in PAGES:
            said = list(dict.fromkeys(commands(page.read_text())))
            if not said:
                continue
            world = self.world()
            if page.stem == "add-a-provider":
                (world.here / "rules/providers/acme.toml").write_text(blocks(page, "toml")[0])
            for command in said:
                met.add(command)
                if command in ELSEWHERE:
                    self.assertEqual(subprocess.run(["bash", "-n", "-c", command], check=False).returncode, 0, command)
                    continue
                how = COMMANDS.get(command)
                unknown = f"{command}: this test does not know it; COMMANDS says how it ends"
                fault = world.run(command, how) if how else unknown
                wrong += [f"{page.name}: {fault}"] if fault else []
            wrong += [f"{page.name}: {fault}" for fault in world.close()]
        wrong += [f"no page says any longer: {known}" for known in {*COMMANDS, *ELSEWHERE} - met]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))
        self.assertEqual(self.providers.breaches(), [])

    def test_the_first_result_is_as_the_readme_shows_it(self):
        (shown,) = blocks(SOURCE / "README.md", "text")
        world = self.world()
        self.addCleanup(world.close)
        told = world.shell("staunch dir config.env").stdout.decode()
        for line in shown.splitlines():
            self.assertIn(line, told)

    def test_options_are_there(self):
        wrong, known = [], set()
        for names in [*COMMAND_PAGES.values(), ["rules list", "events", "--compat gitleaks"]]:
            for name in names:
                known |= set(re.findall(r"--[a-z][a-z-]+", self.help(name)))
        for page in PAGES:
            text = page.read_text()
            rest = BLOCK.sub("", text)
            for span in SPAN.findall(rest):
                for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span):
                    if option not in known | OF_OTHERS:
                        wrong.append(f"{page.name}: there is no option {option}")
            if page.stem not in COMMAND_PAGES:
                continue
            own = " ".join(self.help(name) for name in COMMAND_PAGES[page.stem])
            table = text.partition("## Options that matter")[2].partition("\n## ")[0]
            self.assertTrue(table, page.name)
            for option in re.findall(r"(?:`|, )(--?[a-z][a-z-]*)", table):
                if not re.search(rf"(?<![\w-]){option}\b", own):
                    wrong.append(f"{page.name}: {option} is no option of its command")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_a_front_ends_page_says_all(self):
        for name in COMMAND_PAGES:
            text = (SOURCE / "docs" / f"{name}.md").read_text()
            for part in (f"# {name}: ", "```sh\n", "## Options that matter\n", "## Exit codes\n", "## Limits\n"):
                self.assertIn(part, text, name)

    def test_exit_codes_are_told_alike(self):
        row = re.compile(r"^\| (\d) \| (.*?)(?:;.*)? \|$", re.M)
        pages = [row.findall((SOURCE / name).read_text()) for name in ("README.md", "docs/exit-codes.md")]
        self.assertEqual([number for number, _ in pages[0]], list("012345"))
        self.assertEqual(pages[0], pages[1])
        manual = subprocess.run([PROGRAM, "manual"], capture_output=True, text=True, check=True).stdout
        section = manual.partition('.SH "EXIT STATUS"')[2].partition(".SH ")[0]
        self.assertEqual(re.findall(r"^\.B (\d)$", section, re.M), list("012345"))
        # A test for each row: the page's own commands, and the response's for what needs somebody to approve or wait.
        said = commands((SOURCE / "docs/exit-codes.md").read_text())
        self.assertLessEqual({0, 1, 2, 3}, {COMMANDS[command].code for command in said})
        for number, script in (("4", "respond_revoke"), ("5", "respond_aws")):
            self.assertRegex((SOURCE / f"tests/integration/{script}.py").read_text(), rf"returncode, {number}\b")

    def test_links_lead_somewhere(self):
        wrong = []
        for page in PAGES:
            text = BLOCK.sub("", page.read_text())
            for link in re.findall(r"\]\(([^)#:]+)\)", text):
                if not (page.parent / link).exists():
                    wrong.append(f"{page.name}: {link} is not there")
        readme = (SOURCE / "README.md").read_text()
        named = {(SOURCE / link).resolve() for link in re.findall(r"\]\((docs/[^)]+)\)", readme)}
        wrong += [f"README.md does not lead to {page.name}" for page in PAGES
                  if page.parent.name == "docs" and page not in named]
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def test_blocks_of_other_languages(self):
        for page in PAGES:
            for language, body in BLOCK.findall(page.read_text()):
                with self.subTest(page=page.name, language=language):
                    self.assertIn(language, ("sh", "text", "toml", "yaml", "python", "js", "nginx", "rsyslog"))
                    if language == "toml":
                        tomllib.loads(body)
                    elif language == "yaml":
                        yaml.safe_load(body)
                    elif language == "python":
                        ast.parse(body)
                    elif language == "sh":
                        subprocess.run(["bash", "-n"], input=body.encode(), check=True)
        with tempfile.TemporaryDirectory() as folder:
            for body in blocks(SOURCE / "docs/filter.md", "toml"):
                policy = pathlib.Path(folder, "policy.toml")
                policy.write_text(body)
                done = subprocess.run([PROGRAM, "filter", "--check", "--policy", policy], capture_output=True,
                                      check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
            for body in blocks(SOURCE / "docs/filter.md", "rsyslog"):
                conf = pathlib.Path(folder, "rsyslog.conf")
                conf.write_text(body)
                rsyslogd = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
                done = subprocess.run([rsyslogd, "-N1", "-f", conf], capture_output=True, check=False)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
