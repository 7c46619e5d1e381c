"""A policy that may revoke, credentials to revoke, and what was done: what the suites of `staunch revoke` begin with."""
import json
import pathlib
import sqlite3

import respond_harness as base
from respond_harness import anthropic_key


class Revoking(base.Harness):
    def setUp(self):
        super().setUp()
        self.write_policy()

    def write_policy(self, live=("slack", "github", "gitlab", "openai", "anthropic"), extra="", tables=""):
        live = ", ".join('"%s"' % one for one in live)
        text = 'journal = "%s"\nkill_switch = "%s"\nrecheck_ms = 1\nlive = [%s]\n%s\n[own_accounts]\nslack = ["T1"]\n' \
               'gitlab = ["7"]\nopenai = [""]\n%s\n' % (self.dir / "journal", self.dir / "stop", live, extra, tables)
        self.doubles.policy(self.policy, text)

    def dry(self, secret, rule, *words):
        self.secrets.add(secret)
        done = self.run_staunch("revoke", "-", "--rule", rule, "--policy", self.policy, *words, text=secret + "\n")
        plan = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")]
        return done, plan[0] if plan else None

    def act(self, secret, rule, plan, *words, code=True):
        approval = ["--code", plan[:6]] if code else []
        return self.run_staunch("revoke", "-", "--rule", rule, "--policy", self.policy, "--live", "--plan",
                                plan, *approval, *words, text=secret + "\n")

    def audit(self):
        return [json.loads(line) for line in (self.dir / "journal" / "audit.jsonl").read_text().splitlines()]

    def slack(self):
        token = base.slack_token()
        self.alive("slack", token, team="crew")
        return token

    def github_batch(self, n, *words, extra="live_actions_per_day = 1000"):
        """So many live tokens in a report, and the plan to revoke them: report, tokens, words of the live run."""
        self.write_policy(tables='github = ["mona"]', extra=extra)
        tokens = [base.github_token() for _ in range(n)]
        for token in tokens:
            self.alive("github", token, login="mona")
            self.secrets.add(token)
        report = self.scan({"tokens.env": "\n".join("GITHUB_TOKEN=" + token for token in tokens)})
        done = self.run_staunch("revoke", report, "--policy", self.policy, *words)
        plan = [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("plan ")][0]
        return tokens, ["revoke", report, "--policy", self.policy, "--live", "--plan", plan, "--code", plan[:6]]

    def github_lists(self):
        """What each call held that was served."""
        return [sorted(listed) for name, listed in self.doubles["github"].calls if name == "revoke"]

    def github_alive(self, tokens):
        return [token for token in tokens if self.doubles["github"].tokens[token].get("alive", True)]

    def actions(self):
        with sqlite3.connect(self.dir / "journal" / "journal.sqlite") as db:
            return [json.loads(text) for text, in db.execute("SELECT json FROM document WHERE kind='action'")]

    def two_responders(self, name="claims-{fingerprint}"):
        """Policies with journals of their own and one Vault that both see."""
        token = "hvs." + base.some(base.BASE62, 24)
        self.secrets.add(token)
        self.alive("vault", token)
        (self.dir / "vault").write_text(token + "\n")
        (self.dir / "vault").chmod(0o600)
        self.write_policy(tables='[claims]\nstore = "vault"\nname = "%s"\n[stores.vault]\nkind = "vault"\n'
                          'address = "https://vault.example"\ncredential = "vault"\n[credentials.vault]\n'
                          'secret = { file = "%s" }' % (name, self.dir / "vault"))
        mine, theirs = self.policy, str(self.dir / "theirs.toml")
        pathlib.Path(theirs).write_text(pathlib.Path(mine).read_text().replace('/journal"', '/journal-of-theirs"'))
        pathlib.Path(theirs).chmod(0o600)
        return mine, theirs

    def take_over(self, *, first_only=False):
        """A person takes the claims away, and another responder has them: as where this one was thought dead."""
        claims = [path for path in self.doubles["vault"].objects if path.startswith("claims-")]
        for path in claims[:1] if first_only else claims:
            self.doubles["vault"].objects[path].append({"rotation": "theirs"})

    def anthropic_with_claims(self):
        secret = self.anthropic()
        policy = pathlib.Path(self.policy)
        tables = policy.read_text().split("[own_accounts]")[1].split("[network]")[0]
        self.two_responders()
        text = policy.read_text()
        own = tables.split("openai = [\"\"]")[1]
        policy.write_text(text.replace('openai = [""]\n', 'openai = [""]\n' + own, 1))
        return secret

    def admin_key(self, provider, admin):
        self.alive(provider, admin, org="org-1")
        self.secrets.add(admin)
        (self.dir / "admin").write_text(admin + "\n")
        (self.dir / "admin").chmod(0o600)
        self.write_policy(tables='anthropic = ["org-1"]\n[credentials.%s]\nsecret = { file = "%s" }' %
                          (provider, self.dir / "admin"))

    def anthropic(self, org="org-1", **about):
        secret = anthropic_key()
        self.alive("anthropic", secret, org=org)
        self.admin_key("anthropic", anthropic_key("admin01"))
        objects = self.doubles["anthropic"].objects
        objects["apikey_%d" % len(objects)] = {"secret": secret, "hint": secret[:14] + "..." + secret[-4:],
                                               "alive": True, **about}
        return secret

    def try_anthropic(self, secret):
        self.doubles["anthropic"].calls.clear()
        _, plan = self.dry(secret, "anthropic-api-key")
        done = self.act(secret, "anthropic-api-key", plan) if plan else None
        return done, self.doubles["anthropic"].count("set")

    def check_audit(self):
        return self.run_staunch("incident", "audit", "--policy", self.policy)
