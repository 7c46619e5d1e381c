"""Where leaks are met besides assignments: logs, chats, notebooks, request bodies, dumps, diffs. Each place is a
function from a random stream and a snippet (corpus/snippets.py) to a file's name and text. BARE places take the secret
alone, so only secrets that say what they are stand there."""
import json
import urllib.parse

from corpus import filler
from corpus.chance import DIGITS, HEX, some, string


def _sentence(rng):
    return " ".join(some(rng, 6)).capitalize() + "."


def chat(rng, snippet):
    turns = [f"anna: {_sentence(rng)}", f"ben: this is what I have:\n{snippet.text}", f"anna: {_sentence(rng)} thanks!"]
    return "chat.txt", "\n".join(turns) + "\n"


def chat_export(rng, snippet):
    messages = [{"user": "U1", "ts": "1740823200.000100", "text": _sentence(rng)},
                {"user": "U2", "ts": "1740823260.000200", "text": f"try this:\n```\n{snippet.text}\n```"}]
    return "channel.json", json.dumps({"messages": messages}, indent=2)


def notebook(rng, snippet):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [_sentence(rng)]},
             {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [],
              "source": [line + "\n" for line in ["import os", *snippet.text.split("\n"), "print(os)"]]}]
    return "analysis.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def openai_body(rng, snippet):
    content = f"Why does this fail?\n```\n{snippet.text}\n```\n{_sentence(rng)}"
    return "request.json", json.dumps({"model": "m", "messages": [{"role": "system", "content": _sentence(rng)},
        {"role": "user", "content": content}], "temperature": 0.2})


def anthropic_body(rng, snippet):
    tool = {"type": "tool_result", "tool_use_id": "t1",
            "content": [{"type": "text", "text": f"$ cat config\n{snippet.text}\n"}]}
    return "request.json", json.dumps({"model": "m", "max_tokens": 1024,
                                       "messages": [{"role": "user",
                                                     "content": [{"type": "text", "text": _sentence(rng)}, tool]}]},
                                                     indent=2)


def tool_arguments(rng, snippet):
    """Arguments of a tool call are JSON inside a JSON string."""
    arguments = json.dumps({"path": "config", "content": snippet.text + "\n"})
    return "call.json", json.dumps({"tool_calls": [{"id": "c1",
                                                    "function": {"name": "write_file", "arguments": arguments}}]})


def diff(rng, snippet):
    body = "\n".join("+" + line for line in snippet.text.rstrip("\n").split("\n"))
    count = body.count("\n") + 1
    return ("change.diff", f"--- a/config\n+++ b/config\n@@ -3,2 +3,{count + 2} @@ {filler.identifier(rng)}\n context\n"
                           f"{body}\n more\n")


def markdown_fence(rng, snippet):
    return ("README.md", f"# {' '.join(some(rng, 2))}\n\n{_sentence(rng)}\n\n```{snippet.language}\n{snippet.text}\n"
                         f"```\n\n{_sentence(rng)}\n")


def json_log(rng, snippet):
    rows = [{"level": "info", "msg": _sentence(rng)}, {"level": "error", "msg": "cannot parse: " + snippet.text,
                                                       "line": rng.randint(1, 99)}]
    return "app.log", "\n".join(json.dumps(row) for row in rows) + "\n"


def html_page(rng, snippet):
    text = snippet.text.replace("&", "&amp;").replace("<", "&lt;")
    return "page.html", f"<html><body><p>{_sentence(rng)}</p><pre><code>{text}</code></pre></body></html>\n"


def windows_lines(rng, snippet):
    return "config.txt", "\r\n".join(["# " + _sentence(rng), *snippet.text.split("\n"), "end"]) + "\r\n"


ANY = [chat, chat_export, notebook, openai_body, anthropic_body, tool_arguments, diff, markdown_fence, json_log,
       html_page, windows_lines]


