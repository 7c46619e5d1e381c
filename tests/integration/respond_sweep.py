"""The leak sweep: secrets planted wherever one can stand, and everything that the program ever writes searched for them
in all codings.   respond_sweep.py STAUNCH"""
import base64
import io
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tarfile
import unittest
import urllib.parse
import urllib.request
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from outside import WAIT, until  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402

FORMATS = ("text", "jsonl", "json", "sarif", "junit", "csv", "gitlab")
WHERE = ("path", "branch", "tag", "tag-message", "message", "author", "json-key", "query", "header", "archive-member",
         "archive-name", "error-body", "live")
POLICY = """
journal = "{d}/journal"
recheck_ms = 1
live = ["slack"]
[own_accounts]
slack = ["T1"]
[notify.security]
webhook = {{ file = "{d}/hook" }}
[notify.owner]
command = ["/bin/sh", "-c", "cat >> {d}/mailed"]
[[respond]]
do = ["incident", "revoke", "notify"]
notify = ["security", "owner"]
[[respond]]
do = ["incident"]
when = "any"
"""


def forms(secret):
    """The secret and what others make of it. base64 also at the two other places in a group of three."""
    raw = secret.encode()
    yield "raw", raw
    yield "reversed", raw[::-1]
    yield "percent", "".join("%%%02X" % c for c in raw).encode()
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield "json", "".join("\\u%04x" % c for c in raw).encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode()
        yield "base64+%d" % shift, coded[4 if shift else 0:-4].encode()
    # What stands behind the fixed beginning alone, of which reports show the latter.
    yield "body", raw[len(raw) - 20:]


