#!/usr/bin/env python3
"""Real clients of staunch serve: curl, wrk, and the SDKs of OpenAI and Anthropic behind nginx and behind LiteLLM's proxy, which
ask staunch before they ask the provider (a stand-in here). cmake/clients.sh installs the SDKs and LiteLLM; their folder is
--clients. Usage in tests/support/outside.py."""
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
from outside import WAIT, main, option, token, until  # noqa: E402
from ports import free_port  # noqa: E402
from served import BLOCK, CUT, Served  # noqa: E402
from serve_setup import litellm_config, nginx_files  # noqa: E402

CLIENTS = option("--clients")


OPENAI = """
import openai, sys
client = openai.OpenAI(api_key="unused", base_url=sys.argv[1] + "/v1")
try:
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": sys.argv[2]}])
    print("answer", answer.choices[0].message.content)
except openai.BadRequestError as error:
    print("refused", error.status_code, error.code, error.param, error.body["rule"], error.body["message"])
"""

ANTHROPIC = """
import anthropic, sys
client = anthropic.Anthropic(api_key="unused", base_url=sys.argv[1])
try:
    answer = client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": sys.argv[2]}])
    print("answer", answer.content[0].text)
except anthropic.BadRequestError as error:
    print("refused", error.status_code, error.body["type"], error.body["error"]["type"], error.body["error"]["rule"],
          error.body["error"]["message"])
"""

