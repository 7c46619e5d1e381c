"""Rotation of GitLab tokens, OpenAI keys, agents that rotate themselves, and keys that a person makes; against doubles
that hold recorded contracts.   respond_minters.py STAUNCH

The number in a test's name is the rule of the response that it holds.
"""
import calendar
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
import respond_harness as base  # noqa: E402
from agreed import agreed  # noqa: E402
from minting_doubles import MintingDoubles, some  # noqa: E402

base.Doubles = MintingDoubles
PAIR = '{{"apiKey":"{secret}","rotationSecret":"{rotation_secret}","agentId":"{key_id}"}}'.replace("{{", "{").replace("}}", "}")


class Minters(base.Harness):
    """A key in a dotenv file under API_KEY, rotated by the plan that a test writes."""

    def begin(self, value, accounts, credential=""):
        self.secrets.add(value)
        self.env = self.dir / "app.env"
        self.env.write_text("PORT=80\nAPI_KEY='%s'\n" % value)
        self.doubles.policy(self.policy, """journal = "{d}/journal"
recheck_ms = 1
sole_responder = true
live = ["gitlab", "openai", "self", "person"]
[own_accounts]
{accounts}
{credential}
[stores.app]
kind = "dotenv"
file = "{d}/app.env"
""".format(d=self.dir, accounts=accounts, credential=credential))

    def write_plan(self, provider, value="{secret}", consumers='[[consumers]]\nname = "api"\nprobe = ["/bin/true"]\n', **more):
        self.plan = self.dir / "plan.toml"
        lines = {"name": "api", "provider": provider, "user": "ci", "watch": "0s", "hold": "0s", "poll": "1s", **more}
        text = "".join("%s = %s\n" % (k, json.dumps(v)) for k, v in lines.items())
        self.plan.write_text(text + "[[targets]]\nstore = \"app\"\nname = \"API_KEY\"\nvalue = '%s'\n" % value + consumers)
        self.plan.chmod(0o600)

    def rotate(self, *words, text=""):
        def run(*words):
            return self.run_staunch("rotate", *words, "--policy", self.policy, text=text)
        return run(*agreed(run, words or (str(self.plan), "--live", "--wait")))

    def value(self):
        line = [line for line in self.env.read_text().splitlines() if line.startswith("API_KEY=")][0]
        value = line.split("=", 1)[1].strip("'")
        for part in ([value] if value[:1] != "{" else list(json.loads(value).values())[:2]):
            self.secrets.add(part)
        return value

    def assert_done(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def id_of(self, done):
        return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("rotation ")][0]

    def alive_tokens(self, provider):
        return {value for value, known in self.doubles[provider].tokens.items() if known.get("alive", True)} - {"*/*"}

    def audit(self, event):
        return [json.loads(line)["data"] for line in (self.dir / "journal" / "audit.jsonl").read_text().splitlines()
                if json.loads(line)["event"] == event]