class Sweep(base.Harness):
    def setUp(self):
        super().setUp()
        self.token = {name: base.slack_token() if name in ("error-body", "live") else base.github_token() for name in WHERE}
        self.planted = set(self.token.values())
        hook = base.some(base.BASE62, 24)
        self.token["hook"] = hook
        self.alive("webhook", hook)
        (self.dir / "hook").write_text("https://hooks.example/services/%s\n" % hook)
        (self.dir / "hook").chmod(0o600)
        self.doubles.policy(self.policy, POLICY.format(d=self.dir))
        self.alive("slack", self.token["live"], team="crew")
        # A provider that says back what it was asked with, where errors and names of accounts stand.
        echo = self.token["error-body"]
        self.alive("slack", echo, team=echo)
        for provider in ("github", "slack"):
            for call in self.doubles[provider].contract["calls"]:
                dead = call.get("dead")
                if dead and isinstance(dead.get("body"), dict) and provider == "github":
                    dead["body"]["documentation_url"] = "asked with " + self.token["json-key"]

    def search(self, what, data):
        data = data.encode() if isinstance(data, str) else data
        for where, secret in self.token.items():
            for name, form in forms(secret):
                self.assertNotIn(form, data, "%s shows the secret of %s (%s)" % (what, where, name))
        return data

    def run_all(self, *words, stdin=b"", codes=(0, 1, 3, 4), show=False):
        done = subprocess.run([STAUNCH, *words], input=stdin, capture_output=True, timeout=WAIT, cwd=self.dir,
                              env={**os.environ, "HOME": str(self.dir)})
        self.assertIn(done.returncode, codes, done.stderr)
        for stream, data in (("standard output", done.stdout), ("standard error", done.stderr)):
            self.search("%s of %s" % (stream, " ".join(words[:3])), data)
        return done

    def repository(self):
        tree = self.dir / "repo"
        tree.mkdir()
        t = self.token

        def git(*words, author="a"):
            subprocess.run(["git", "-C", str(tree), "-c", "user.name=" + author, "-c", "user.email=a@example.com",
                            "-c", "commit.gpgsign=false", *words], check=True, capture_output=True,
                           env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(self.dir)})
        git("init", "-q")
        (tree / "all.txt").write_text("".join("%s = %s\n" % (k, v) for k, v in t.items() if k != "hook"))
        git("add", ".")
        git("commit", "-qm", "first")
        (tree / ("notes-%s.txt" % t["path"])).write_text("token = %s\n" % t["path"])
        (tree / "map.json").write_text(json.dumps({t["json-key"]: 1, "x": {"y": t["json-key"]}}))
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("inner/%s.txt" % t["archive-name"], "token = %s\n" % t["archive-member"])
        (tree / "a.zip").write_bytes(archive.getvalue())
        with tarfile.open(tree / "b.tgz", "w:gz") as tar:
            data = ("token = %s\n" % t["archive-member"]).encode()
            info = tarfile.TarInfo("inner/%s" % t["archive-name"])
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        git("add", ".")
        git("commit", "-qm", "use %s now" % t["message"], author=t["author"])
        git("branch", "try-" + t["branch"])
        git("tag", "-a", "v-" + t["tag"], "-m", "with %s" % t["tag-message"])
        return tree

    def test_5_4_no_report_of_a_history_or_folder_shows_one(self):
        self.repository()
        found = set()
        for command in ("git", "dir"):
            for form in FORMATS:
                done = self.run_all(command, "repo", "-f", form, "--log-level", "trace", "-v")
                self.assertEqual(done.returncode, 1)
                path = self.dir / ("report." + form)
                self.run_all(command, "repo", "-f", form, "-r", str(path), "--baseline-write", str(self.dir / "base"))
                self.search("report " + form, path.read_bytes())
                self.search("baseline", (self.dir / "base").read_bytes())
                if form == "jsonl":
                    found |= {json.loads(line)["rule"] for line in path.read_text().splitlines() if '"occurrence"' in line}
                    for other in FORMATS:
                        self.run_all("report", str(path), "-f", other)
        self.assertLessEqual({"github-pat", "slack-bot-token"}, found)
        self.run_all("dir", "repo", "--stats", "--explain")
        self.run_all("stdin", stdin=(self.dir / "repo" / "all.txt").read_bytes())

    def test_5_4_nothing_that_the_response_writes_shows_one(self):
        self.repository()
        self.run_all("git", "repo", "--respond", self.policy, "-r", str(self.dir / "r.jsonl"), "-f", "jsonl")
        self.run_all("dir", "repo", "--respond", self.policy)
        self.run_all("dir", "repo", "-f", "jsonl", "-r", str(self.dir / "d.jsonl"))
        self.assertTrue(self.doubles["slack"].calls and self.doubles["github"].calls)
        for form in ("text", "jsonl"):
            self.run_all("verify", str(self.dir / "d.jsonl"), "--policy", self.policy, "-f", form)
        self.run_all("revoke", str(self.dir / "d.jsonl"), "--policy", self.policy)
        listed = self.run_all("incident", "list", "--policy", self.policy).stdout.decode().split()
        told = self.dir / "mailed"
        self.assertIn("slack-bot-token", told.read_text())
        self.search("what was mailed", told.read_bytes())
        self.search("what the webhook got", json.dumps(self.doubles["webhook"].objects["kept"]))
        for form in ("md", "html"):
            reports = [self.run_all("incident", "report", one, "-f", form, "--policy", self.policy).stdout
                       for one in listed if one.startswith("20") and "T" not in one]
            self.assertIn(b"github-pat", b"".join(reports))
            self.assertIn(b"slack-bot-token", b"".join(reports))
        self.run_all("incident", "note", listed[0], "look at " + "all of it", "--policy", self.policy)
        self.run_all("incident", "audit", "--policy", self.policy)
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                self.search("journal file " + path.name, path.read_bytes())
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            for row in db.execute("SELECT kind, id, json FROM document"):
                self.search("journal document", "\n".join(row))

    def test_5_4_no_event_of_a_filter_shows_one(self):
        lines = "".join("GET /v1/%s?key=%s HTTP/1.1\r\nX-Key: %s\r\n{\"%s\": 1}\n" % (
            k, t, t, t) for k, t in self.token.items() if k != "hook")
        objects = "".join(json.dumps({t: 1, "url": "https://x.example/?key=" + t, "headers": {"x-key": t}}) + "\n"
                          for k, t in self.token.items() if k != "hook")
        for words, text in (((), lines), (("--ndjson",), objects)):
            self.run_all("filter", *words, "--events", str(self.dir / "events"), stdin=text.encode())
            self.assertIn(b"github-pat", self.search("events", (self.dir / "events").read_bytes()))
        self.run_all("events", str(self.dir / "events"))

    def serve(self, *words):
        port_file = self.dir / "port"
        server = subprocess.Popen([STAUNCH, "serve", "--listen", "127.0.0.1:0", "--port-file", str(port_file), *words],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir)
        until(lambda: port_file.exists() or server.poll() is not None)
        self.assertIsNone(server.poll(), "it does not start")
        return server, "http://127.0.0.1:%s" % port_file.read_text().strip()

    def ask(self, url, body=None, headers=()):
        request = urllib.request.Request(url, body, dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=WAIT) as answer:
                return answer.status, str(answer.headers).encode() + answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, str(error.headers).encode() + error.read()

    def test_5_4_no_answer_event_or_metric_of_a_server_shows_one(self):
        (self.dir / "block.toml").write_text('[[when]]\nrules = ["github-pat", "slack-bot-token"]\naction = "block"\n')
        server, url = self.serve("--events", str(self.dir / "events"), "--policy", str(self.dir / "block.toml"))
        try:
            for where, token in self.token.items():
                if where == "hook":
                    continue
                chat = json.dumps({"model": "m", "messages": [{"role": "user", "content": "my key is " + token}],
                                   token: token}).encode()
                kind = {"Content-Type": "application/json"}
                for target in ("/v1/scan", "/v1/redact", "/v1/redact?shape=auto",
                               "/v1/scan?key=" + urllib.parse.quote(token), "/v1/" + token, "/" + token):
                    status, answer = self.ask(url + target, chat, {**kind, "X-Key": token, "X-Request-Id": token})
                    self.search("answer %d to %s" % (status, target.split(token)[0]), answer)
                self.search("answer to a get", self.ask(url + "/v1/scan?" + token)[1])
            self.assertIn(b"github-pat", self.search("metrics", self.ask(url + "/metrics")[1]))
        finally:
            server.send_signal(signal.SIGTERM)
            out, err = server.communicate(timeout=WAIT)
        self.search("the server's output", out + err)
        self.assertIn(b"block", self.search("events", (self.dir / "events").read_bytes()))

    def test_5_3_no_core_file_and_no_look_from_outside(self):
        """While it waits: its limits say no core, and another process of this user may not read its memory."""
        read_end, write_end = os.pipe()
        waiting = subprocess.Popen([STAUNCH, "verify", "-", "--rule", "github-pat", "--policy", self.policy],
                                   stdin=read_end, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.dir)
        os.close(read_end)
        try:
            about = pathlib.Path("/proc/%d" % waiting.pid)
            until(lambda: (about / "comm").read_text() == "staunch-respond\n")  # which the first program became
            until(lambda: (about / "stat").read_text().rsplit(") ", 1)[1][0] == "S")  # it sleeps in read()
            limits = pathlib.Path("/proc/%d/limits" % waiting.pid).read_text()
            core = [line.split() for line in limits.splitlines() if line.startswith("Max core file size")][0]
            self.assertEqual(core[4:6], ["0", "0"])
            # Not dumpable: what /proc shows of it belongs to root, whoever runs it; a caller who is no root is refused.
            owner = os.stat("/proc/%d/environ" % waiting.pid).st_uid
            if os.geteuid() == 0:
                nobody = subprocess.run([sys.executable, "-c", "import os,sys\nos.setgid(65534);os.setuid(65534)\n"
                                         "open('/proc/%d/mem' % int(sys.argv[1]),'rb')", str(waiting.pid)],
                                        capture_output=True)
                self.assertIn(b"PermissionError", nobody.stderr)
            else:
                self.assertEqual(owner, 0)
                with self.assertRaises(PermissionError):
                    open("/proc/%d/mem" % waiting.pid, "rb")
        finally:
            os.close(write_end)
            waiting.wait(WAIT)


if __name__ == "__main__":
    unittest.main(verbosity=1)
