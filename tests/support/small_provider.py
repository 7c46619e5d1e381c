"""A rotation without a network: keys that tests/support/minter.sh makes, in a dotenv file and the local store."""
import os
import pathlib
import subprocess

from agreed import agreed
from outside import WAIT

MINTER = str(pathlib.Path(__file__).with_name("minter.sh"))


class SmallProvider:
    """A folder with a policy, a plan and a provider; `rotate` runs the response's program itself."""

    def __init__(self, folder, program, some):
        self.dir, self.program = pathlib.Path(folder), program
        self.keys = self.dir / "provider"
        for name in ("keys", "off", "made", "used"):
            (self.keys / name).mkdir(parents=True)
        self.old = self.add("Kold", some)
        self.env = self.dir / "app.env"
        self.env.write_text("# kept\nPORT=80\nAPI_ID=Kold\nAPI_KEY=%s\n" % self.old)
        self.policy, self.plan = str(self.dir / "policy.toml"), str(self.dir / "plan.toml")
        self.write_policy()
        self.write_plan()

    def add(self, name, secret, made="2026-01-01T00:00:00Z"):
        (self.keys / "keys" / name).write_text(secret + "\n")
        (self.keys / "made" / name).write_text(made + "\n")
        return secret

    def write(self, path, text):
        pathlib.Path(path).write_text(text)
        os.chmod(path, 0o600)

    def write_policy(self, extra="sole_responder = true", stores="", own='command = ["acme"]'):
        self.write(self.policy, """journal = "{d}/journal"
kill_switch = "{d}/stop"
recheck_ms = 1
live = ["command", "person"]
{extra}
[own_accounts]
{own}
[stores.app]
kind = "dotenv"
file = "{d}/app.env"
{stores}""".format(d=self.dir, extra=extra, stores=stores, own=own))

    def write_plan(self, text='[[consumers]]\nname = "api"\nprobe = ["/bin/true"]\n', targets=None, **change):
        values = {"name": "api", "provider": "command", "user": "api", "watch": "0s", "hold": "0s", "poll": "1s",
                  "mint": [MINTER, str(self.keys)], **change}
        lines = ["%s = %s" % (k, str(v).replace("'", '"') if isinstance(v, (list, int)) else '"%s"' % v)
                 for k, v in values.items() if v is not None]
        if targets is None:
            targets = [("app", "API_ID", "{key_id}", ""), ("app", "API_KEY", "{secret}", "")]
        for store, name, value, environment in targets:
            lines += ["[[targets]]", 'store = "%s"' % store, 'name = "%s"' % name, "value = '%s'" % value]
            lines += ['environment = "%s"' % environment] if environment else []
        self.write(self.plan, "\n".join(lines) + "\n" + text)

    def script(self, name, text):
        path = self.dir / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o700)
        return str(path)

    def rotate(self, *words, text="", **env):
        """A live run is agreed to first, as a person would."""
        return self.run(*agreed(self.run, words), text=text, **env)

    def run(self, *words, text="", **env):
        return subprocess.run([self.program, "rotate", *words, "--policy", self.policy], input=text.encode(),
                              capture_output=True, timeout=WAIT, cwd=self.dir, env={**os.environ, **env})

    def live(self):
        """Ids of keys that work."""
        return sorted(p.name for p in (self.keys / "keys").iterdir() if not (self.keys / "off" / p.name).exists())

    def secret(self, key):
        return (self.keys / "keys" / key).read_text().strip()

    def calls(self, verb):
        path = self.keys / "calls"
        return [line.split()[1:] for line in path.read_text().splitlines()
                if line.split()[0] == verb] if path.exists() else []

    def value(self, name, file=None):
        lines = (file or self.env).read_text().splitlines()
        return [line.split("=", 1)[1] for line in lines if line.startswith(name + "=")][-1]

    @staticmethod
    def id_of(done):
        return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("rotation ")][0]
