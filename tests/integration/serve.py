#!/usr/bin/env python3
"""staunch serve as its callers have it: routes, bodies of all kinds against Python's own json, keys, reloading, ending.
Hostile clients: serve_hostile.py. Usage in tests/support/outside.py."""
import base64
import copy
import gzip
import json
import os
import random
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import WAIT, main, token, until  # noqa: E402
from served import Served  # noqa: E402

CUT = "[REDACTED:github-pat]"
BLOCK = '[[when]]\nrules = ["github-pat"]\naction = "block"\n'


def pem():
    noise = random.Random(1).randbytes(1190)
    coded = base64.b64encode(b"\x30\x82" + len(noise).to_bytes(2, "big") + noise).decode()
    body = "\n".join(coded[i:i + 64] for i in range(0, len(coded), 64))
    return "-----BEGIN RSA " + "PRIVATE KEY-----\n" + body + "\n-----END RSA " + "PRIVATE KEY-----\n"


class Spelling:
    """A document as JSON text, its strings escaped at random as other writers do."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def string(self, text):
        out = []
        for c in text:
            roll = self.random.random()
            if c in '"\\' or ord(c) < 0x20 or roll < 0.05:
                short = {"\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\", "/": "\\/"}.get(c)
                if short and self.random.random() < 0.8:
                    out.append(short)
                else:
                    out += [f"\\u{unit:04x}" for unit in
                            ([ord(c)] if ord(c) < 0x10000 else
                             [0xD800 + ((ord(c) - 0x10000) >> 10), 0xDC00 + ((ord(c) - 0x10000) & 0x3FF)])]
            else:
                out.append(c)
        return '"' + "".join(out) + '"'

    def text(self, value):
        space = " " * self.random.randrange(2)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, list):
            return "[" + ("," + space).join(map(self.text, value)) + space + "]"
        if isinstance(value, dict):
            return "{" + ("," + space).join(self.string(k) + space + ":" + self.text(v) for k, v in value.items()) + "}"
        return json.dumps(value)


def replaced(value, secrets):
    """The same document with the secrets replaced, in names too."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, CUT)
        return value
    if isinstance(value, list):
        return [replaced(each, secrets) for each in value]
    if isinstance(value, dict):
        return {replaced(k, secrets): replaced(v, secrets) for k, v in value.items()}
    return value