def _url(secret):
    return urllib.parse.quote(secret, safe="-._~")


def access_log_parameter(rng, secret):
    client = ".".join(str(rng.randint(1, 254)) for _ in range(4))
    return ("access.log", f'{client} - - [01/Mar/2025:10:00:00 +0000] "GET /v1/items?key={_url(secret)}&page=2 '
                          f'HTTP/1.1" 200 512 "-" "curl/8.0"\n')


def access_log_comma(rng, secret):
    return "audit.log", f"time=10:00:00,token={secret},status=200,bytes={rng.randint(1, 999)}\n"


def stack_trace(rng, secret):
    name = filler.identifier(rng)
    return ("crash.log", f"java.lang.IllegalStateException: refused for [{secret}]\n"
                         f"\tat com.acme.{name}.call({name}.java:{rng.randint(10, 500)})\n")


def python_trace(rng, secret):
    return ("trace.txt", f"Traceback (most recent call last):\n  File \"app.py\", line {rng.randint(1, 99)}, in main\n"
                         f"PermissionError: ('{secret}', 403)\n")


def curl_verbose(rng, secret):
    return ("curl.txt", f"> GET /v1/me HTTP/2\n> host: api.host.example\n> authorization: Bearer {secret}\n"
                        f"> accept: */*\n>\n< HTTP/2 200\n")


def sql_dump(rng, secret):
    escaped = secret.replace("'", "''")
    return ("dump.sql", f"INSERT INTO `integrations` VALUES "
                        f"({rng.randint(1, 99)},'main','{escaped}',NULL,'2025-03-01'),(2,'x',NULL,NULL,NULL);\n")


def csv_cell(rng, secret):
    return ("export.csv", f"id,name,value,created\n1,{rng.choice(['main', 'ci'])},{secret},2025-03-01\n"
                          f"2,\"second\",\"{secret[::-1][:3]}\",x\n")


def xml_text(rng, secret):
    escaped = secret.replace("&", "&amp;").replace("<", "&lt;")
    return ("settings.xml", f"<settings>\n"
                            f"  <server><id>{string(rng, DIGITS, 3)}</id><value>{escaped}</value></server>\n"
                            f"</settings>\n")


def terraform_state(rng, secret):
    state = {"version": 4, "serial": rng.randint(1, 90), "lineage": string(rng, HEX, 8),
             "resources": [{"type": "random", "instances": [{"attributes": {"id": "1", "result": secret}}]}]}
    return "terraform.tfstate", json.dumps(state, indent=2)


def git_remote(rng, secret):
    return ("config.git", f"[remote \"origin\"]\n\turl = https://oauth2:{_url(secret)}@git.host.example/team/app.git\n"
                          f"\tfetch = +refs/heads/*:refs/remotes/origin/*\n")


def shell_history(rng, secret):
    return ".bash_history", f"ls -la\nexport K={secret}; make deploy\ncurl -H 'X-Key: {secret}' host.example\n"


def angle_brackets(rng, secret):
    return "notes.md", f"* key: <{secret}>\n* ({secret})\n* [{secret}](https://host.example)\n* **{secret}**\n"


def minified_bundle(rng, secret):
    return ("app.min.js",
            "!function(e){var t={a:1};" + "".join(f"t.{string(rng, 'abcdef', 2)}=n({rng.randint(1, 999)});"
                                                  for _ in range(40)) + f'e.k="{secret}",e.z=t}}(window);\n')


def email(rng, secret):
    return ("mail.eml", f"From: anna@host.example\nTo: ben@host.example\nSubject: access\n\nHi Ben,\n\n"
                        f"{_sentence(rng)} It is {secret}.\n\nAnna\n")


BARE = [access_log_parameter, access_log_comma, stack_trace, python_trace, curl_verbose, sql_dump, csv_cell, xml_text,
        terraform_state, git_remote,
        shell_history, angle_brackets, minified_bundle, email]