class Gitlab(Minters):
    def setUp(self):
        super().setUp()
        self.lab = self.doubles["gitlab"]
        self.old = self.lab.gitlab_token()
        self.begin(self.old, 'gitlab = ["7"]')
        self.write_plan("gitlab")

    def test_1_a_token_makes_its_own_successor(self):
        began = time.time()
        done = self.rotate()
        self.assert_done(done)
        self.assertEqual(self.alive_tokens("gitlab"), {self.value()})
        self.assertEqual((self.lab.made, self.lab.count("rotate")), ([self.value()], 1))
        days = {time.strftime("%Y-%m-%d", time.gmtime(at + 90 * 86400)) for at in (began, time.time())}  # midnight may pass
        self.assertIn(self.lab.tokens[self.value()]["expires_at"], days)  # as long as the old one's
        self.assertEqual(self.audit("rotation")[-1]["state"], "closed")

    def test_1_an_emergency_rotates_at_once(self):
        self.write_plan("gitlab", watch="24h", hold="24h")
        done = self.rotate(str(self.plan), "--live", "--emergency")
        self.assert_done(done)
        self.assertEqual(self.alive_tokens("gitlab"), {self.value()})

    def test_4_4_a_lost_answer_is_never_asked_for_again(self):
        """After a lost rotate the old token is only looked at; a person gives the new one."""
        for fault in ("lost", "closed"):
            with self.subTest(fault):
                self.lab.fault_at = {"rotate": fault}
                done = self.rotate()
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertIn(b"locked out", done.stderr)
                self.assertEqual(len(self.lab.made), 1)
                before = self.env.read_text()
                for _ in range(3):
                    self.assertIn(b"locked out", self.rotate(self.id_of(done), "--resume").stderr)
                self.assertEqual(self.rotate(self.id_of(done), "--abort").returncode, 3)
                self.assertEqual(self.rotate(self.id_of(done), "--rollback").returncode, 3)
                self.assertEqual((self.lab.count("rotate"), self.env.read_text()), (1, before))
                by_hand = self.lab.gitlab_token()
                self.secrets.add(by_hand)
                done = self.rotate(self.id_of(done), "--resume", "--take", "--wait", text=by_hand + "\n")
                self.assert_done(done)
                self.assertEqual((self.value(), self.lab.count("rotate")), (by_hand, 1))
                self.lab.made.clear()
                self.lab.calls.clear()

    def put_in_vault(self):
        """The key in Vault, which all responders see; returns what it keeps."""
        token = "hvs." + some(24)
        self.secrets.add(token)
        self.alive("vault", token)
        (self.dir / "vault").write_text(token + "\n")
        (self.dir / "vault").chmod(0o600)
        policy = pathlib.Path(self.policy)
        policy.write_text(policy.read_text().replace("sole_responder = true\n", "").replace(
            "[stores.app]", '[credentials.vault]\nsecret = { file = "%s" }\n[stores.shared]\nkind = "vault"\n'
            'address = "https://vault.example"\ncredential = "vault"\n[stores.app]' % (self.dir / "vault")))
        self.plan.write_text(self.plan.read_text().replace('store = "app"\nname = "API_KEY"',
                                                           'store = "shared"\nname = "app#key"'))
        kept = self.doubles["vault"].objects
        kept["app"] = [{"key": self.old, "port": "80"}]
        return kept

    def test_6_the_claim_in_vault_lasts_from_the_first_step_to_the_last(self):
        kept, seen = self.put_in_vault(), []
        self.doubles["vault"].hooks = {"write": lambda fields, holes: seen.append((holes["path"], fields["data"]))}
        done = self.rotate()
        self.assert_done(done)
        self.secrets.add(kept["app"][-1]["key"])
        self.assertEqual({data["rotation"] for path, data in seen if path == "app__next"}, {self.id_of(done)})
        self.assertEqual(kept, {"app": [{"key": self.old, "port": "80"}, {"key": self.lab.made[0], "port": "80"}]})

    def test_6_a_rotation_whose_claim_was_taken_over_sends_and_writes_nothing(self):
        kept, writes = self.put_in_vault(), []

        def after_the_proof(fields, holes):
            writes.append(fields["data"])
            if len(writes) == 3:  # the claim, the proof, and the claim without it
                kept["app__next"].append({"rotation": "theirs"})
        self.doubles["vault"].hooks = {"write": after_the_proof}
        done = self.rotate()
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn(b"taken over by another responder (theirs)", done.stderr)
        id = self.id_of(done)
        for words in ("--resume", "--abort", "--rollback"):
            self.assertEqual(self.rotate(id, words).returncode, 3)
        self.assertEqual((self.lab.count("rotate"), kept["app__next"][-1], kept["app"]),
                         (0, {"rotation": "theirs"}, [{"key": self.old, "port": "80"}]))
        del kept["app__next"]  # they have ended: whether all is as it was only a person can tell
        self.assertIn(b"was taken away", self.rotate(id, "--resume").stderr)
        self.assertEqual(self.lab.count("rotate"), 0)
        self.assert_done(self.rotate(id, "--abort"))
        self.assert_done(self.rotate())

    def test_4_4_a_value_by_hand_that_is_not_good_is_not_written(self):
        self.lab.fault_at = {"rotate": "lost"}
        done = self.rotate()
        wrong = "glpat" + "-" + some(20)
        self.secrets.add(wrong)
        before = self.env.read_text()
        done = self.rotate(self.id_of(done), "--resume", "--take", text=wrong + "\n")
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"is not good", done.stderr)
        self.assertEqual(self.env.read_text(), before)

    def test_4_4_what_was_never_done_is_asked_again_after_looking(self):
        self.lab.fault_at = {"rotate": "500"}
        done = self.rotate()  # refused before it took effect: the old one lives
        self.assert_done(done)
        self.assertEqual(self.alive_tokens("gitlab"), {self.value()})
        self.assertEqual(len(self.lab.made), 1)
        self.assertEqual(len(self.audit("mint-not-done")), 1)

    def test_4_4_an_old_key_that_a_busy_provider_says_nothing_of_is_asked_about_again(self):
        self.lab.fault_at = {"rotate": "500"}
        asked, take = [], self.lab.fault_for

        def busy(call):
            """Three times 500 is what a request bears; the first look after the rotate fails so."""
            fault = take(call)
            if fault == "500" and call["name"] == "rotate":
                self.lab.faults = ["500"] * 3
            asked.append((call["name"], fault))
            return fault
        self.lab.fault_for = busy
        self.assert_done(self.rotate())
        self.assertEqual(asked.count((asked[-1][0], "500")), 3, asked)
        self.assertEqual(self.alive_tokens("gitlab"), {self.value()})
        self.assertEqual(len(self.lab.made), 1)

    def test_4_4_store_and_journal_are_proved_before_the_old_token_dies(self):
        store = self.dir / "store"
        store.write_text('#!/bin/sh\ncase $1-$3 in read-current) cat "%s/current" >&3 ;; read-pending) printf other >&3 ;; esac\n'
                         % self.dir)
        store.chmod(0o700)
        (self.dir / "current").write_text(self.old)
        policy = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text(policy.replace('kind = "dotenv"', 'kind = "command"\ncommand = ["%s"]' % store))
        done = self.rotate()
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"does not read back", done.stderr)
        self.assertEqual((self.lab.count("rotate"), self.alive_tokens("gitlab")), (0, {self.old}))

    def test_1_other_rights_stop_the_run_unless_the_plan_says_so(self):
        self.lab.new_scopes = ["read_api"]
        done = self.rotate()
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"other rights (ci: read_api) than the old one (ci: api self_rotate)", done.stderr)
        self.assertEqual(self.value(), self.old)  # and the new one is sealed
        self.write_plan("gitlab", other_rights=True)
        self.lab.tokens[self.lab.made[0]]["scopes"] = ["api", "self_rotate"]
        self.assert_done(self.rotate(self.id_of(done), "--resume", "--wait"))
        self.assertEqual(self.value(), self.lab.made[0])

    def test_1_a_token_that_may_not_rotate_itself_is_left_alone(self):
        self.lab.tokens[self.old]["scopes"] = ["read_api"]
        done = self.rotate()
        self.assertIn(b"no key was made: GitLab refuses (403)", done.stderr)
        self.assertEqual(self.alive_tokens("gitlab"), {self.old})
        self.assert_done(self.rotate(self.id_of(done), "--abort"))

    def test_2_3_a_token_of_another_user_is_not_rotated(self):
        pathlib.Path(self.policy).write_text(pathlib.Path(self.policy).read_text().replace('["7"]', '["8"]'))
        self.assertIn(b"not one of the policy's", self.rotate().stderr)
        self.assertEqual(self.lab.count("rotate"), 0)

    def test_a_dead_token_is_not_sent_to_the_rotate_endpoint(self):
        self.lab.tokens[self.old]["alive"] = False
        other = self.lab.gitlab_token(family=self.lab.tokens[self.old]["family"])
        self.assertNotEqual(self.rotate().returncode, 0)
        self.assertEqual(self.lab.count("rotate"), 0)
        self.assertIn(other, self.alive_tokens("gitlab"))


