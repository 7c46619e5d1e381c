"""Doubles of providers that mint, held to the contracts in tests/support/contracts/minting.

GitLab's tokens rotate themselves, and the second use of an old one revokes the whole family. OpenAI's service accounts
and admin keys are independent of each other. `Agents` is the reference server of the self-rotation contract: one key
and one rotation secret an agent, both new and both old at once, three rotations an address in a quarter of an hour,
each in its log.
"""
import json
import pathlib
import random
import string
import time

import provider_double

FOLDER = pathlib.Path(__file__).with_name("contracts") / "minting"
LETTERS = string.ascii_letters + string.digits
rng = random.SystemRandom()


def some(n):
    return "".join(rng.choice(LETTERS) for _ in range(n))


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


class MintingProvider(provider_double.Provider):
    """A provider whose contract is the one for minting, where there is one; it counts what was changed."""

    def __init__(self, contract):
        for path in FOLDER.glob("*.json"):
            minting = json.loads(path.read_text())
            if set(minting["hosts"]) & set(contract["hosts"]):
                contract = minting
        super().__init__(contract)
        self.made, self.rotations, self.next_id = [], [], 100
        self.fault_at, self.healthy = {}, []
        self.page, self.organisation = 100, "org-acme"

    def fault_for(self, call):
        """Faults of a call by its name: fault_at = {"rotate": "lost"}, once each."""
        return self.fault_at.pop(call["name"], None) or super().fault_for(call)

    # --- GitLab: tokens[value] has id, scopes, name, family ---

    def gitlab_token(self, scopes=("api", "self_rotate"), name="ci", family=None, made=None):
        value = "glpat" + "-" + some(20)
        self.next_id += 1
        made = made or time.time() - 30 * 86400
        self.tokens[value] = {"id": self.next_id, "scopes": list(scopes), "name": name, "family": family
                              or self.next_id,
                              "made": made, "expires_at": time.strftime("%Y-%m-%d", time.gmtime(made + 90 * 86400))}
        return value

    def about(self, known):
        return {"id": known["id"], "name": known["name"], "revoked": False, "active": True, "scopes": known["scopes"],
                "user_id": 7, "description": "", "created_at": stamp(known["made"]), "last_used_at": None,
                "expires_at": known["expires_at"]}

    def effect_gitlab_self(self, call, known, fields, holes):
        return 200, self.about(known), []

    def effect_gitlab_rotate(self, call, known, fields, holes):
        if not set(known["scopes"]) & {"api", "self_rotate"}:
            return 403, {"message": "403 Forbidden"}, []
        known["alive"] = False
        value = self.gitlab_token(getattr(self, "new_scopes", known["scopes"]), known["name"], known["family"],
                                  time.time())
        self.tokens[value]["expires_at"] = fields["expires_at"]
        self.made.append(value)
        return 200, {**self.about(self.tokens[value]), "token": value}, []

    def reuse(self, token):
        """What GitLab does where an old token is sent to the endpoint again."""
        family = self.tokens[token]["family"]
        for known in self.tokens.values():
            if known.get("family") == family:
                known["alive"] = False

    # --- OpenAI: objects[id] has kind, name, value, role, created_at, used ---

    def openai_key(self, kind, name, role="member", created=None):
        self.next_id += 1
        what = "key" if kind == "admin" else "svc_acct"
        marker = "T3Blbk" + "FJ"
        value = "sk-" + ("admin" if kind == "admin" else "svcacct") + "-" + some(58) + marker + some(58)
        key = "%s_%d" % (what, self.next_id)
        self.objects[key] = {"kind": kind, "name": name, "value": value, "role": role,
                             "created_at": int(created or time.time()), "used": None}
        self.tokens[value] = {}
        return key, value

    def listed(self, call, elements, holes):
        ids = [each["id"] for each in elements]
        begin = ids.index(holes["after"]) + 1 if "after" in holes else 0
        more = begin + self.page < len(elements)
        page = provider_double.page_of(call, elements[begin:begin + self.page], more)
        return 200, page, [("openai-organization", self.organisation)]

    @staticmethod
    def hint(value):
        return value[:10] + "..." + value[-4:]

    def openai_object(self, call, key):
        """As the reference has it: an admin key's role is its owner's, an account has one of its own."""
        about = self.objects[key]
        out = provider_double.element_of(call, id=key, hint=self.hint(about["value"]))
        out.update(name=about["name"], created_at=about["created_at"])
        if about["kind"] == "admin":
            out.update(last_used_at=about["used"], expires_at=about.get("expires_at"))
        (out["owner"] if about["kind"] == "admin" else out)["role"] = about["role"]
        return out

    def effect_openai_list(self, call, known, fields, holes):
        return self.listed(call, [self.openai_object(call, key) for key, about in self.objects.items()
                                  if about["kind"] == call["what"]], holes)

    def effect_openai_project_keys(self, call, known, fields, holes):
        out = []
        for key, about in self.objects.items():
            if about["kind"] == "account":
                each = provider_double.element_of(call, id="key_of_" + key, account=key, hint=self.hint(about["value"]))
                each.update(created_at=about["created_at"], last_used_at=about["used"])
                each["owner"]["service_account"].update(name=about["name"], role=about["role"], created_at=about["created_at"])
                out.append(each)
        return self.listed(call, out, holes)

    def effect_openai_create(self, call, known, fields, holes):
        key, value = self.openai_key(call["what"], fields["name"], getattr(self, "new_role", "member"))
        if fields.get("expires_in_seconds"):
            self.objects[key]["expires_at"] = self.objects[key]["created_at"] + fields["expires_in_seconds"]
        self.made.append(value)
        answer = self.openai_object(call, key)
        if call["what"] == "admin":
            return 200, {**answer, "value": value}, []
        return 200, {**answer, "api_key": {"object": "organization.project.service_account.api_key", "value": value,
                                           "name": "Secret Key", "created_at": answer["created_at"],
                                           "id": "key_of_" + key}}, []

    def effect_openai_delete(self, call, known, fields, holes):
        about = self.objects.pop(holes["id"], None)
        if about is None:
            return 404, {"error": {"message": "no such object", "type": "invalid_request_error", "param": None, "code": None}}, []
        self.tokens[about["value"]]["alive"] = False
        return 200, provider_double.with_holes(call["gone"], holes), []

    def effect_openai_models(self, call, known, fields, holes):
        return 200, {"object": "list", "data": []}, [("openai-organization", self.organisation)]

    # --- the self-rotation contract: tokens[key] has agent, name, rotation; objects are none ---

    def agent(self, agent="agent-1"):
        key, rotation = "ak_" + some(40), "rs_" + some(40)
        self.tokens[key] = {"agent": agent, "name": "indexer", "rotation": rotation}
        return key, rotation

    def effect_health(self, call, known, fields, holes):
        return self.healthy.pop(0) if self.healthy else 200, "", []

    def effect_agent_rotate(self, call, known, fields, holes):
        now = time.time()
        if not fields["rotationSecret"]:
            return 400, {"error": "no rotationSecret"}, []
        if known.get("revoked") or not known["rotation"]:
            return 403, {"error": "revoked, or no rotation secret"}, []
        if sum(1 for at, _ in self.rotations if now - at < 900) >= 3:
            return 429, {"error": "too many rotations"}, [("Retry-After", "600")]
        if fields["rotationSecret"] != known["rotation"]:
            return 401, {"error": "unauthorized"}, []
        known["alive"] = False
        agent = getattr(self, "answers_as", known["agent"])
        key, rotation = self.agent(known["agent"])
        self.rotations.append((now, agent))
        self.made.append(key)
        return 200, {"message": "rotated", "apiKey": key, "rotationSecret": rotation, "agentId": agent,
                     "agentName": known["name"]}, []


class MintingDoubles(provider_double.Doubles):
    """All contracts, with that of the agents beside them."""

    def __init__(self, folder):
        super().__init__(folder, extra_hosts=["agents.example"], make=MintingProvider)
        self.providers["agents"] = MintingProvider(json.loads((FOLDER / "agents.json").read_text()))
        self.providers["agents"].tokens["*/*"] = {}  # anybody may ask for its health
        self.server.by_host["agents.example"] = self.providers["agents"]


def gitlab_reuse(make):
    """Serving the rotate endpoint an old token revokes its family, as GitLab does."""
    def outcome(provider, call, credential, fields, holes):
        known = provider.tokens.get(credential)
        if call["name"] == "rotate" and known is not None and not known.get("alive", True):
            provider.reuse(credential)
        return make(provider, call, credential, fields, holes)
    return outcome


provider_double.outcome = gitlab_reuse(provider_double.outcome)