# The guardrail of LiteLLM's proxy as the README's config.yaml makes it; the proxy would hand it the texts of a request.
LITELLM = """
import asyncio, sys
from litellm.proxy.guardrails.guardrail_hooks.generic_guardrail_api.generic_guardrail_api import GenericGuardrailAPI

async def ask():
    guard = GenericGuardrailAPI(api_base=sys.argv[1], guardrail_name="staunch", event_hook="pre_call", default_on=True)
    for text in sys.argv[2:]:
        try:
            answer = await guard.apply_guardrail({"texts": ["hello", text]}, {"metadata": {}}, "request")
            print("passed", answer["texts"])
        except Exception as error:
            print("refused", type(error).__name__, error)

asyncio.run(ask())
"""


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers as a provider does, with what it was told."""
    seen = []

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Provider.seen.append(document)
        said = document["messages"][-1]["content"]
        answer = {"id": "1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": said}],
                  "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}
        if self.path.endswith("/chat/completions"):
            answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


LITELLM_KEY = "sk" + "-0123456789abcdef0123456789abcdef"  # that the proxy wants to be asked with; it is nobody's
OPENAI_BY_LITELLM = OPENAI.replace('"unused"', repr(LITELLM_KEY)).replace('error.body["rule"], ', "")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=WAIT).close()
        return True
    except OSError:
        return False


class Clients(Served):
    def provider(self):
        provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        self.addCleanup(provider.server_close)
        self.addCleanup(provider.shutdown)
        Provider.seen = []
        return provider.server_address[1]

    def litellm(self):
        """LiteLLM's proxy before the provider, with the guardrail that docs/serve.md says."""
        self.write("config.yaml", litellm_config(self.port, self.provider()))
        port = free_port()
        log = open(self.path("litellm.log"), "wb")
        self.addCleanup(log.close)
        proxy = subprocess.Popen([CLIENTS + "-litellm/bin/litellm", "--config", self.path("config.yaml"), "--host", "127.0.0.1",
                                  "--port", str(port)], cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                 env={**self.no_proxies(), "HOME": self.folder, "LITELLM_MASTER_KEY": LITELLM_KEY})
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.kill)
        url, end = f"http://127.0.0.1:{port}", time.monotonic() + 3 * WAIT  # it takes ten seconds of a processor to start
        while True:
            try:
                urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url + "/health/liveliness", timeout=60).close()
                return url
            except (OSError, urllib.error.URLError):
                if proxy.poll() is not None or time.monotonic() > end:
                    with open(self.path("litellm.log"), errors="replace") as said:
                        self.fail(said.read()[-3000:])
                time.sleep(0.2)

    @staticmethod
    def no_proxies():
        kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # it would ask the net for prices

    def gateway(self):
        """nginx before the provider, as docs/serve.md says it."""
        port = free_port()
        conf, script = nginx_files(self.folder, port, self.port, self.provider())
        self.write("guard.js", script)
        self.write("nginx.conf", conf)
        nginx = subprocess.Popen(["nginx", "-c", self.path("nginx.conf"), "-p", self.folder], stderr=subprocess.PIPE)
        self.addCleanup(self.end_nginx, nginx)
        until(lambda: nginx.poll() is not None or listens(port))
        self.assertIsNone(nginx.poll())
        return f"http://127.0.0.1:{port}"

    @staticmethod
    def end_nginx(nginx):
        nginx.terminate()
        nginx.wait()
        nginx.stderr.close()

    def sdk(self, program, url, *texts, folder=CLIENTS):
        python = os.path.join(folder, "bin", "python3")
        done = subprocess.run([python, "-c", program, url, *texts], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=WAIT,
                              env=self.no_proxies())
        self.assertEqual(done.returncode, 0, done.stderr.decode()[-2000:])
        return done.stdout.decode().strip()

    def test_sdks(self):
        self.serve("--policy", self.policy(BLOCK))
        url, secret = self.gateway(), token("sdk")
        self.assertEqual(self.sdk(OPENAI, url, "hello"), "answer hello")
        self.assertEqual(self.sdk(ANTHROPIC, url, "hello"), "answer hello")
        before = self.metric('staunch_requests_total{route="/v1/redact",status="400"}')
        self.assertEqual(self.sdk(OPENAI, url, f"key {secret}"), "refused 400 content_blocked /messages/0/content github-pat "
                         "blocked: github-pat at /messages/0/content")
        self.assertEqual(self.sdk(ANTHROPIC, url, f"key {secret}"), "refused 400 error invalid_request_error github-pat "
                         "blocked: github-pat at /messages/0/content")
        # Neither tried again, and the provider never saw it.
        self.assertEqual(self.metric('staunch_requests_total{route="/v1/redact",status="400"}'), before + 2)
        self.assertEqual(len(Provider.seen), 2)

    def test_sdks_redacted(self):
        self.serve()
        url, secret = self.gateway(), token("sdk")
        for program in (OPENAI, ANTHROPIC):
            self.assertEqual(self.sdk(program, url, f"key {secret}\nand é"), f"answer key {CUT}\nand é")
        self.assertNotIn(secret, json.dumps(Provider.seen))

    def test_litellm_proxy(self):
        """The whole of it: the SDK asks the proxy, which asks staunch, then the provider; the answer is looked at as well."""
        self.serve("--policy", self.policy('[[dlp]]\nblocked_terms = ["Project Falcon"]\naction = "block"\n'))
        url, secret = self.litellm(), token("proxy")
        self.assertEqual(self.sdk(OPENAI_BY_LITELLM, url, "hello"), "answer hello")
        self.assertEqual(self.sdk(OPENAI_BY_LITELLM, url, f"key {secret}"), f"answer key {CUT}")
        refused = self.sdk(OPENAI_BY_LITELLM, url, "about project falcon")
        self.assertTrue(refused.startswith("refused 400 "), refused)
        self.assertIn("blocked: policy-term-1 at /texts/0", refused)
        self.assertEqual([each["messages"][0]["content"] for each in Provider.seen], ["hello", f"key {CUT}"])
        self.assertGreaterEqual(self.metric('staunch_requests_total{route="/beta/litellm_basic_guardrail_api",status="200"}'), 5)
        # Where staunch does not answer, the provider is not asked.
        self.stop()
        request = urllib.request.Request(url + "/v1/chat/completions", json.dumps({"model": "m", "messages": [
            {"role": "user", "content": "x"}]}).encode(), {"Content-Type": "application/json", "Authorization": "Bearer " + LITELLM_KEY})
        with self.assertRaises(urllib.error.HTTPError) as raised:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
        raised.exception.close()
        self.assertEqual((raised.exception.code, len(Provider.seen)), (500, 2))

    def test_litellm(self):
        self.serve("--policy", self.policy('[[dlp]]\nblocked_terms = ["Project Falcon"]\naction = "block"\n'))
        said = self.sdk(LITELLM, f"http://127.0.0.1:{self.port}", "clean", f"key {token('litellm')}", "about project falcon",
                        folder=CLIENTS + "-litellm").splitlines()
        self.assertEqual(said, ["passed ['hello', 'clean']", f"passed ['hello', 'key {CUT}']",
                                "refused GuardrailRaisedException blocked: policy-term-1 at /texts/1"])

    def test_no_guard_no_request(self):
        """Where staunch does not answer, the provider is not asked."""
        self.serve()
        url = self.gateway()
        self.stop()
        done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", '{"messages":[{"content":"x"}]}',
                               url + "/v1/chat/completions"], stdout=subprocess.PIPE)
        self.assertEqual((done.stdout, Provider.seen), (b"502", []))

    def test_wrk(self):
        """Many requests at once over connections that stay: each has its answer, and each secret is counted."""
        self.serve()
        body = json.dumps({"messages": [{"role": "user", "content": f"key {token('wrk')}"}]})
        script = self.path(self.write("body.lua", f"""
            wrk.method = "POST"; wrk.headers["Content-Type"] = "application/json"; wrk.body = [====[{body}]====]
            wrong = 0
            function setup(thread) threads = threads or {{}}; table.insert(threads, thread) end
            function response(status, headers, body)
              if status ~= 200 or not body:find("{CUT}", 1, true) then wrong = wrong + 1 end
            end
            function done() print("wrong answers: " .. threads[1]:get("wrong")) end"""))
        done = subprocess.run(["wrk", "-t1", "-c16", "-d1s", "-s", script, f"http://127.0.0.1:{self.port}/v1/redact"],
                              stdout=subprocess.PIPE, env=self.no_proxies(), check=True).stdout.decode()
        self.assertIn("wrong answers: 0\n", done)
        self.assertNotIn("Socket errors", done)
        answered = int(done.split(" requests in")[0].split()[-1])
        self.assertGreater(answered, 0)
        # wrk leaves when its time is over, with some of its requests on their way.
        counted = self.metric('staunch_findings_total{rule="github-pat",action="redact"}')
        self.assertTrue(answered <= counted <= answered + 16, f"{answered} answers, {counted} findings")

    def test_curl(self):
        self.serve()
        secret = token("curl")
        self.write("body", json.dumps({"pad": "x" * 100_000, "a": secret}))
        for arguments in ((), ("-H", "Expect: 100-continue"), ("-H", "Transfer-Encoding: chunked"), ("--http1.0",)):
            done = subprocess.run(["curl", "-sS", "--fail", *arguments, "-H", "Content-Type: application/json", "--data-binary",
                                   "@" + self.path("body"), f"http://localhost:{self.port}/v1/redact"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout), {"pad": "x" * 100_000, "a": CUT})
        done = subprocess.run(["curl", "-sS", "-F", "file=@" + self.path("body"), "-F", f"t={secret}", f"http://localhost:{self.port}/v1/redact"],
                              stdout=subprocess.PIPE)
        self.assertNotIn(secret.encode(), done.stdout)
        self.assertEqual(done.stdout.count(CUT.encode()), 2)


if __name__ == "__main__":
    main()