class OpenAi(Minters):
    def setUp(self):
        super().setUp()
        self.ai = self.doubles["openai"]
        self.own_id, self.own = self.ai.openai_key("admin", "operator")
        self.old_id, self.old = self.ai.openai_key("account", "ci", created=time.time() - 86400)
        self.other_id, _ = self.ai.openai_key("account", "somebody-else")
        self.secrets.add(self.own)
        (self.dir / "own").write_text(self.own + "\n")
        (self.dir / "own").chmod(0o600)
        self.begin(self.old, 'openai = ["org-acme"]', '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)
        self.write_plan("openai", credential="openai", project="proj_1")

    def accounts(self):
        return {key: about["name"] for key, about in self.ai.objects.items() if about["kind"] == "account"}

    def test_1_a_service_account_is_replaced(self):
        done = self.rotate()
        self.assert_done(done)
        left = self.accounts()
        self.assertEqual(left.pop(self.other_id), "somebody-else")
        (new_id, name), = left.items()
        self.assertEqual(name, "ci-" + self.id_of(done))
        self.assertEqual(self.ai.objects[new_id]["value"], self.value())
        self.assertEqual(self.ai.count("account_create"), 1)
        self.assert_done(self.rotate())  # whose name has an id already
        self.assertEqual(len(self.accounts()), 2)

    def test_1_where_there_is_no_disable_an_emergency_deletes_first(self):
        done = self.rotate(str(self.plan), "--live", "--emergency")
        self.assert_done(done)
        self.assertNotIn(self.old_id, self.accounts())
        kinds = [name for name, _ in self.ai.calls if name in ("account_create", "account_delete")]
        self.assertEqual(kinds[0], "account_delete")
        self.assertEqual(kinds.count("account_create"), 1)

    def test_1_keys_are_found_on_later_pages(self):
        self.ai.page = 1
        self.assert_done(self.rotate())
        self.assertEqual(len(self.accounts()), 2)

    def test_1_rollback_deletes_the_new_one_before_the_old_one_is(self):
        self.write_plan("openai", credential="openai", project="proj_1",
                        consumers='[[consumers]]\nname = "api"\nprobe = ["/bin/false"]\n')
        done = self.rotate()
        self.assertEqual(done.returncode, 5)
        self.assert_done(self.rotate(self.id_of(done), "--rollback"))
        self.assertEqual((self.value(), set(self.accounts())), (self.old, {self.old_id, self.other_id}))

    def test_1_a_use_of_the_old_key_holds_the_watch(self):
        self.write_plan("openai", credential="openai", project="proj_1", watch="10m", poll="5m")
        self.ai.objects[self.old_id]["used"] = int(time.time())
        done = self.rotate()
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"somebody still holds it", done.stderr)
        self.assertIn(self.old_id, self.accounts())

    def test_1_without_a_disable_the_old_key_is_held_unused_and_the_plan_says_so(self):
        self.write_plan("openai", credential="openai", project="proj_1", hold="1h")
        shown = self.rotate(str(self.plan)).stdout
        self.assertIn(b"stays unused for 3600 s", shown)
        self.assertIn(b"there is no disable to try first: service accounts and admin keys can be made, read and deleted", shown)
        self.assertIn(b"source: https://platform.openai.com/docs/", shown)
        done = self.rotate()
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"cannot be disabled, and is held unused", done.stderr)
        self.assertEqual(len(self.audit("not-disabled")), 1)
        self.ai.objects[self.old_id]["used"] = int(time.time())
        done = self.rotate(self.id_of(done), "--resume", "--wait")
        self.assertIn(b"somebody still holds it", done.stderr)
        self.assertIn(self.old_id, self.accounts())
        self.assert_done(self.rotate(self.id_of(done), "--rollback"))
        self.assertEqual((self.value(), set(self.accounts())), (self.old, {self.old_id, self.other_id}))

    def test_4_4_an_orphan_of_a_lost_answer_is_known_by_its_name(self):
        self.ai.fault_at = {"account_create": "lost"}
        done = self.rotate()
        self.assertIn(b"the answer to the mint was lost", done.stderr)
        self.assertEqual(len(self.accounts()), 3)
        rotation = self.id_of(done)
        done = self.rotate(rotation, "--resume")
        self.assertIn(b"was lost with its answer. Delete it", done.stderr)
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text("delete_orphans = true\n" + text)
        self.assert_done(self.rotate(rotation, "--resume", "--wait"))
        self.assertEqual((len(self.accounts()), self.ai.count("account_create")), (2, 2))
        self.assertEqual(self.ai.objects[next(k for k in self.accounts() if k not in (self.other_id,))]["value"], self.value())

    def test_admin_keys(self):
        self.old_id, self.old = self.ai.openai_key("admin", "ci", created=time.time() - 86400)
        self.begin(self.old, 'openai = ["org-acme"]', '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)
        self.write_plan("openai", credential="openai")
        self.assert_done(self.rotate())
        names = sorted(about["name"][:8] for about in self.ai.objects.values() if about["kind"] == "admin")
        self.assertEqual((len(names), names[1]), (2, "operator"))
        self.assertNotIn(self.old_id, self.ai.objects)
        self.assertIn(self.own_id, self.ai.objects)

    def test_2_5_the_admin_key_that_asks_is_not_its_own_target(self):
        self.begin(self.own, 'openai = ["org-acme"]', '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)
        self.write_plan("openai", credential="openai")
        done = self.rotate()
        self.assertIn(b"is the key we ask with", done.stderr)
        self.assertEqual((self.ai.count("admin_create"), self.ai.count("admin_delete")), (0, 0))

    def test_2_2_a_look_alike_of_another_organisation_is_not_touched(self):
        self.begin(self.old[:-6] + "zzzzzz", 'openai = ["org-acme"]', '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)
        done = self.rotate()
        self.assertIn(b"no key of the account looks like this one", done.stderr)
        self.ai.organisation = "org-else"
        self.begin(self.old, 'openai = ["org-acme"]', '[credentials.openai]\nsecret = { file = "%s/own" }' % self.dir)
        self.assertIn(b"not one of the policy's", self.rotate().stderr)
        self.assertEqual((self.ai.count("account_create"), self.ai.count("account_delete")), (0, 0))

    def test_an_expired_admin_key_stops_before_anything_is_changed(self):
        self.ai.tokens[self.own]["alive"] = False
        for words in ((), ("--emergency",)):
            done = self.rotate(str(self.plan), "--live", *words)
            self.assertEqual(done.returncode, 3)
            self.assertTrue(b"401" in done.stderr, done.stderr)
        self.assertEqual((self.ai.count("account_create"), self.ai.count("account_delete")), (0, 0))
        self.assertEqual(self.value(), self.old)


class Agents(Minters):
    """The self-rotation contract, with its reference server."""

    def setUp(self):
        super().setUp()
        self.server = self.doubles["agents"]
        self.key, self.rotation = self.server.agent()
        self.secrets |= {self.key, self.rotation}
        self.begin(json.dumps({"apiKey": self.key, "rotationSecret": self.rotation, "agentId": "agent-1"}),
                   'self = ["agents.example"]')
        self.secrets = {self.key, self.rotation}
        self.write_plan("self", PAIR, user="agent-1", server="https://agents.example")

    def pair(self):
        pair = json.loads(self.value())
        return pair["apiKey"], pair["rotationSecret"]

    def test_7_a_pair_is_rotated_as_one_version(self):
        done = self.rotate()
        self.assert_done(done)
        key, rotation = self.pair()
        self.assertEqual(self.alive_tokens("agents"), {key})
        self.assertEqual(self.server.tokens[key]["rotation"], rotation)
        self.assertEqual([agent for _, agent in self.server.rotations], ["agent-1"])
        self.assert_done(self.rotate())
        self.assertEqual(len(self.server.rotations), 2)

    def test_7_it_is_due_every_week_unless_the_plan_says_otherwise(self):
        self.assert_done(self.rotate())
        done = self.rotate(str(self.plan), "--if-due")
        self.assertEqual(done.returncode, 1)
        when = calendar.timegm(time.strptime(done.stdout.decode().split()[2], "%Y-%m-%dT%H:%M:%SZ"))
        self.assertAlmostEqual(when, time.time() + 7 * 86400, delta=300)

    def test_7_a_plan_that_keeps_the_two_apart_is_refused(self):
        self.write_plan("self", "{secret}", user="agent-1", server="https://agents.example")
        done = self.rotate()
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"they are one version", done.stderr)

    def test_7_another_agents_answer_is_written_nowhere(self):
        self.server.answers_as = "agent-2"
        before = self.env.read_text()
        done = self.rotate()
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertIn(b"agent agent-2 answered for agent agent-1", done.stderr)
        self.assertEqual(self.env.read_text(), before)
        self.assertEqual(len(self.server.made), 1)

    def test_7_refusals(self):
        for change, why in [(lambda: self.server.tokens[self.key].update(rotation="another"), b"401"),
                            (lambda: self.server.tokens[self.key].update(revoked=True), b"403"),
                            (lambda: self.server.tokens[self.key].update(revoked=False, rotation=""), b"403")]:
            change()
            done = self.rotate()
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(why, done.stderr)
            self.assertIn(b"at the dashboard of agents.example", done.stderr)
            self.assertEqual(len(self.server.made), 0)
            self.assert_done(self.rotate(self.id_of(done), "--abort"))
        self.server.effect_agent_rotate = lambda *_: (400, {"error": "no rotationSecret"}, [])
        self.assertIn(b"(400): a mistake of this program", self.rotate().stderr)
        calls = self.server.count("rotate-key")
        self.assertEqual(calls, 4)  # once each: it is not tried again

    def test_7_three_in_a_quarter_of_an_hour_are_waited_for(self):
        now = time.time()
        self.server.rotations = [(now, "x")] * 3
        done = self.rotate()
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"429", done.stderr)
        until = done.stderr.decode().split("waits until ")[1].split(":  ")[0].split(": ")[0]
        when = calendar.timegm(time.strptime(until, "%Y-%m-%dT%H:%M:%SZ"))
        self.assertAlmostEqual(when, now + 600, delta=300)
        self.server.rotations = []
        self.assert_done(self.rotate(self.id_of(done), "--resume", "--wait"))
        self.assertEqual(self.alive_tokens("agents"), {self.pair()[0]})

    def test_7_a_lost_answer_locks_out_until_a_person_gives_the_pair(self):
        for fault in ("lost", "closed", "500"):
            with self.subTest(fault):
                self.server.faults = [fault]
                calls = self.server.count("rotate-key")
                done = self.rotate()
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertIn(b"locked out", done.stderr)
                self.assertIn(b"give agent agent-1 a new key and a new rotation secret", done.stderr)
                self.rotate(self.id_of(done), "--resume")
                self.assertLessEqual(self.server.count("rotate-key"), calls + 1)
                key, rotation = self.server.agent()
                self.secrets |= {key, rotation}
                done = self.rotate(self.id_of(done), "--resume", "--take", "--wait", text="%s\n%s\n" % (key, rotation))
                self.assert_done(done)
                self.assertEqual(self.pair(), (key, rotation))
                self.server.rotations = []

    def test_7_a_leaked_key_with_its_rotation_secret_safe_is_rotated_now(self):
        self.write_plan("self", PAIR, user="agent-1", server="https://agents.example", watch="24h", hold="24h")
        self.assert_done(self.rotate(str(self.plan), "--live", "--emergency"))
        self.assertEqual(self.alive_tokens("agents"), {self.pair()[0]})

    def test_1_a_consumer_is_probed_by_https(self):
        probe = '[[consumers]]\nname = "api"\nurl = "https://agents.example/health"\nstatus = 204\ntimes = 2\n'
        self.write_plan("self", PAIR, probe, user="agent-1", server="https://agents.example")
        self.server.healthy = [204, 500, 500, 500]
        done = self.rotate()
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"api does not work with the new key: https://agents.example/health: it answers 500", done.stderr)
        self.server.healthy = [204, 204]
        self.assert_done(self.rotate(self.id_of(done), "--resume", "--wait"))

    def test_7_both_leaked_no_call_is_made(self):
        done = self.rotate(str(self.plan), "--live", "--emergency", "--both-leaked")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"at the dashboard of agents.example", done.stderr)
        self.assertEqual(self.server.calls, [])
        key, rotation = self.server.agent()
        self.secrets |= {key, rotation}
        self.assert_done(self.rotate(self.id_of(done), "--resume", "--take", "--wait", text="%s\n%s\n" % (key, rotation)))
        self.assertEqual((self.pair(), self.server.calls), ((key, rotation), []))


