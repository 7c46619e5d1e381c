"""Providers on loopback, each held to a contract that was written from its documentation and not from our client.

A contract is a JSON file in tests/support/contracts: the hosts it serves ("templates": how entries write those of many
accounts) and its calls. A credential may be a "signature:SCHEME", which signatures.py looks at. A call names its source, method,
path (with {holes}), the headers it wants and allows, the fields of its body, what it does and what it answers, with the
page and the element of a list; anything else is refused with 418 and remembered as a breach, which fails the test that
asks. What its source does not say stands under "assumed". tests/integration/respond_contracts.py looks after them. What a provider remembers (which
credentials are alive, of whom) is the state that a test makes and reads.

Faults by host, taken in order: slow, lost (the answer is cut after the effect), closed (closed before anything is read
by the client but after applying), 429, 500, html (a page instead of JSON), redirect, skew (a Date of yesterday).
"""
import base64
import datetime
import email.utils
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading
import time
import urllib.parse

import signatures

CONTRACTS = pathlib.Path(__file__).with_name("contracts")
ALWAYS_ALLOWED = {"host", "user-agent", "accept", "content-length", "content-type", "connection"}


VERSIONS_KEPT = 10  # of a secret, by Vault
made_before = {}  # hosts -> the files of a certificate, by name


def make_certificate(folder, hosts):
    """A CA and a certificate for these hosts; returns (ca, chain, key). A process makes one of its own once."""
    folder = pathlib.Path(folder)
    for name, data in made_before.get(tuple(hosts), {}).items():
        (folder / name).write_bytes(data)
    if tuple(hosts) not in made_before:
        sign_certificate(folder, hosts)
        made_before[tuple(hosts)] = {name: (folder / name).read_bytes() for name in ("ca.pem", "leaf.pem", "key.pem")}
    return tuple(str(folder / name) for name in ("ca.pem", "leaf.pem", "key.pem"))


