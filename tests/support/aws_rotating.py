"""moto as AWS (IAM, STS, Secrets Manager), a Vault double and a dotenv file with a key to rotate: what a suite of AWS keys
begins with. The folder of moto is the script's second argument; without moto it ends with 77.
"""
import json
import os
import pathlib
import ssl
import subprocess
import sys
import urllib.parse
import urllib.request

VENV = os.path.abspath(sys.argv.pop(2))
if not os.path.exists(VENV + "/bin/moto_server"):
    print("moto is not here")
    sys.exit(77)
import respond_harness as base  # noqa: E402
from agreed import agreed  # noqa: E402
from provider_double import make_certificate  # noqa: E402
from respond_harness import SUPPORT  # noqa: E402

AWS_HOSTS = ["iam.amazonaws.com", "sts.us-east-1.amazonaws.com", "secretsmanager.us-east-1.amazonaws.com"]
ACCOUNT = "1234" + "56789012"
ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def between(text, tag):
    return text.split("<%s>" % tag, 1)[1].split("</%s>" % tag, 1)[0]


class Moto:
    def __init__(self, folder):
        folder.mkdir()
        self.ca, chain, key = make_certificate(folder, AWS_HOSTS)
        self.process = subprocess.Popen([VENV + "/bin/python", str(SUPPORT / "moto_double.py"),
                                         chain, key], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ready, self.port = self.process.stdout.readline().split()
        assert ready == b"READY", ready
        self.port = int(self.port)
        self.context = ssl.create_default_context(cafile=self.ca)
        self.context.check_hostname = False

    def begin_again(self):
        """As it was when it began: nobody there, and signatures not checked."""
        self.check_signatures(False)
        self.ask("moto", "/moto-api/reset", "", {"Content-Type": "text/plain"})

    def ask(self, host, path, body, headers=None, service="iam"):
        scope = "Credential=set-up/20260101/us-east-1/%s/aws4_request, SignedHeaders=host, Signature=0" % service
        request = urllib.request.Request("https://127.0.0.1:%d%s" % (self.port, path), body.encode(),
                                         {"Host": host, "Authorization": "AWS4-HMAC-SHA256 " + scope, **(headers or {})})
        return urllib.request.urlopen(request, context=self.context).read().decode()

    def iam(self, **fields):
        return self.ask(AWS_HOSTS[0], "/", urllib.parse.urlencode({"Version": "2010-05-08", **fields}),
                        {"Content-Type": "application/x-www-form-urlencoded"})

    def secrets(self, target, **fields):
        return json.loads(self.ask(AWS_HOSTS[2], "/", json.dumps(fields), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "secretsmanager." + target}, "secretsmanager"))

    def check_signatures(self, on=True):
        self.ask("moto", "/moto-api/reset-auth", "0" if on else "1000000", {"Content-Type": "text/plain"})

    def user(self, name):
        self.iam(Action="CreateUser", UserName=name)
        self.iam(Action="PutUserPolicy", UserName=name, PolicyName="all", PolicyDocument=ALLOW_ALL)
        return self.key(name)

    def key(self, name):
        made = self.iam(Action="CreateAccessKey", UserName=name)
        return between(made, "AccessKeyId"), between(made, "SecretAccessKey")

    def keys(self, name):
        self.check_signatures(False)
        listed = self.iam(Action="ListAccessKeys", UserName=name)
        self.check_signatures(True)
        members = listed.split("<member>")[1:]
        return {between(m, "AccessKeyId"): between(m, "Status") for m in members}

    def current(self, name, stage="AWSCURRENT"):
        self.check_signatures(False)
        try:
            return json.loads(self.secrets("GetSecretValue", SecretId=name, VersionStage=stage)["SecretString"])
        finally:
            self.check_signatures(True)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class AwsRotating(base.Harness):
    @classmethod
    def setUpClass(cls):
        folder = base.fast_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.moto = Moto(pathlib.Path(folder.name) / "moto")
        cls.addClassCleanup(cls.moto.close)

    def setUp(self):
        super().setUp()
        self.moto.begin_again()
        self.operator = self.moto.user("operator")
        self.old = self.moto.user("billing")
        self.secrets |= {self.operator[1], self.old[1]}
        pair = json.dumps({"id": self.old[0], "secret": self.old[1]})
        self.moto.secrets("CreateSecret", Name="billing/aws", SecretString=pair)
        self.moto.check_signatures()
        self.env = self.dir / "app.env"
        self.env.write_text("# kept\nPORT=80\nAWS_SECRET_ACCESS_KEY=%s\nAWS_ACCESS_KEY_ID=%s\n" % (self.old[1], self.old[0]))
        token = "hvs." + base.some(base.BASE62, 24)
        self.secrets.add(token)
        self.alive("vault", token)
        self.doubles["vault"].objects["billing"] = [{"key": self.old[1], "other": "stays"}]
        for name, value in [("operator", self.operator[1]), ("vault", token)]:
            (self.dir / name).write_text(value + "\n")
            (self.dir / name).chmod(0o600)
        # One CA file for both servers.
        both = self.dir / "both.pem"
        both.write_text(pathlib.Path(self.moto.ca).read_text() + pathlib.Path(self.doubles.ca).read_text())
        self.doubles.ca = str(both)
        self.write_policy()
        self.plan = self.write_plan()

    def write_policy(self, extra=""):
        text = """
journal = "{d}/journal"
kill_switch = "{d}/stop"
recheck_ms = 50
live = ["aws"]
{extra}
[own_accounts]
aws = ["{account}"]
[credentials.aws]
key_id = {{ env = "OPERATOR_KEY_ID" }}
secret = {{ file = "{d}/operator" }}
[credentials.vault]
secret = {{ file = "{d}/vault" }}
[stores.prod]
kind = "secrets-manager"
region = "us-east-1"
credential = "aws"
[stores.app]
kind = "dotenv"
file = "{d}/app.env"
[stores.vault]
kind = "vault"
address = "https://vault.example"
credential = "vault"
""".format(d=self.dir, account=ACCOUNT, extra=extra)
        self.doubles.policy(self.policy, text)
        with open(self.policy, "a") as policy:
            for host in AWS_HOSTS:
                policy.write('"%s" = "127.0.0.1:%d"\n' % (host, self.moto.port))
        os.environ["OPERATOR_KEY_ID"] = self.operator[0]

    def write_plan(self, **change):
        values = {"watch": "0s", "hold": "0s", "probe": '["/bin/true"]', **change}
        path = self.dir / "plan.toml"
        path.write_text("""
name = "billing"
provider = "aws"
user = "billing"
credential = "aws"
watch = "{watch}"
hold = "{hold}"
poll = "1s"
[[targets]]
store = "prod"
name = "billing/aws"
value = '{{"id":"{{key_id}}","secret":"{{secret}}"}}'
[[targets]]
store = "app"
name = "AWS_ACCESS_KEY_ID"
value = "{{key_id}}"
[[targets]]
store = "app"
name = "AWS_SECRET_ACCESS_KEY"
[[targets]]
store = "vault"
name = "billing#key"
[[consumers]]
name = "invoices"
probe = {probe}
times = 2
reconnect = "Restart the unit invoices."
""".format(**values))
        path.chmod(0o600)
        return str(path)

    def rotate(self, *words):
        def run(*words):
            return self.run_staunch("rotate", *words, "--policy", self.policy)
        return run(*agreed(run, words))

    def id_of(self, done):
        return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("rotation ")][0]

    def audit(self):
        return [json.loads(line) for line in (self.dir / "journal" / "audit.jsonl").read_text().splitlines()]

    def assert_rotated(self):
        keys = self.moto.keys("billing")
        self.assertEqual(len(keys), 1)
        (new_id, status), = keys.items()
        self.assertEqual((status, new_id == self.old[0]), ("Active", False))
        current = self.moto.current("billing/aws")
        self.assertEqual(current["id"], new_id)
        text = self.env.read_text()
        self.assertTrue(text.startswith("# kept\nPORT=80\n"), text)
        self.assertIn("AWS_ACCESS_KEY_ID=%s\n" % new_id, text)
        self.assertIn(current["secret"], text)
        latest = self.doubles["vault"].objects["billing"][-1]
        self.assertEqual(latest, {"key": current["secret"], "other": "stays"})
        self.secrets.add(current["secret"])
        for path in (self.dir / "journal").rglob("*"):
            if path.is_file():
                for secret in self.secrets:
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)
        return new_id

    def states(self):
        return [e["data"]["state"] for e in self.audit() if e["event"] == "rotation"]