class Bodies(Served):
    def redacted(self, body, kind="application/json", **headers):
        reply = self.post("/v1/redact", body, kind, **headers)
        self.assertEqual(reply.status, 200, reply.body)
        return reply.body

    def pointers(self, document):
        reply = self.post("/v1/scan", document)
        self.assertEqual(reply.status, 200)
        self.assertTrue(reply.json["complete"])
        return sorted((o["rule"], o["pointer"], tuple(o.get("inner", ()))) for o in reply.json["occurrences"])

    def test_clean_bodies_come_back_as_they_are(self):
        self.serve()
        for body in (b'{"a": 1.0e5, "a":"\\u0041\\/"}\r\n', b"\xff\x00 no text at all", b"", b"[1,", "{\"x\":\"é\"}".encode()):
            self.assertEqual(self.redacted(body), body)
        reply = self.post("/v1/scan", {"messages": [{"role": "user", "content": "hello"}]})
        self.assertEqual(reply.json, {"verdict": "allow", "shadow": False, "complete": True, "occurrences": [],
                                      "findings": [], "notes": []})

    def test_random_documents(self):
        """Python's reading of the result is the document with its secrets replaced, whatever the spelling was."""
        self.serve()
        chosen = random.Random(7)
        words = ["", "a b", "line\nline", 'say "hi"', "back\\slash", "a/b", "é", "𝄞", "~", "{not json", "x" * 200]
        for seed in range(150):
            spelling, secrets = Spelling(seed), []

            def text():
                out = chosen.choice(words)
                if chosen.random() < 0.4:
                    secrets.append(token(f"{seed}-{len(secrets)}"))
                    out += " " + secrets[-1] + " " + chosen.choice(words)
                return out

            def value(depth):
                roll = chosen.random()
                if depth == 0 or roll < 0.4:
                    return text()
                if roll < 0.5:
                    return chosen.choice([None, True, 17, -0.5, []])
                if roll < 0.75:
                    return [value(depth - 1) for _ in range(chosen.randrange(4))]
                return {f"{chosen.choice(words)[:20]}{i}{' ' + text() if chosen.random() < 0.1 else ''}": value(depth - 1)
                        for i in range(chosen.randrange(4))}

            document = {"top": [value(4)]}
            raw = spelling.text(document)
            self.assertEqual(json.loads(raw), document)
            result = self.redacted(raw.encode())
            self.assertEqual(json.loads(result), replaced(document, secrets), raw)

    def test_json_in_strings(self):
        """To three levels, with pointers at each; what is nested deeper is still text of the third."""
        self.serve()
        secret = token("inner")
        for levels in range(4):
            text, outer = {"command": ["run", f"say {secret} now"], "n": 1}, []
            for _ in range(levels):
                text = {"arguments": json.dumps(text)}
                outer.append("/arguments")
            self.assertEqual(self.pointers(text), [("github-pat", (outer + ["/command/1"])[0],
                                                    tuple((outer + ["/command/1"])[1:]))])
            result = json.loads(self.redacted(text if isinstance(text, bytes) else json.dumps(text)))
            for _ in range(levels):
                result = json.loads(result["arguments"])
            self.assertEqual(result, {"command": ["run", f"say {CUT} now"], "n": 1})

    def test_requests_of_providers(self):
        """Content parts, tool calls and their results, as each API has them."""
        self.serve()
        secret, arguments = token("shape"), None
        say = f"my token is {secret}, keep it"
        arguments = json.dumps({"path": "a.env", "content": f"T={secret}\nX=1"})
        cases = {
            "openai": ({"model": "m", "messages": [
                {"role": "system", "content": say},
                {"role": "user", "content": [{"type": "text", "text": say},
                                             {"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}]},
                {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {
                    "name": "write", "arguments": arguments}}]},
                {"role": "tool", "tool_call_id": "1", "content": say}]},
                ["/messages/0/content", "/messages/1/content/0/text", "/messages/3/content"],
                ("/messages/2/tool_calls/0/function/arguments", "/content")),
            "anthropic": ({"system": [{"type": "text", "text": say}], "messages": [
                {"role": "user", "content": [{"type": "text", "text": say}]},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "w", "input": {"body": say}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": say}]}]},
                ["/messages/0/content/0/text", "/messages/1/content/0/input/body", "/messages/2/content/0/content",
                 "/system/0/text"], None),
            "gemini": ({"systemInstruction": {"parts": [{"text": say}]}, "contents": [{"parts": [
                {"text": say}, {"functionCall": {"name": "w", "args": {"body": say}}},
                {"functionResponse": {"name": "w", "response": {"out": say}}}]}]},
                ["/contents/0/parts/0/text", "/contents/0/parts/1/functionCall/args/body",
                 "/contents/0/parts/2/functionResponse/response/out", "/systemInstruction/parts/0/text"], None),
            "bedrock": ({"system": [{"text": say}], "messages": [{"role": "user", "content": [
                {"text": say}, {"toolUse": {"toolUseId": "1", "name": "w", "input": {"body": say}}},
                {"toolResult": {"toolUseId": "1", "content": [{"json": {"out": say}}]}}]}]},
                ["/messages/0/content/0/text", "/messages/0/content/1/toolUse/input/body",
                 "/messages/0/content/2/toolResult/content/0/json/out", "/system/0/text"], None),
        }
        for name, (document, pointers, inner) in cases.items():
            with self.subTest(name):
                expected = [("github-pat", pointer, ()) for pointer in pointers]
                if inner:
                    expected.append(("github-pat", inner[0], (inner[1],)))
                self.assertEqual(self.pointers(document), sorted(expected))
                self.assertEqual(json.loads(self.redacted(document)), replaced(document, [secret]))

    def test_escaped_keys_and_pem(self):
        """A private key of which each newline is an escape, at one level and two; slashes as PHP writes them."""
        self.serve()
        for text in (json.dumps({"key": pem()}), json.dumps({"key": pem()}).replace("/", "\\/"),
                     json.dumps({"arguments": json.dumps({"key": pem()})})):
            reply = self.post("/v1/scan", text)
            self.assertEqual([o["rule"] for o in reply.json["occurrences"]], ["private-key"])
            result = self.redacted(text)
            json.loads(result)
            self.assertNotIn(b"MII", result)
            self.assertLess(len(result), 200)

    def test_secrets_in_names_are_masked_in_pointers(self):
        self.serve()
        secret = token("name")
        reply = self.post("/v1/scan", {secret: {"x": secret}})
        self.assertEqual(sorted((o["pointer"], o.get("in_key", False)) for o in reply.json["occurrences"]),
                         [("/[REDACTED]", True), ("/[REDACTED]/x", False)])
        self.assertNotIn(secret.encode(), reply.body)
        self.assertEqual(json.loads(self.redacted({secret: {"x": secret}})), {CUT: {"x": CUT}})

    def test_data_uris(self):
        """A picture is left out, and said; a text in base64 is read; one that calls itself a picture too."""
        self.serve()
        secret = token("uri")
        coded = base64.b64encode(f"the token {secret} is here, padded to some length".encode()).decode()
        png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + random.Random(3).randbytes(3000)).decode()
        reply = self.post("/v1/scan", {"url": "data:image/png;base64," + png})
        self.assertEqual((reply.json["verdict"], len(reply.json["notes"])), ("allow", 1))
        for kind in ("text/plain", "image/png"):
            result = json.loads(self.redacted({"url": f"data:{kind};base64,{coded}", "z": 1}))
            self.assertEqual(result, {"url": f"data:{kind};base64,{CUT}", "z": 1})

    def test_forms_and_parts(self):
        self.serve()
        secret = token("form")
        form = urllib.parse.urlencode({"a": "1 & 2", "payload": json.dumps({"t": f"x {secret} \n y"}), "b": secret})
        result = urllib.parse.parse_qs(self.redacted(form, "application/x-www-form-urlencoded").decode())
        self.assertEqual(result, {"a": ["1 & 2"], "payload": [json.dumps({"t": f"x {CUT} \n y"})], "b": [CUT]})
        part = '--xx\r\nContent-Disposition: form-data; name="{}"\r\nContent-Type: {}\r\n\r\n{}\r\n'
        escaped = json.dumps({"k": secret}).replace("_", "\\u005f")
        body = part.format("a", "text/plain", secret) + part.format("b", "application/json", escaped) + "--xx--\r\n"
        expected = part.format("a", "text/plain", CUT) + part.format("b", "application/json", json.dumps({"k": CUT})) + "--xx--\r\n"
        self.assertEqual(self.redacted(body, "multipart/form-data; boundary=xx"), expected.encode())
        reply = self.post("/v1/redact", body, "multipart/form-data")
        self.assertEqual(reply.status, 400)
        self.assertIn("boundary", reply.json["error"]["message"])

    def test_codings(self):
        self.serve()
        document = {"k": token("coding"), "pad": "x" * 1000}
        raw = json.dumps(document).encode()
        plain = zlib.compressobj(wbits=-15)
        packed = {"gzip": gzip.compress(raw), "deflate": zlib.compress(raw), "x-gzip": gzip.compress(raw[:50]) + gzip.compress(raw[50:]),
                  "Deflate": plain.compress(raw) + plain.flush(), "identity": raw, "gzip, deflate": zlib.compress(gzip.compress(raw)),
                  "zstd": subprocess.run(["zstd", "-q", "-c"], input=raw, stdout=subprocess.PIPE, check=True).stdout,
                  "br": subprocess.run(["brotli", "-c"], input=raw, stdout=subprocess.PIPE, check=True).stdout}
        for coding, body in packed.items():
            with self.subTest(coding):
                reply = self.post("/v1/redact", body, Content_Encoding=coding)
                self.assertEqual(reply.status, 200, reply.body)
                self.assertNotIn("content-encoding", reply.headers)
                self.assertEqual(reply.json, {"k": CUT, "pad": "x" * 1000})
                if coding != "identity":
                    self.assertEqual(self.post("/v1/redact", body[:-5], Content_Encoding=coding).status, 400)
                    self.assertEqual(self.post("/v1/redact", body + b"more", Content_Encoding=coding).status, 400)
        self.assertEqual(self.post("/v1/scan", raw, Content_Encoding="compress").status, 415)
        self.assertEqual(self.post("/v1/scan", raw, Content_Encoding="gzip, gzip, gzip, gzip").status, 415)

    def test_what_is_not_what_it_says(self):
        """Broken JSON is scanned as it is, and said; nothing is missed for it."""
        self.serve()
        secret = token("broken")
        for body in (f'{{"a":"{secret}"', f'{{"a":"{secret}\n"}}', f'["\\x", "{secret}"]', f"{secret}"):
            reply = self.post("/v1/scan", body)
            self.assertEqual([o["rule"] for o in reply.json["occurrences"]], ["github-pat"], body)
            self.assertEqual(len(reply.json["notes"]), 1)
            self.assertEqual(self.redacted(body).decode(), body.replace(secret, CUT))
        # Neither tag nor comment speaks for the one who wrote it.
        body = {"content": f"{secret} # gitleaks:allow staunch:allow"}
        self.assertEqual(json.loads(self.redacted(body)), {"content": f"{CUT} # gitleaks:allow staunch:allow"})

    def test_large_bodies(self):
        """Those go another way through the server, and so do many at once."""
        self.serve("--max-body-megabytes", "4")
        secret = token("large")
        document = {"pad": ["filler text that says nothing\n"] * 60_000, "last": secret}
        self.assertEqual(json.loads(self.redacted(document)), replaced(document, [secret]))
        self.assertEqual(self.post("/v1/scan", b"x" * (4 << 20)).status, 200)
        self.assertEqual(self.post("/v1/scan", b"x" * ((4 << 20) + 1)).status, 413)


class Routes(Served):
    def test_small_ones(self):
        self.serve()
        self.assertEqual(self.ask("GET", "/healthz").json, {"status": "ok"})
        self.assertEqual(self.ask("GET", "/readyz").json, {"status": "ok"})
        document = self.ask("GET", "/openapi.json").json
        self.assertEqual(document["openapi"], "3.1.0")
        for path in document["paths"]:
            self.assertNotEqual(self.ask("GET", path).status, 404)
        self.assertEqual(self.ask("GET", "/nothing").status, 404)
        reply = self.ask("GET", "/v1/scan")
        self.assertEqual((reply.status, reply.headers["allow"]), (405, "POST"))
        self.assertEqual(self.ask("POST", "/healthz", b"").status, 405)
        head = self.raw(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while head.fill():
            pass
        self.assertTrue(head.buffer.startswith(b"HTTP/1.1 200 OK\r\n") and head.buffer.endswith(b"\r\n\r\n"))

    def test_answer_is_as_the_document_says(self):
        import jsonschema
        self.serve()
        document = self.ask("GET", "/openapi.json").json
        text = json.dumps(document["components"]["schemas"]["Judged"]).replace("#/components/schemas/", "#/")
        for body in ({"a": token("x")}, {"a": json.dumps({"b": token("x")})}, {}, "broken"):
            jsonschema.validate(self.post("/v1/scan", body).json, json.loads(text))

    def test_scan(self):
        self.serve()
        secret = token("scan")
        raw = f'{{"a":"\\n{secret}","b":["{secret}","{token("other")}"]}}'
        answer = self.post("/v1/scan", raw).json
        self.assertEqual(answer["verdict"], "redact")
        first, second, third = answer["occurrences"]
        self.assertEqual((first["pointer"], first["severity"], first["action"]), ("/a", "critical", "redact"))
        self.assertEqual(raw[first["offset"]:first["offset"] + first["length"]], secret)
        self.assertEqual(raw[second["offset"]:second["offset"] + second["length"]], secret)
        self.assertEqual(first["fingerprint"], second["fingerprint"])
        self.assertNotEqual(first["fingerprint"], third["fingerprint"])
        self.assertEqual([f["occurrences"] for f in answer["findings"]], [2, 1])

    def test_multiscan(self):
        self.serve()
        documents = [{"filename": "a", "document": "nothing"}, {"document": f"x\n{token('m')}"}]
        answer = self.post("/v1/multiscan", documents).json
        self.assertEqual([a["verdict"] for a in answer], ["allow", "redact"])
        self.assertEqual(answer[1]["occurrences"][0]["offset"], 2)
        self.assertEqual(self.post("/v1/multiscan", []).json, [])
        for body, status in (([{"document": "x"}] * 21, 413), ({}, 400), ([{"document": 1}], 400), ([1], 400), ("[", 400),
                             ('[{"document":"a","document":"b"}]', 400)):
            self.assertEqual(self.post("/v1/multiscan", body).status, status)

    def test_blocked_in_the_shape_of_the_provider(self):
        self.serve("--policy", self.policy(BLOCK))
        body = {"messages": [{"role": "user", "content": token("b")}]}
        reply = self.post("/v1/redact?shape=openai", body)
        self.assertEqual(reply.status, 400)
        self.assertEqual(reply.json, {"error": {
            "message": "blocked: github-pat at /messages/0/content", "type": "invalid_request_error",
            "param": "/messages/0/content", "code": "content_blocked", "rule": "github-pat", "pointer": "/messages/0/content"}})
        reply = self.post("/v1/scan?shape=anthropic", body)
        self.assertEqual((reply.status, reply.json["type"], reply.json["error"]["type"]),
                         (400, "error", "invalid_request_error"))
        self.assertEqual(self.post("/v1/scan?shape=auto", body, anthropic_version="2023-06-01").json["type"], "error")
        self.assertNotIn("type", self.post("/v1/scan?shape=auto", body).json)
        plain = self.post("/v1/scan", body)
        self.assertEqual((plain.status, plain.json["verdict"]), (200, "block"))
        self.assertEqual(self.post("/v1/redact", body).status, 400)
        self.assertEqual(self.post("/v1/scan?shape=other", body).status, 400)
        self.assertEqual(self.post("/v1/scan?direction=sideways", body).status, 400)

    def test_history_is_cleaned_and_told_once(self):
        """With redact_history a secret in an old turn is cut out instead of blocking every turn to come."""
        self.serve("--policy", self.policy("redact_history = true\n" + BLOCK), "--events", self.path("history-events"))
        old, new = token("h"), token("n")
        turns = [{"role": "user", "content": f"my key is {old}"}, {"role": "assistant", "content": "Take it away."}]

        def redact(*messages):
            return self.post("/v1/redact", {"messages": list(messages)})

        self.assertEqual(redact(turns[0]).status, 400)
        for again in range(3):
            reply = redact(*turns, {"role": "user", "content": f"and then? {again}"})
            self.assertEqual((reply.status, reply.headers["staunch-verdict"]), (200, "redact"))
            self.assertNotIn(old.encode(), reply.body)
            self.assertEqual(reply.json["messages"][2]["content"], f"and then? {again}")
        # The newest turn is held back, whatever stands before it; so is what is no turn.
        self.assertEqual(redact(*turns, {"role": "user", "content": new}).status, 400)
        self.assertEqual(self.post("/v1/redact", {"messages": turns + [{"role": "user", "content": "x"}],
                                                  "system": new}).status, 400)
        # A tool's answer behind the user's last turn is new as well; two lists are no list.
        self.assertEqual(redact(*turns, {"role": "user", "content": "go"}, {"role": "tool", "content": new}).status, 400)
        twice = ('{"messages":[{"role":"user","content":"%s"},{"role":"user","content":"x"}],"messages":[]}' % old)
        self.assertEqual(self.ask("POST", "/v1/redact", twice.encode(), {"Content-Type": "application/json"}).status, 400)
        self.stop()
        with open(self.path("history-events")) as lines:
            events = [json.loads(line) for line in lines]
        pointers = [event["pointer"] for event in events if event["pointer"] == "/messages/0/content"]
        told_of_new = [event for event in events if event["pointer"] in ("/messages/2/content", "/messages/3/content")]
        self.assertEqual(len(told_of_new), 2)
        # Once when it was new, and once for the body with two lists.
        self.assertEqual(len(pointers), 2)

    def test_the_key_for_the_provider_is_no_finding(self):
        """It stands in a header or in the query, where it must go on as it is."""
        self.serve("--policy", self.policy('[default]\naction = "block"\n'))
        key = token("provider")
        for target, headers in ((f"/v1/redact?key={key}", {}), ("/v1/redact", {"Authorization": f"Bearer {key}"}),
                                ("/v1/redact", {"x_goog_api_key": key}), ("/v1/redact", {"x_api_key": key})):
            reply = self.post(target, {"content": "hello"}, **headers)
            self.assertEqual((reply.status, reply.json), (200, {"content": "hello"}))
        self.assertEqual(self.post(f"/v1/redact?key={key}", {"content": key}).status, 400)
        self.assertEqual(self.metric('staunch_findings_total{rule="github-pat",action="block"}'), 1)

    def test_shadow(self):
        self.serve("--shadow", "--policy", self.policy(BLOCK))
        body = {"content": token("s")}
        answer = self.post("/v1/scan", body).json
        self.assertEqual((answer["verdict"], answer["shadow"], answer["occurrences"][0]["action"]), ("allow", True, "block"))
        self.assertEqual(self.post("/v1/redact", body).json, body)

    def test_litellm(self):
        """The contract of LiteLLM's generic guardrail."""
        self.serve()
        secret, route = token("l"), "/beta/litellm_basic_guardrail_api"
        call = {"texts": ["hello", f"é {secret}"], "input_type": "request", "litellm_call_id": "1",
                "request_data": {"user_api_key_hash": secret}}
        self.assertEqual(self.post(route, {**call, "texts": ["hello"]}).json, {"action": "NONE"})
        self.assertEqual(self.post(route, call).json, {"action": "GUARDRAIL_INTERVENED", "texts": ["hello", f"é {CUT}"]})
        answer = self.post(route, {**call, "texts": [], "tools": [{"function": {"description": secret}}]}).json
        self.assertEqual(answer, {"action": "BLOCKED", "blocked_reason": "blocked: github-pat at /tools/0/function/description"})
        rows = [{"role": "assistant", "tool_calls": [{"function": {"name": "w", "arguments": json.dumps({"x": secret})}}]}]
        answer = self.post(route, {**call, "texts": ["hello"], "structured_messages": rows}).json
        self.assertEqual(answer, {"action": "GUARDRAIL_INTERVENED", "structured_messages": replaced(rows, [secret])})
        self.assertEqual(self.post(route, []).status, 400)
        self.assertEqual(self.post(route, '{"texts":["a"],"texts":["b"]}').status, 400)
        self.stop()
        self.serve("--policy", self.policy(BLOCK))
        self.assertEqual(self.post(route, call).json, {"action": "BLOCKED", "blocked_reason": "blocked: github-pat at /texts/1"})

    def test_portkey(self):
        self.serve()
        request = {"model": "m", "messages": [{"role": "user", "content": f"is {token('p')} good"}]}
        call = {"eventType": "beforeRequestHook", "request": {"json": request, "text": "…", "isStreamingRequest": False},
                "provider": "openai", "requestType": "chatComplete"}
        changed = copy.deepcopy(request)
        changed["messages"][0]["content"] = f"is {CUT} good"
        self.assertEqual(self.post("/portkey", call).json, {"verdict": True, "transformedData": {"request": {"json": changed}}})
        after = {"eventType": "afterRequestHook", "request": {"json": request}, "response": {"json": {"clean": 1}}}
        self.assertEqual(self.post("/portkey", after).json, {"verdict": True})
        for bad in ({}, {"eventType": "x"}, {"eventType": "beforeRequestHook"}, {"eventType": "beforeRequestHook", "request": {}}):
            self.assertEqual(self.post("/portkey", bad).status, 400)
        self.stop()
        self.serve("--policy", self.policy(BLOCK))
        answer = self.post("/portkey", call).json
        self.assertEqual((answer["verdict"], answer["data"]["explanation"]),
                         (False, "blocked: github-pat at /request/json/messages/0/content"))

    def test_events_and_metrics(self):
        self.serve("--events", self.path("events"), "--policy", self.policy(BLOCK))
        secret = token("e")
        self.post("/v1/scan", {"a": [secret]})
        self.post("/v1/scan", {"a": 1})
        self.assertEqual(self.metric('staunch_requests_total{route="/v1/scan",status="200"}'), 2)
        self.assertEqual(self.metric('staunch_findings_total{rule="github-pat",action="block"}'), 1)
        self.assertEqual(self.metric("staunch_queue_length"), 0)
        until(lambda: not self.metric("staunch_held_bytes"))  # an answer counts while it is sent, that of /metrics too
        self.assertGreaterEqual(self.metric('staunch_request_seconds_bucket{le="+Inf"}'), 2)
        self.assertEqual(self.stop()[0], 0)
        with open(self.path("events")) as file:
            (event,) = [json.loads(line) for line in file]
        self.assertEqual((event["source"], event["route"], event["rule"], event["action"], event["pointer"]),
                         ("serve", "/v1/scan", "github-pat", "block", "/a/0"))
        self.assertRegex(event["policy"], "^[0-9a-f]{16}$")
        self.assertNotIn(secret, json.dumps(event))


class Access(Served):
    def test_only_known_hosts(self):
        self.serve("--host", "Guard.Example")
        for host, status in (("localhost", 200), ("127.0.0.1:99", 200), ("[::1]:1", 200), ("guard.example:80", 200),
                             ("evil.example", 403), ("localhost.evil.example", 403), ("", 403), ("127.0.0.1.", 403)):
            talk = self.raw(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            self.assertEqual(talk.reply().status, status, host)
        self.assertEqual(self.raw(b"GET /healthz HTTP/1.1\r\n\r\n").reply().status, 400)
        two = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        self.assertEqual(self.raw(two).reply().status, 400)

    def test_no_browsers_and_no_proxy(self):
        self.serve()
        self.assertEqual(self.ask("POST", "/v1/scan", b"x", {"Origin": "http://localhost"}).status, 403)
        self.assertEqual(self.ask("GET", "/healthz", None, {"Origin": "null"}).status, 403)
        for target in ("http://localhost/healthz", "http://evil.example/", "*", "localhost:80"):
            for method in ("GET", "OPTIONS", "CONNECT"):
                talk = self.raw(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                self.assertEqual(talk.reply().status, 403, (method, target))
                self.assertTrue(talk.ended())

    def test_off_loopback_keys_are_needed(self):
        for listen in ("0.0.0.0:0", "[::]:0"):
            server = self.serve(listen=listen, wait=False)
            self.assertEqual(server.wait(WAIT), 2)
            self.assertIn("keys are needed", server.stderr.read().decode())

    def keys(self, *names):
        lines = []
        for name in names:
            done = subprocess.run([self.program, "serve", "--hash-key"], input=self.key(name).encode(), stdout=subprocess.PIPE, check=True)
            lines.append(done.stdout.decode().replace("NAME", name))
            self.assertNotIn(self.key(name), lines[-1])
        return self.path(self.write("keys", "# callers\n" + "".join(lines)))

    @staticmethod
    def key(name):
        return f"a long key of {name}"

    def test_keys(self):
        self.serve("--keys", self.keys("ann", "bob"), "--events", self.path("events"), "--host", "*", listen="0.0.0.0:0")
        body = json.dumps({"a": token("k")})
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": self.key("ann")}, {"x-api-key": ""}):
            reply = self.ask("POST", "/v1/scan", body, headers)
            self.assertEqual((reply.status, reply.headers["www-authenticate"]), (401, "Bearer"), headers)
        self.assertEqual(self.ask("POST", "/v1/scan", body, {"authorization": "bearer " + self.key("ann")}).status, 200)
        self.assertEqual(self.ask("POST", "/v1/scan", body, {"X-API-Key": self.key("bob")}).status, 200)
        self.assertEqual(self.ask("GET", "/metrics").status, 401)
        self.assertEqual(self.ask("GET", "/healthz").status, 200)
        self.stop()
        with open(self.path("events")) as file:
            self.assertEqual([json.loads(line)["caller"] for line in file], ["ann", "bob"])

    def test_bad_key_files(self):
        for text in ("", "# none\n", "ann\n", "ann sha256:12\n", "ann " + "0" * 64 + "\n"):
            server = self.serve("--keys", self.path(self.write("keys", text)), wait=False)
            self.assertEqual(server.wait(WAIT), 2, text)
        short = subprocess.run([self.program, "serve", "--hash-key"], input=b"short", stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        self.assertEqual(short.returncode, 2)

    def test_rate(self):
        """Each caller for itself; what may come later is told."""
        self.serve("--keys", self.keys("ann", "bob"), "--rate", "0.001")
        ask = lambda name: self.ask("POST", "/v1/scan", b"x", {"x-api-key": self.key(name)})
        self.assertEqual(ask("ann").status, 200)
        reply = ask("ann")
        self.assertEqual((reply.status, reply.headers["retry-after"], reply.json["error"]["code"]), (429, "1", "rate"))
        self.assertEqual(ask("bob").status, 200)

    def test_tls(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("key.pem"), "-out",
                        self.path("cert.pem"), "-days", "1", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost"], check=True, stderr=subprocess.DEVNULL)
        self.serve("--tls-cert", self.path("cert.pem"), "--tls-key", self.path("key.pem"))
        context = ssl.create_default_context(cafile=self.path("cert.pem"))
        body = json.dumps({"pad": "x" * 300_000, "a": token("t")}).encode()
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                for _ in range(3):
                    secure.sendall(b"POST /v1/redact HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                    data = b""
                    while b"\r\n\r\n" not in data:
                        data += secure.recv(65536)
                    head, _, rest = data.partition(b"\r\n\r\n")
                    length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
                    while len(rest) < length:
                        rest += secure.recv(65536)
                    self.assertEqual(json.loads(rest), {"pad": "x" * 300_000, "a": CUT})
        talk = self.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        talk.socket.settimeout(WAIT)
        while talk.fill():
            pass
        self.assertNotIn(b"HTTP/1.1 200", talk.buffer)
        self.assertEqual(self.stop()[0], 0)


class Life(Served):
    def test_reload_keeps_connections(self):
        """A connection that is open lives on under the new policy; one that cannot be read changes nothing."""
        policy = self.policy('[default]\naction = "log"\n')
        self.serve("--policy", policy)
        talk, body = self.talk(), json.dumps({"a": token("r")}).encode()
        request = b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body

        def verdict():
            talk.send(request)
            return talk.reply().json["verdict"]

        def reload(text, metric):
            before = self.metric(metric)
            self.policy(text)
            self.server.send_signal(signal.SIGHUP)
            until(lambda: self.metric(metric) != before)

        self.assertEqual(verdict(), "allow")
        reload(BLOCK, "staunch_reloads_total")
        self.assertEqual(verdict(), "block")
        reload("nonsense", "staunch_failed_reloads_total")
        self.assertEqual(verdict(), "block")
        reload('[default]\naction = "redact"\n', "staunch_reloads_total")
        self.assertEqual(verdict(), "redact")

    def begin(self, talk):
        """Half of a request, of which the server has read the head: it has said that it wants the body."""
        talk.send(b"POST /v1/scan HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(talk.reply().status, 100)
        talk.send(b"12345")

    def test_end(self):
        """On SIGTERM a request that has begun is answered, idle connections are closed, and no new one is taken."""
        self.serve()
        idle, busy = self.talk(), self.talk()
        idle.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual(idle.reply().status, 200)
        self.begin(busy)
        self.server.send_signal(signal.SIGTERM)
        self.assertTrue(idle.ended())
        self.assertRaises(OSError, lambda: socket.create_connection(("127.0.0.1", self.port), timeout=5))
        busy.send(b"67890")
        reply = busy.reply()
        self.assertEqual((reply.status, reply.headers["connection"]), (200, "close"))
        self.assertTrue(busy.ended())
        self.assertEqual(self.server.wait(WAIT), 0)

    def test_end_does_not_wait_for_ever(self):
        self.serve("--grace-seconds", "1")
        talk = self.talk()
        self.begin(talk)
        self.assertEqual(self.stop()[0], 0)
        self.assertTrue(talk.ended())

    def test_wrong_usage(self):
        for arguments in (("--listen", "nowhere"), ("--listen", "127.0.0.1:99999"), ("--policy", "missing.toml"), ("--nonsense",),
                          ("--tls-cert", "x"), ("--config", "missing.toml"), ("--tls-cert", "x", "--tls-key", "y")):
            done = subprocess.run([self.program, "serve", *arguments], stderr=subprocess.PIPE, cwd=self.folder, timeout=WAIT)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertTrue(done.stderr.startswith(b"staunch: "), done.stderr)
        self.serve()
        done = subprocess.run([self.program, "serve", "--listen", f"127.0.0.1:{self.port}"], stderr=subprocess.PIPE, timeout=WAIT)
        self.assertEqual(done.returncode, 2)
        good = self.policy(BLOCK)
        self.assertEqual(subprocess.run([self.program, "serve", "--check", "--policy", good]).returncode, 0)


if __name__ == "__main__":
    main()