def sign_certificate(folder, hosts):
    names = ",".join(("IP:" if host.count(".") == 3 and host.replace(".", "").isdigit() else "DNS:") + host for host in hosts)
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ca, ca_key, key, request, leaf = (str(folder / n) for n in ("ca.pem", "ca.key", "key.pem", "leaf.csr", "leaf.pem"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=test CA", "-keyout", ca_key, "-out", ca)
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=test",
            "-keyout", key, "-out", request)
    extension = folder / "leaf.ext"
    extension.write_text("subjectAltName=" + names + "\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", str(extension), "-out", leaf)


class Provider:
    """One contract and what it remembers."""

    def __init__(self, contract):
        self.contract = contract
        self.tokens = {}       # credential -> facts; one that is not here is unknown
        self.calls = []        # (name, credential) of each call that was served
        self.ports = []        # (name, the client's port) of the same
        self.breaches = []     # what no contract knows
        self.faults = []       # taken from the front, one a request
        self.objects = {}      # whatever a call's effect keeps
        self.seen = []         # what nobody may send twice (signatures.py)
        self.hooks = {}        # name of a call -> what happens after its effect: f(fields, holes)

    def fault_for(self, call):
        return self.faults.pop(0) if self.faults else None

    # What calls of the contracts do: "effect" in a contract names one of these.
    def effect_list_keys(self, call, known, fields, holes):
        data = [element_of(call, id=key, hint=about["hint"]) for key, about in self.objects.items() if about["alive"]]
        return 200, page_of(call, data), filled(call["done"], known, holes)[2]

    def effect_keep(self, call, known, fields, holes):
        self.objects.setdefault("kept", []).append(fields)
        return filled(call["done"], known, holes)

    def effect_delete_key(self, call, known, fields, holes):
        about = self.objects.get(holes["id"])
        if about is None or not about["alive"]:
            return 404, {"error": {"message": "no such key"}}, []
        about["alive"] = False
        self.tokens[about["secret"]]["alive"] = False
        return 200, with_holes(call["gone"], holes), []

    def effect_set_status(self, call, known, fields, holes):
        about = self.objects.get(holes["id"])
        if about is None:
            return 404, {"error": {"message": "no such key"}}, []
        about["status"] = fields["status"]
        if not about.get("deaf"):
            self.tokens[about["secret"]]["alive"] = fields["status"] == "active"
        return 200, {**element_of(call, id=holes["id"], hint=about["hint"]), "status": fields["status"]}, []

    # KV version 2: objects[path] is the list of versions; None is one that `vault kv delete` took.
    def effect_vault_read(self, call, known, fields, holes):
        versions = self.objects.get(holes["path"], [])
        number = int(holes.get("version") or len(versions))
        if not max(0, len(versions) - VERSIONS_KEPT) < number <= len(versions):
            return 404, {"errors": []}, []
        data, metadata = versions[number - 1], {**call["metadata"], "version": number}
        if data is None:
            metadata["deletion_time"] = metadata["created_time"]
        return 404 if data is None else 200, {"data": {"data": data, "metadata": metadata}}, []

    def effect_vault_write(self, call, known, fields, holes):
        versions = self.objects.setdefault(holes["path"], [])
        if "cas" in fields["options"] and fields["options"]["cas"] != len(versions):
            return 400, {"errors": ["check-and-set parameter did not match the current version"]}, []
        versions.append(fields["data"])
        return 200, {"data": {**call["metadata"], "version": len(versions)}}, []

    def effect_vault_delete(self, call, known, fields, holes):
        self.objects.pop(holes["path"], None)
        return 204, "", []

    def count(self, name):
        return sum(1 for call, _ in self.calls if call == name)


def with_holes(body, values):
    """A body of a contract with its {holes} filled."""
    text = json.dumps(body)
    for name, value in values.items():
        text = text.replace("{%s}" % name, value)
    return json.loads(text)


def element_of(call, **values):
    return with_holes(call["element"], values)


def page_of(call, data, more=False):
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
    return {**call["page"], "data": data, "has_more": more, **ends}


def path_pattern(path):
    return re.compile("".join("(?P<%s>[^/?]+)" % part[1:-1] if part.startswith("{") else re.escape(part)
                              for part in re.split(r"(\{\w+\})", path)) + "$")


def find_call(contract, method, path, query):
    for call in contract["calls"]:
        match = path_pattern(call["path"]).match(path)
        if call["method"] == method and match and set(query) == set(call.get("query", [])):
            return call, {k: urllib.parse.unquote(v) for k, v in match.groupdict().items()}
    return None, {}


def credential_of(call, headers, fields, holes):
    """Where the call carries its credential, in the contract's words: "header:NAME[:PREFIX]", "basic", "field" and
    "path"."""
    kind, _, rest = call["credential"].partition(":")
    if kind == "header":
        name, _, prefix = rest.partition(":")
        value = headers.get(name, "")
        return value[len(prefix):] if value.startswith(prefix) else None
    if kind == "basic":
        value = headers.get("Authorization", "")
        if not value.startswith("Basic "):
            return None
        return base64.b64decode(value[6:]).decode()
    if kind == "field":
        value = fields.get(rest)
        return value
    if kind == "path":
        return holes.get(rest)
    return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body="", headers=(), date=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        kind = "application/json" if not isinstance(body, str) or body[:1] in "{[" else "text/html"
        self.send_response_only(status)
        self.send_header("Date", date or email.utils.formatdate(usegmt=True))
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)

    def breach(self, provider, why):
        provider.breaches.append("%s %s: %s" % (self.command, self.path, why))
        self.answer(418, {"breach": why})

    def serve(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        host = (self.headers.get("Host") or "").split(":")[0]
        provider = self.server.by_host.get(host)
        if provider is None:
            self.server.strays.append((host, self.path))
            self.answer(421, {"error": "nobody is here"})
            return
        with self.server.lock:
            self.serve_call(provider, host, body)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = serve

    def serve_call(self, provider, host, body):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        call, holes = find_call(provider.contract, self.command, url.path, query)
        if call is None:
            return self.breach(provider, "no such call")
        wanted = {name.lower(): value for name, value in call.get("headers", {}).items()}
        where = call["credential"].split(":")
        allowed = ALWAYS_ALLOWED | set(wanted) | {"authorization" if where[0] == "basic" else where[1].lower()
                                                  if where[0] == "header" else "authorization" if where[0] == "signature" else "accept"}
        for name in self.headers:
            if name.lower() not in allowed:
                return self.breach(provider, "header " + name)
        for name, value in wanted.items():
            if value is not None and self.headers.get(name) != value:
                return self.breach(provider, "header %s is %s" % (name, self.headers.get(name)))
        fields = {}
        if call.get("body") == "json-list":
            if not (self.headers.get("Content-Type") or "").startswith("application/json"):
                return self.breach(provider, "body is not sent as JSON")
            items = json.loads(body)
            if not isinstance(items, list) or any(sorted(item) != call["items"] for item in items):
                return self.breach(provider, "items %s" % items)
            fields = {"items": items}
        elif call.get("body") == "json":
            if not (self.headers.get("Content-Type") or "").startswith("application/json"):
                return self.breach(provider, "body is not sent as JSON")
            fields = json.loads(body)
        elif call.get("body") == "form":
            if not (self.headers.get("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
                return self.breach(provider, "body is not sent as a form")
            fields = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
        elif body:
            return self.breach(provider, "a body")
        if "items" not in call and set(fields) - set(call.get("optional", [])) != set(call.get("fields", [])):
            return self.breach(provider, "fields %s" % sorted(fields))
        forced = None
        if where[0] == "signature":
            request = signatures.Request(self.command, host, self.path, self.headers, body)
            try:
                credential, forced = signatures.SCHEMES[where[1]](request, provider.tokens, provider.seen)
            except signatures.Malformed as error:
                return self.breach(provider, str(error))
        else:
            credential = credential_of(call, self.headers, fields, holes)
        if credential is None and forced is None:
            return self.breach(provider, "no credential where it belongs")
        if forced == "challenge":
            status, answer, headers = filled(call["challenge"], {"nonce": signatures.fresh_nonce()}, {})
            return self.answer(status, answer, headers)
        self.take_fault_or_answer(provider, call, credential, fields, {**query, **holes}, forced)

    def take_fault_or_answer(self, provider, call, credential, fields, holes, forced=None):
        fault = provider.fault_for(call)
        if fault == "429":
            return self.answer(429, {"error": "slow down"}, [("Retry-After", "0")])
        if fault == "403":
            return self.answer(403, {"error": "not you"})
        if fault == "500":
            return self.answer(500, {"error": "it fails"})
        if fault == "html":
            return self.answer(200, "<html><body>Log in to the network</body></html>")
        if fault == "redirect":
            return self.answer(302, "", [("Location", "https://elsewhere.example/steal")])
        if fault == "slow":
            time.sleep(3)
        date = None
        if fault == "skew":
            yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
            date = email.utils.format_datetime(yesterday, usegmt=True)
        provider.calls.append((call["name"], credential))
        provider.ports.append((call["name"], self.client_address[1]))
        status, body, headers = (filled(call[forced], {}, holes) if forced else
                                 outcome(provider, call, credential, fields, holes))
        provider.hooks.get(call["name"], lambda *_: None)(fields, holes)
        if fault in ("lost", "closed"):
            if fault == "lost":
                self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: 100\r\n\r\n{" % status)
            self.close_connection = True
            self.connection.close()
            return
        self.answer(status, body, headers, date)


def outcome(provider, call, credential, fields, holes):
    """What the contract says happens: by whether the credential is known and alive, and the call's effect."""
    if call.get("effect") == "revoke_list":          # says nothing about validity, whatever it holds
        listed = fields[call["list"]]
        if len(listed) > call["most"] or any(provider.tokens.get(one, {}).get("refused") for one in listed):
            return filled(call["refused"], {}, holes)
        for one in listed:
            if one in provider.tokens:
                provider.tokens[one]["alive"] = False
        return filled(call["done"], {}, holes)
    known = provider.tokens.get(credential)
    alive = known is not None and known.get("alive", True)
    if call.get("effect") == "revoke_field":
        if credential in provider.tokens:
            provider.tokens[credential]["alive"] = False
        return filled(call["done"], {}, holes)
    if not alive:
        return filled(call.get("ended", call["dead"]) if known else call["dead"], {}, holes)
    if known.get("restricted") and "restricted" in call:
        return filled(call["restricted"], known, holes)
    if call.get("effect") == "revoke_self":
        known["alive"] = False
    if call.get("effect"):
        special = getattr(provider, "effect_" + call["effect"].replace("-", "_"), None)
        if special:
            return special(call, known, fields, holes)
    return filled(call["done"], known, holes)


def filled(answer, facts, holes):
    def fill(text):
        for name, value in {**holes, **{k: v for k, v in facts.items() if isinstance(v, str)}}.items():
            text = text.replace("{%s}" % name, value)
        return text
    body = answer.get("body", "")
    body = fill(body) if isinstance(body, str) else json.loads(fill(json.dumps(body)))
    return answer["status"], body, [(name, fill(value)) for name, value in answer.get("headers", {}).items()]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass  # a client that goes away is what some tests are about


class Doubles:
    """All providers of the contracts behind one TLS port of loopback."""

    def __init__(self, folder, extra_hosts=(), make=Provider):
        self.providers = {}
        by_host = {}
        for path in sorted(CONTRACTS.glob("*.json")):
            contract = json.loads(path.read_text())
            provider = make(contract)
            self.providers[path.stem] = provider
            for host in contract["hosts"]:
                by_host[host] = provider
        self.hosts = sorted(by_host) + list(extra_hosts)
        self.ca, chain, key = make_certificate(folder, self.hosts)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.chain, self.key = chain, key
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.by_host = by_host
        self.server.strays = []
        self.server.lock = threading.Lock()
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()  # looked at again for its end

    def __getitem__(self, name):
        return self.providers[name]

    def policy(self, path, text="", hosts=None, network=""):
        """A policy file that sends all hosts here."""
        if "sole_responder" not in text and "[claims]" not in text:
            text = "sole_responder = true\n" + text
        lines = [text, "[network]", 'ca_file = "%s"' % self.ca, "backoff_ms = 1", "timeout_ms = 240000", network,
                 "[test_endpoints]"]
        lines += ['"%s" = "127.0.0.1:%d"' % (host, self.port) for host in (hosts or self.hosts)]
        pathlib.Path(path).write_text("\n".join(lines) + "\n")
        pathlib.Path(path).chmod(0o600)
        return str(path)

    def breaches(self):
        return [breach for provider in self.providers.values() for breach in provider.breaches] + \
               ["stray %s %s" % stray for stray in self.server.strays]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
