#!/usr/bin/env python3
"""staunch serve: its routes, and the gateways that call them. Usage in tests/support/outside.py."""
import copy
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import main, token, until  # noqa: E402
from served import BLOCK, CUT, Served, replaced  # noqa: E402


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

if __name__ == "__main__":
    main()
