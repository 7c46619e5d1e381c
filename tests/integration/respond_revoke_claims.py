"""staunch revoke where several responders work: claims in a store that all of them see.
respond_revoke_claims.py STAUNCH"""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from outside import WAIT  # noqa: E402
from respond_harness import STAUNCH  # noqa: E402
from revoking import Revoking  # noqa: E402


class Claims(Revoking):
    def test_6_two_responders_on_two_machines_do_not_revoke_twice(self):
        """The second one comes while the first one's outcome is not known; then the first one goes on."""
        slack, vault = self.doubles["slack"], self.doubles["vault"]
        mine, theirs = self.two_responders()
        token = self.slack()
        plans = {}
        for self.policy in (mine, theirs):
            plans[self.policy] = self.dry(token, "slack-bot-token")[1]
        revoke, slack.contract["calls"] = slack.contract["calls"], json.loads(json.dumps(slack.contract["calls"]))
        for call in slack.contract["calls"]:
            call.pop("effect", None)  # it says done, and the token lives on
        self.policy = mine
        first = self.act(token, "slack-bot-token", plans[mine])
        self.assertEqual((first.returncode, slack.count("revoke")), (3, 1), first.stdout)
        self.assertEqual(len([path for path in vault.objects if path.startswith("claims-sf1-")]), 1)
        slack.contract["calls"] = revoke
        self.policy = theirs
        second = self.act(token, "slack-bot-token", plans[theirs])
        self.assertEqual((second.returncode, slack.count("revoke")), (3, 1), second.stdout)
        self.assertIn(b"refused", second.stdout)
        self.assertIn(b"another responder", second.stdout)
        self.policy = mine
        first = self.act(token, "slack-bot-token", plans[mine])
        self.assertEqual((first.returncode, slack.count("revoke")), (0, 2), first.stdout)
        self.assertEqual([path for path in vault.objects if path.startswith("claims")], [])
        self.policy = theirs
        second = self.act(token, "slack-bot-token", plans[theirs])
        self.assertEqual((second.returncode, slack.count("revoke")), (0, 2), second.stdout)
        self.assertIn(b"already gone", second.stdout)

    def test_6_a_responder_whose_claim_was_taken_over_changes_nothing(self):
        secret, provider = self.anthropic_with_claims(), self.doubles["anthropic"]
        _, plan = self.dry(secret, "anthropic-api-key")
        for step, (call, after, changes) in {"before the disable": ("list", 0, 0),
                                             "before the last step": ("models", 1, 1)}.items():
            with self.subTest(step):
                provider.calls.clear()
                provider.hooks = {call: lambda *_: provider.count("set") == after and self.take_over()}
                done = self.act(secret, "anthropic-api-key", plan)
                self.assertEqual((done.returncode, provider.count("set")), (3, changes), done.stdout + done.stderr)
                self.assertIn(b"taken over by another responder (theirs)", done.stdout)
                for path in self.doubles["vault"].objects:  # theirs stays theirs
                    self.assertEqual(self.doubles["vault"].objects[path][-1], {"rotation": "theirs"})
                self.doubles["vault"].objects.clear()  # they are done
                self.alive("anthropic", secret, org="org-1")
        provider.hooks = {}
        self.assertEqual(self.act(secret, "anthropic-api-key", plan).returncode, 0)

    def test_6_a_responder_whose_claim_was_taken_over_does_not_enable_again(self):
        """The disable changed nothing, so it would be undone: not by one whose claim is another's by then, for that one
        may have disabled it on purpose."""
        secret, provider = self.anthropic_with_claims(), self.doubles["anthropic"]
        about = next(iter(provider.objects.values()))
        about["deaf"] = True
        _, plan = self.dry(secret, "anthropic-api-key")
        provider.calls.clear()
        provider.hooks = {"models": lambda *_: provider.count("set") == 1 and self.take_over()}
        done = self.act(secret, "anthropic-api-key", plan)
        self.assertEqual((done.returncode, provider.count("set"), about["status"]), (3, 1, "inactive"), done.stdout)
        self.assertIn(b"NOT undone", done.stdout)
        self.assertIn(b"taken over by another responder (theirs)", done.stdout)
        self.doubles["vault"].objects.clear()
        provider.calls.clear()
        provider.hooks = {"set": lambda fields, _: fields["status"] == "active" and self.take_over()}
        done = self.act(secret, "anthropic-api-key", plan)  # and one who lost it in that very moment says so
        self.assertEqual((done.returncode, provider.count("set"), about["status"]), (3, 2, "active"), done.stdout)
        self.assertIn(b"while another responder took the claim", done.stdout)

    def test_6_a_call_in_the_moment_after_the_look_ends_nothing_twice(self):
        """Right after any look at its claim another responder takes it and ends the token: the next look stops the call,
        and after the last one it is answered as gone."""
        self.two_responders()
        slack, vault, heard = self.doubles["slack"], self.doubles["vault"], []
        for look in range(1, 20):
            token, reads, taken = self.slack(), [], []
            _, plan = self.dry(token, "slack-bot-token")

            def theirs(*_):
                reads.append(1)
                if len(reads) == look and vault.objects and not slack.count("revoke"):
                    taken.append(1)
                    slack.tokens[token]["alive"] = False
                    self.take_over()
            slack.calls.clear()
            vault.hooks = {"read": theirs}
            done = self.act(token, "slack-bot-token", plan)
            vault.hooks = {}
            vault.objects.clear()
            if len(reads) < look:
                break
            if taken:
                sent, told = slack.count("revoke"), done.stdout + done.stderr
                self.assertIn(b"already gone" if sent else b"taken over by another responder (theirs)", told)
                heard.append(sent)
        self.assertEqual(heard, [0, 1])  # two looks, and the call is all that is left after the second

    def test_6_one_claim_of_a_batch_that_was_taken_over_is_left_out(self):
        tokens, words = self.github_batch(3)
        self.two_responders()
        policy = pathlib.Path(self.policy)
        policy.write_text(policy.read_text().replace("[own_accounts]\n", '[own_accounts]\ngithub = ["mona"]\n', 1))
        writes = []

        def third(*_):
            writes.append(1)
            if len(writes) == 3:
                self.take_over(first_only=True)
        self.doubles["vault"].hooks = {"write": third}
        done = self.run_staunch(*words)
        self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual([len(one) for one in self.github_lists()], [2])
        self.assertEqual(len(self.github_alive(tokens)), 1)
        self.assertEqual(done.stdout.count(b"taken over by another responder"), 1)
        self.assertEqual([versions[-1] for versions in self.doubles["vault"].objects.values()], [{"rotation": "theirs"}])

    def test_6_two_responders_at_once_send_one_request(self):
        mine, theirs = self.two_responders()
        token, slack = self.slack(), self.doubles["slack"]
        plans, running = {}, []
        for self.policy in (mine, theirs):
            plans[self.policy] = self.dry(token, "slack-bot-token")[1]
        for policy, plan in plans.items():
            words = [STAUNCH, "revoke", "-", "--rule", "slack-bot-token", "--policy", policy, "--live", "--plan", plan, "--code", plan[:6]]
            running.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
            running[-1].stdin.write(token.encode() + b"\n")
            running[-1].stdin.close()
        told = [(one.stdout.read(), one.wait(WAIT))[0] for one in running]
        for one in running:
            one.stdout.close()
        self.assertEqual(slack.count("revoke"), 1, told)
        self.assertTrue(any(b"revoked" in one for one in told), told)

    def test_6_without_a_place_for_claims_somebody_must_say_that_there_is_one_responder(self):
        token = self.slack()
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text(text.replace("sole_responder = true\n", ""))
        _, plan = self.dry(token, "slack-bot-token")
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual((done.returncode, self.doubles["slack"].count("revoke")), (2, 0))
        self.assertIn(b"--sole-responder", done.stderr)
        self.assertEqual(self.act(token, "slack-bot-token", plan, "--sole-responder").returncode, 0)

    def test_6_a_store_that_cannot_show_claims_or_does_not_answer_stops_it(self):
        mine, _ = self.two_responders()
        token = self.slack()
        _, plan = self.dry(token, "slack-bot-token")
        self.doubles["vault"].tokens.clear()
        done = self.act(token, "slack-bot-token", plan)
        self.assertEqual((done.returncode, self.doubles["slack"].count("revoke")), (3, 0))
        self.assertIn(b"Vault did not read (403)", done.stdout)
        text = pathlib.Path(self.policy).read_text()
        pathlib.Path(self.policy).write_text(text.replace('kind = "vault"', 'kind = "dotenv"\nfile = "%s/x"' % self.dir))
        done = self.act(token, "slack-bot-token", plan)
        self.assertIn(b"cannot show claims", done.stdout)
        self.assertEqual(self.doubles["slack"].count("revoke"), 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
