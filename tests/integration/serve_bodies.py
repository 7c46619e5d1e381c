#!/usr/bin/env python3
"""staunch serve: bodies of all kinds, against Python's own json. Usage in tests/support/outside.py."""
import base64
import gzip
import json
import os
import random
import subprocess
import sys
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import key_block, main, token  # noqa: E402
from served import CUT, Served, replaced  # noqa: E402


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
        for text in (json.dumps({"key": key_block()}), json.dumps({"key": key_block()}).replace("/", "\\/"),
                     json.dumps({"arguments": json.dumps({"key": key_block()})})):
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

if __name__ == "__main__":
    main()
