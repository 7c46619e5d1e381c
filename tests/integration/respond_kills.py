"""Rotations that are stopped everywhere and taken up again.   respond_kills.py STAUNCH [--every N]

The program is ended before a write, a sync, a rename, a message sent or one received (tests/support/stop_at.c), then
started again until it is done. However it was stopped the end is the same: the stores hold one key that works, no other
key of ours is left, no value was lost, and each change took effect once at the provider. Where a call kills the old key
and its answer was lost, the call is never made again, and a person gives the new key.

Without --every each rotation is stopped at so many points, spread, that all of them are more than POINTS; with
--every 1 at each of its points. AWS against moto has the same in respond_aws.py.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import string
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from agreed import agreed  # noqa: E402
from minting_doubles import MintingDoubles  # noqa: E402
from outside import WAIT  # noqa: E402
from postgres_server import Postgres  # noqa: E402
from respond_harness import PROGRAM, fast_folder, stop_at  # noqa: E402
from small_provider import SmallProvider  # noqa: E402

EVERY = int(sys.argv[sys.argv.index("--every") + 1]) if "--every" in sys.argv else 0
ORDERS = ([], ["--emergency"])
POINTS = 500
PROCESSES = 4
MOST_RESUMES = 8
rng = random.Random()


def some(n=32):
    return "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(n))


class Rotation:
    """One client in a fresh folder. A scenario adds the provider: set_up(), by_hand() and wrong(), which tells what is not as
    it should be."""
    share = 60  # of the points, by order

    def __init__(self, folder, worker):
        self.dir, self.worker = pathlib.Path(folder), worker
        self.policy, self.plan = str(self.dir / "policy.toml"), str(self.dir / "plan.toml")
        self.set_up()

    def run(self, *words, text="", **env):
        return self.start(*agreed(self.start, words), text=text, **env)

    def start(self, *words, text="", **env):
        return subprocess.run([PROGRAM, "rotate", *words, "--policy", self.policy], input=text.encode(), capture_output=True,
                              timeout=WAIT, cwd=self.dir, env={**os.environ, "LD_PRELOAD": self.worker.shim, **env})

    def by_hand(self):
        raise AssertionError("nothing is made by hand here")

    def finish(self, order):
        """Takes it up again as often as it needs; returns what went wrong, if anything."""
        done = None
        for _ in range(MOST_RESUMES):
            listed = self.run("--status").stdout.decode().splitlines()
            opened = [line.split()[0] for line in listed if not line.split("  ")[2].startswith("closed")]
            if listed and not opened:
                return self.wrong()
            if done is not None and b"locked out" in done.stderr:
                done = self.run(opened[0], "--resume", "--take", "--wait", text=self.by_hand())
            else:
                done = self.run(*([opened[0], "--resume"] if opened else [self.plan, "--live", *order]), "--wait")
            if done.returncode == 0:
                return self.wrong()
        return "it never ended: %s" % done.stderr.decode()

    def write(self, path, text):
        pathlib.Path(path).write_text(text)
        os.chmod(path, 0o600)

    def env_value(self):
        lines = (self.dir / "app.env").read_text().splitlines()
        assert lines[0] == "PORT=80", lines
        return [line.split("=", 1)[1].strip("'") for line in lines if line.startswith("API_KEY=")][0]


class Small(Rotation):
    share = 120

    def set_up(self):
        self.it = SmallProvider(self.dir, PROGRAM, some())
        self.it.write_policy("sole_responder = true\ndelete_orphans = true")

    def wrong(self):
        keys = [p.name for p in (self.it.keys / "keys").iterdir()]
        effects = (self.it.keys / "effects").read_text().splitlines()
        removed = [line for line in effects if line.startswith("remove ")]
        if len(keys) != 1 or self.it.live() != keys or keys == ["Kold"]:
            return "keys are %s, %s work" % (keys, self.it.live())
        if (self.it.value("API_ID"), self.it.value("API_KEY")) != (keys[0], self.it.secret(keys[0])):
            return "the store holds another key"
        if len(effects) != len(set(effects)) or effects.count("disable Kold") != 1 or effects.count("remove Kold") != 1:
            return "effects are %s" % effects
        if sum(line.startswith("mint ") for line in effects) != len(removed):  # one for the old key, one an orphan
            return "minted and removed: %s" % effects
        return "" if self.it.env.read_text().startswith("# kept\nPORT=80\n") else "other lines were lost"


class OnDoubles(Rotation):
    def begin(self, value, accounts, plan, credential="", target="{secret}"):
        self.write(self.dir / "app.env", "PORT=80\nAPI_KEY='%s'\n" % value)
        self.worker.doubles.policy(self.policy, 'journal = "%s/journal"\nrecheck_ms = 1\nsole_responder = true\n'
                                   'delete_orphans = true\nlive = ["gitlab", "openai", "self"]\n[own_accounts]\n%s\n%s\n'
                                   '[stores.app]\nkind = "dotenv"\nfile = "%s/app.env"\n' %
                                   (self.dir, accounts, credential, self.dir))
        self.write(self.plan, 'name = "api"\nwatch = "0s"\nhold = "0s"\npoll = "1s"\n%s\n[[targets]]\nstore = "app"\n'
                   'name = "API_KEY"\nvalue = \'%s\'\n' % (plan, target))

    def fresh(self, name):
        double = self.worker.doubles[name]
        double.tokens.clear(), double.objects.clear(), double.calls.clear(), double.made.clear()
        double.rotations = []
        return double

    def alive(self):
        return {value for value, known in self.double.tokens.items() if known.get("alive", True)}


class Gitlab(OnDoubles):
    share = 45

    def set_up(self):
        self.double = self.fresh("gitlab")
        self.hand = None
        self.begin(self.double.gitlab_token(), 'gitlab = ["7"]', 'provider = "gitlab"\nuser = "ci"')

    def by_hand(self):
        lost, = self.alive()  # an administrator revokes what nobody has, and makes another one
        self.double.tokens[lost]["alive"] = False
        self.hand = self.double.gitlab_token()
        return self.hand + "\n"

    def wrong(self):
        if self.alive() != {self.env_value()}:
            return "the store's token is not the one that works"
        if len(self.double.made) != 1 or self.env_value() != (self.hand or self.double.made[0]):
            return "made %d, by hand %s" % (len(self.double.made), self.hand is not None)
        return ""


class Agents(OnDoubles):
    share = 40

    def set_up(self):
        self.double = self.fresh("agents")
        key, rotation = self.double.agent()
        self.hand = None
        self.begin(json.dumps({"apiKey": key, "rotationSecret": rotation, "agentId": "agent-1"}), 'self = ["agents.example"]',
                   'provider = "self"\nuser = "agent-1"\nserver = "https://agents.example"',
                   target='{"apiKey":"{secret}","rotationSecret":"{rotation_secret}","agentId":"{key_id}"}')

    def by_hand(self):
        for value in self.alive():
            self.double.tokens[value]["alive"] = False
        self.hand = self.double.agent()
        return "%s\n%s\n" % self.hand

    def wrong(self):
        pair = json.loads(self.env_value())
        if self.alive() != {pair["apiKey"]} or self.double.tokens[pair["apiKey"]]["rotation"] != pair["rotationSecret"]:
            return "the store's pair is not the one that works"
        if len(self.double.made) != (0 if self.hand and not self.double.calls else 1):
            return "rotated %d times" % len(self.double.made)
        return ""


class OpenAi(OnDoubles):
    share = 45

    def set_up(self):
        self.double = self.fresh("openai")
        _, own = self.double.openai_key("admin", "operator")
        self.write(self.dir / "own", own + "\n")
        self.old_id, old = self.double.openai_key("account", "ci", created=time.time() - 86400)
        self.begin(old, 'openai = ["org-acme"]', 'provider = "openai"\nuser = "ci"\ncredential = "openai"\nproject = "proj_1"',
                   '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)

    def wrong(self):
        left = [about["value"] for about in self.double.objects.values() if about["kind"] == "account"]
        if left != [self.env_value()]:
            return "%d accounts are left" % len(left)
        orphans = len(self.double.made) - 1
        gone = sum(1 for value in self.double.made if not self.double.tokens[value].get("alive", True))
        return "" if gone == orphans and orphans <= 1 else "made %d, taken away %d" % (orphans + 1, gone)


class Database(OnDoubles):
    share = 20

    def set_up(self):
        self.server = self.worker.postgres
        self.role, old = "svc" + some(8).lower(), some(24)
        self.server.sql("CREATE ROLE %s LOGIN PASSWORD '%s'" % (self.role, old))
        self.old = (self.role, old)
        name = "127.0.0.1:%d/postgres" % self.server.port
        for file, value in (("boss", self.server.password), ("boss-name", "boss")):
            self.write(self.dir / file, value + "\n")
        self.begin("%s:%s" % self.old, 'postgresql = ["%s"]' % name,
                   'provider = "postgresql"\nserver = "%s"\nuser = "%s"\ncredential = "pg"' % (name, self.role),
                   '[credentials.pg]\nkey_id = { file = "%s/boss-name" }\nsecret = { file = "%s/boss" }' % (self.dir, self.dir),
                   target="{key_id}:{secret}")
        text = pathlib.Path(self.policy).read_text().replace('live = [', 'live = ["postgresql", ')
        self.write(self.policy, text.replace("[network]", '[network]\ndatabase_hosts = ["127.0.0.1"]'))

    def wrong(self):
        role, password = self.env_value().split(":")
        if role == self.role or not self.server.may_log_in(role, password):
            return "the store's role does not work"
        left = self.server.sql("SELECT rolname FROM pg_roles WHERE rolname LIKE '%s%%' AND rolcanlogin" % self.role)
        if left != [role]:
            return "roles that may log in: %s" % left
        return "the old password works" if self.server.may_log_in(*self.old) else ""


SCENARIOS = [Small, Gitlab, Agents, OpenAi, Database]


class Worker:
    """What one process has for itself: doubles on a port of their own."""

    def __init__(self, folder, shim, postgres):
        self.dir, self.shim, self.postgres = folder, shim, postgres
        (folder / "tls").mkdir(parents=True)
        self.doubles = MintingDoubles(folder / "tls")
        self.number = 0

    def rotation(self, scenario):
        self.number += 1
        folder = self.dir / str(self.number)
        folder.mkdir()
        return scenario(folder, self)

    def count(self, scenario, order):
        rotation = self.rotation(scenario)
        counted = rotation.dir / "points"
        done = rotation.run(rotation.plan, "--live", "--wait", *order, STOP_COUNT=str(counted))
        wrong = "" if done.returncode == 0 else done.stderr.decode()
        assert not (wrong or rotation.wrong()), (scenario.__name__, order, wrong or rotation.wrong())
        points = int(counted.read_text())
        shutil.rmtree(rotation.dir, ignore_errors=True)
        return points

    def stop(self, scenario, order, at):
        """Whether it was stopped there, and what was wrong afterwards."""
        rotation = self.rotation(scenario)
        done = rotation.run(rotation.plan, "--live", "--wait", *order, STOP_AT=str(at))
        wrong = ""
        if done.returncode == 137:
            wrong = rotation.finish(order)
        elif done.returncode:
            wrong = "ended with %d: %s" % (done.returncode, done.stderr.decode())
        shutil.rmtree(rotation.dir, ignore_errors=True)
        return done.returncode != 0, wrong  # sockets are read more or less often from run to run: it may end before the point


def main():
    if not stop_at():
        print("the sanitizers' library must be the first, so nothing else is preloaded")
        return 77
    with fast_folder() as folder:
        postgres = Postgres(some(24))
        try:
            return kill(pathlib.Path(folder), stop_at(), postgres)
        finally:
            postgres.close()


own = []  # of each process of the pool: its Worker


def begin(folder, shim, postgres):
    rng.seed(os.getpid())  # roles of the one database are named by it
    own.append(Worker(folder / str(os.getpid()), shim, postgres))


def count(scenario, order):
    return own[0].count(scenario, list(order))


def stop(scenario, order, at):
    return own[0].stop(scenario, list(order), at)


def kill(folder, shim, postgres):
    failed, stopped, began = [], 0, time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(PROCESSES, initializer=begin, initargs=(folder, shim, postgres)) as pool:
        counts = {(scenario, tuple(order)): pool.submit(count, scenario, tuple(order)) for scenario in SCENARIOS for order in ORDERS}
        jobs = []
        for (scenario, order), counted in counts.items():
            points = counted.result()
            step = EVERY or max(points / scenario.share, 1)
            at = 1.0
            while at <= points:
                jobs.append((scenario, order, int(at), pool.submit(stop, scenario, order, int(at))))
                at += step
            print("%-9s %-9s %4d points" % (scenario.__name__, "emergency" if order else "routine", points))
        for scenario, order, at, job in jobs:
            was, wrong = job.result()
            stopped += was
            if wrong:
                failed.append((scenario.__name__, order, at, wrong))
    for each in failed[:20]:
        print("FAILED", *each)
    print("stopped at %d points, %d failed, %.0f s" % (stopped, len(failed), time.monotonic() - began))
    if stopped < POINTS:
        print("fewer than %d points" % POINTS)
    return 1 if failed or stopped < POINTS else 0


if __name__ == "__main__":
    sys.exit(main())