class Person(Minters):
    def setUp(self):
        super().setUp()
        self.old = "sk-ant-" + "api03-" + some(93) + "AA"
        self.alive("anthropic", self.old)
        self.begin(self.old, 'person = ["https://console.example/keys"]')
        self.write_plan("person", console="https://console.example/keys", rule="anthropic-api-key")

    def test_1_a_person_makes_the_key_and_takes_the_old_one_away(self):
        done = self.rotate()
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b"at https://console.example/keys make a new key for ci", done.stderr)
        rotation = self.id_of(done)
        new = "sk-ant-" + "api03-" + some(93) + "AA"
        self.secrets.add(new)
        self.assertIn(b"the new key does not work", self.rotate(rotation, "--resume", "--take", text=new + "\n").stderr)
        self.assertEqual(self.value(), self.old)
        self.alive("anthropic", new)
        done = self.rotate(rotation, "--resume", "--wait")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(self.value(), new)
        self.assertIn(b"disable the key", done.stderr)
        self.assertIn(b"disable the key", self.rotate(rotation, "--resume").stderr)
        self.doubles["anthropic"].tokens[self.old]["alive"] = False
        done = self.rotate(rotation, "--resume", "--wait")
        self.assertIn(b"delete the key", done.stderr)
        self.assert_done(self.rotate(rotation, "--resume", "--done", "--wait"))
        self.assertEqual(self.audit("rotation")[-1]["state"], "closed")

    def test_5_2_a_value_in_an_argument_is_refused(self):
        done = self.rotate(str(self.plan), "--live", "--take", "a-value-that-was-typed")
        self.assertEqual(done.returncode, 2)

    def test_1_nothing_typed_changes_nothing(self):
        done = self.rotate(str(self.plan), "--live", "--take", text="\n")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertEqual(self.value(), self.old)


if __name__ == "__main__":
    unittest.main(verbosity=1)
