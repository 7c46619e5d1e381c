"""Keys of common providers in every place where people leave them: each must be found there, by its own rule, with
confidence high. Nothing is drawn by lot but the keys, so that a miss says which provider and which place.

A place is a function from the name that the key goes by (as a list of words) and the key to a file's path and text. A
key that is known by itself (its prefix) stands under a name that says nothing of its provider.
"""
import base64
import collections
import dataclasses
import json
import plistlib
import urllib.parse
from xml.sax import saxutils

from corpus import formats, keys, snippets
from corpus.chance import stream

# Rules of common providers, and the words of the name that the key goes by.
COMMON = {
    "openai-project-key": "openai api key", "anthropic-api-key": "anthropic api key", "github-pat": "github token",
    "github-fine-grained-pat": "gh token", "gitlab-pat": "gitlab token",
    "aws-secret-access-key": "aws secret access key",
    "google-api-key": "google api key", "google-oauth-client-secret": "google client secret",
    "azure-storage-legacy-key": "azure storage key", "azure-client-secret": "azure client secret",
    "azure-openai-key": "azure openai api key", "stripe-live-key": "stripe secret key",
    "slack-bot-token": "slack bot token", "twilio-auth-token": "twilio auth token",
    "sendgrid-key": "sendgrid api key", "mailgun-private-key": "mailgun api key",
    "mailchimp-key": "mailchimp api key", "npm-token": "npm token", "pypi-upload-token": "pypi token",
    "docker-pat": "dockerhub token", "huggingface-token": "hf token", "groq-key": "groq api key",
    "cohere-key": "cohere api key", "mistral-key": "mistral api key", "deepseek-key": "deepseek api key",
    "replicate-token": "replicate api token", "datadog-api-key": "datadog api key",
    "datadog-app-key": "datadog app key",
    "newrelic-license-key": "new relic license key", "sentry-user-token": "sentry auth token",
    "grafana-service-account-token": "grafana token", "pagerduty-token": "pagerduty token",
    "cloudflare-legacy-token": "cloudflare api token", "digitalocean-pat": "digitalocean token",
    "heroku-legacy-key": "heroku api key", "heroku-token": "heroku api key", "vercel-legacy-token": "vercel token",
    "netlify-legacy-token": "netlify auth token", "supabase-secret-key": "supabase secret key",
    "algolia-key": "algolia admin key", "okta-token": "okta api token", "auth0-client-secret": "auth0 client secret",
    "hubspot-private-app-token": "hubspot access token", "shopify-token": "shopify access token",
    "square-token": "square access token", "plaid-secret": "plaid secret", "telegram-bot-token": "telegram bot token",
    "discord-bot-token": "discord bot token", "linear-key": "linear api key", "notion-token": "notion token",
    "airtable-token": "airtable api key", "circleci-token": "circleci token", "snyk-legacy-token": "snyk token",
    "sonar-token": "sonar token", "elevenlabs-key": "elevenlabs api key", "pinecone-legacy-key": "pinecone api key",
    "deepgram-key": "deepgram api key", "opsgenie-key": "opsgenie api key",
    "vault-approle-secret-id": "vault secret id",
    "scaleway-secret-key": "scaleway secret key", "postmark-token": "postmark server token",
}


def _snake(name):
    return keys.styled(name, "snake")


def _scream(name):
    return keys.styled(name, "scream")


def _json(value):
    return json.dumps(value)[1:-1]


def _percent(value):
    return urllib.parse.quote(value, safe="-._~")


def _xml(value):
    return saxutils.escape(value, {'"': "&quot;"})


def _nested(name, value, quote=""):
    """YAML with the provider as the parent of the key, as values files of charts have it."""
    return (f"replicas: 2\n{name[0]}:\n  enabled: true\n  {keys.styled(name[1:], 'camel')}: {quote}{value}{quote}\n"
            "resources: {}\n")


PLACES = {
    "environment file": lambda n, v: (".env", f"A=1\n{_scream(n)}={v}\nB=2\n"),
    "environment file, quoted": lambda n, v: (".env", f'{_scream(n)}="{v}"\n'),
    "environment file, export": lambda n, v: (".env", f"export {_scream(n)}={v}\n"),
    "environment file, single quotes": lambda n, v: (".env.local", f"export {_scream(n)}='{v}'\n"),
    "environment file, spaces": lambda n, v: ("deploy.env", f"{_scream(n)} = {v}\n"),
    "values of a chart": lambda n, v: ("values.yaml", f"env:\n  {_scream(n)}: {v}\n"),
    "values of a chart, flat": lambda n, v: ("values.yaml", f"{keys.styled(n, 'camel')}: \"{v}\"\n"),
    "values of a chart, nested": lambda n, v: ("values.yaml", _nested(n, v)),
    "values of a chart, nested in quotes": lambda n, v: ("values.yaml", _nested(n, v, '"')),
    "name and value": lambda n, v: ("deployment.yaml", f"        env:\n        - name: {_scream(n)}\n"
                                                       f"          value: \"{v}\"\n"),
    "kubernetes stringData": lambda n, v: ("secret.yaml", f"kind: Secret\nstringData:\n  {_snake(n)}: {v}\n"),
    "kubernetes data": lambda n, v: ("secret.yaml", f"apiVersion: v1\nkind: Secret\ndata:\n  {_scream(n)}: "
                                                    f"{base64.b64encode(v.encode()).decode()}\n"),
    "kubernetes file in data": lambda n, v: (
        "secret.yaml", "kind: Secret\ndata:\n  .env: " +
        base64.b64encode(f"LOG=1\n{_scream(n)}={v}\n".encode()).decode() + "\n"),
    "kubectl": lambda n, v: ("make.sh", f"kubectl create secret generic app --from-literal={_scream(n)}={v} -n prod\n"),
    "actions environment": lambda n, v: (".github/workflows/ci.yml",
                                         f"jobs:\n  a:\n    env:\n      {_scream(n)}: {v}\n"),
    "actions with": lambda n, v: (".github/workflows/ci.yml",
                                  "      - uses: acme/deploy@v1\n        with:\n"
                                  f"          {keys.styled(n, 'kebab')}: '{v}'\n"),
    "gitlab variables": lambda n, v: (".gitlab-ci.yml", f"variables:\n  {_scream(n)}: \"{v}\"\n"),
    "compose list": lambda n, v: ("docker-compose.yml", f"    environment:\n      - LOG=1\n      - {_scream(n)}={v}\n"),
    "compose list, quoted": lambda n, v: ("docker-compose.yml", f"    environment:\n      - \"{_scream(n)}={v}\"\n"),
    "compose map": lambda n, v: ("docker-compose.yml", f"    environment:\n      {_scream(n)}: {v}\n"),
    "dockerfile": lambda n, v: ("Dockerfile", f"FROM a\nENV {_scream(n)}={v}\nRUN make\n"),
    "dockerfile, old": lambda n, v: ("Dockerfile", f"FROM a\nENV {_scream(n)} {v}\nRUN make\n"),
    "dockerfile, arg": lambda n, v: ("Dockerfile", f"ARG {_scream(n)}=\"{v}\"\n"),
    "docker run": lambda n, v: ("run.sh", f"docker run -d -e {_scream(n)}={v} -p 80:80 acme/app\n"),
    "terraform variable": lambda n, v: ("variables.tf", f'variable "{_snake(n)}" {{\n  type    = string\n'
                                                        f'  default = "{v}"\n}}\n'),
    "terraform variable, described": lambda n, v: (
        "variables.tf", f'variable "{_snake(n)}" {{\n  description = "what signs in"\n  type        = string\n'
                        f'  sensitive   = true\n  default     = "{v}"\n}}\n'),
    "terraform provider": lambda n, v: (
        "main.tf", f'provider "{n[0]}" {{\n  {keys.styled(n[1:], "snake")} = "{v}"\n}}\n'),
    "terraform values": lambda n, v: ("prod.tfvars", f'{_snake(n)} = "{v}"\n'),
    "terraform state": lambda n, v: ("terraform.tfstate", json.dumps({"version": 4, "outputs": {
        _snake(n): {"value": v, "type": "string", "sensitive": True}}}, indent=2)),
    "notebook": lambda n, v: ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [
        "import os\n", f'os.environ["{_scream(n)}"] = "{v}"\n']}]}, indent=1)),
    "notebook, magic": lambda n, v: ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [
        f"%env {_scream(n)}={v}\n", "x"]}]}, indent=1)),
    "notebook, keyword": lambda n, v: ("a.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [
        f"client = Client({_snake(n)}='{v}')\n"]}]}, indent=1)),
    "shell history": lambda n, v: (".bash_history", f"ls\nexport {_scream(n)}={v}\nmake deploy\n"),
    "shell history, one command": lambda n, v: (".bash_history", f"ls\n{_scream(n)}={v} ./deploy.sh prod\n"),
    "zsh history": lambda n, v: (".zsh_history", f": 1740823200:0;export {_scream(n)}={v}\n"),
    "fish history": lambda n, v: ("fish_history", f"- cmd: set -gx {_scream(n)} {v}\n  when: 1740823200\n"),
    "powershell": lambda n, v: ("a.ps1", f'$env:{_scream(n)} = "{v}"\n'),
    "windows shell": lambda n, v: ("a.bat", f"set {_scream(n)}={v}\r\nsetx {_scream(n)} \"{v}\"\r\n"),
    "command option": lambda n, v: ("a.sh", f"tool deploy --{keys.styled(n, 'kebab')} {v} --region eu\n"),
    "command option, equals": lambda n, v: ("a.sh", f"tool deploy --{keys.styled(n, 'kebab')}={v} --region eu\n"),
    "curl header": lambda n, v: (
        "a.sh", f"curl -H '{keys.styled(['x', *n], 'header')}: {v}' https://api.host.example/v1\n"),
    "curl bearer, host behind": lambda n, v: (
        "a.sh", f"curl -s -H \"Authorization: Bearer {v}\" https://api.{n[0]}.com/v1/items\n"),
    "curl bearer, host before": lambda n, v: (
        "a.sh", f"curl https://api.{n[0]}.com/v1/items \\\n  -H 'Authorization: Bearer {v}'\n"),
    "curl user": lambda n, v: ("a.sh", f"curl -u '{v}:' https://api.{n[0]}.com/v1/items\n"),
    "curl user, password": lambda n, v: ("a.sh", f"curl -u robot:{v} https://api.{n[0]}.com/v1/items\n"),
    "query of a URL": lambda n, v: (
        "a.txt", f"GET https://api.{n[0]}.com/v1/items?page=2&{_snake(n)}={_percent(v)}&sort=asc\n"),
    "query of a URL, plain name": lambda n, v: (
        "a.txt", f"https://api.{n[0]}.com/v1/items?{_snake(n[-2:])}={_percent(v)}\n"),
    "JSON": lambda n, v: ("config.json", f'{{\n  "{keys.styled(n, "camel")}": "{_json(v)}",\n  "a": 1\n}}\n'),
    "JSON, one line": lambda n, v: ("config.json", f'{{"a":1,"{_snake(n)}":"{_json(v)}","b":2}}\n'),
    "JSON, nested": lambda n, v: (
        "config.json", json.dumps({n[0]: {keys.styled(n[1:], "camel"): v, "a": 1}}, indent=2)),
    "JSON, name and value": lambda n, v: ("config.json", json.dumps([{"name": _scream(n), "value": v}], indent=2)),
    "JSON in JSON": lambda n, v: ("event.json", json.dumps({"body": json.dumps({_snake(n): v})})),
    "JSON in JSON in JSON": lambda n, v: (
        "event.json", json.dumps({"Records": [{"body": json.dumps({"Message": json.dumps({_snake(n): v})})}]})),
    "XML attribute": lambda n, v: ("a.config", f'  <add key="{keys.styled(n, "pascal")}" value="{_xml(v)}" />\n'),
    "XML attribute of its name": lambda n, v: ("a.xml", f'<client host="a" {keys.styled(n, "camel")}="{_xml(v)}"/>\n'),
    "XML element": lambda n, v: ("a.xml", f"  <{keys.styled(n, 'camel')}>{_xml(v)}</{keys.styled(n, 'camel')}>\n"),
    "android resource": lambda n, v: ("strings.xml", f'    <string name="{_snake(n)}">{_xml(v)}</string>\n'),
    "property list": lambda n, v: ("Info.plist", plistlib.dumps({keys.styled(n, "pascal"): v, "A": "b"}).decode()),
    "INI": lambda n, v: ("app.ini", f"[app]\n{_snake(n)} = {v}\nlog=1\n"),
    "INI, section": lambda n, v: ("app.ini", f"[{n[0]}]\n{keys.styled(n[1:], 'snake')} = {v}\n"),
    "properties": lambda n, v: ("application.properties", f"app.{keys.styled(n, 'dotted')}={v}\n"),
    "properties, colon": lambda n, v: ("application.properties", f"{n[0]}.{keys.styled(n[1:], 'kebab')}: {v}\n"),
    "TOML": lambda n, v: ("config.toml", f'{_snake(n)} = "{v}"\n'),
    "TOML, table": lambda n, v: ("config.toml", f'[{n[0]}]\n{keys.styled(n[1:], "snake")} = "{v}"\n'),
    "Java @Value": lambda n, v: ("A.java", f'    @Value("${{{n[0]}.{keys.styled(n[1:], "kebab")}:{v}}}")\n'),
    "Java constant": lambda n, v: ("A.java", f'    private static final String {_scream(n)} = "{v}";\n'),
    "Java builder": lambda n, v: ("A.java", f'        .{keys.styled(n, "camel")}("{v}")\n'),
    "Kotlin build field": lambda n, v: (
        "build.gradle", f'        buildConfigField "String", "{_scream(n)}", "\\"{v}\\""\n'),
    "Python": lambda n, v: ("a.py", f'{_scream(n)} = "{v}"\n'),
    "Python, lookup": lambda n, v: ("a.py", f'key = os.environ.get("{_scream(n)}", "{v}")\n'),
    "Python, client": lambda n, v: ("a.py", f'client = {n[0].capitalize()}({keys.styled(n[1:], "snake")}="{v}")\n'),
    "JavaScript": lambda n, v: ("a.js", f"const {keys.styled(n, 'camel')} = '{v}';\n"),
    "JavaScript, lookup": lambda n, v: ("a.js", f"const key = process.env.{_scream(n)} || '{v}';\n"),
    "Go": lambda n, v: ("a.go", f'const {keys.styled(n, "camel")} = "{v}"\n'),
    "Ruby": lambda n, v: ("a.rb", f"ENV['{_scream(n)}'] ||= '{v}'\n"),
    "PHP": lambda n, v: ("a.php", f"define('{_scream(n)}', '{v}');\n"),
    "C#": lambda n, v: ("A.cs", f'        public const string {keys.styled(n, "pascal")} = "{v}";\n'),
    "Rust": lambda n, v: ("a.rs", f'const {_scream(n)}: &str = "{v}";\n'),
    "Swift": lambda n, v: ("a.swift", f'let {keys.styled(n, "camel")} = "{v}"\n'),
    "Dart": lambda n, v: ("a.dart", f"const String {keys.styled(n, 'camel')} = '{v}';\n"),
    "log line": lambda n, v: ("a.log", f"2025-03-01T10:00:00Z INFO start {_snake(n)}={v} took=12ms\n"),
    "log of a map": lambda n, v: ("a.log", f"DEBUG config {{host=a, {keys.styled(n, 'camel')}={v}, port=1}}\n"),
    "markdown": lambda n, v: ("notes.txt", f"- {keys.styled(n, 'spaced')}: `{v}`\n"),
    "chat": lambda n, v: ("chat.txt", f"ben: the {' '.join(n)} is {v} please rotate it\n"),
    "diff": lambda n, v: ("a.diff", f"--- a/.env\n+++ b/.env\n@@ -1 +1,2 @@\n A=1\n+{_scream(n)}={v}\n"),
    "SQL": lambda n, v: ("a.sql", f"INSERT INTO settings (name, value) VALUES ('{_snake(n)}', '{v}');\n"),
}

# What has a syntax of its own, for the rules that stand there.
SPECIAL = {
    ("npm-token", ".npmrc"): lambda v: f"//npm.host.example/:_authToken={v}\nalways-auth=true\n",
    ("pypi-upload-token", ".pypirc"): lambda v: f"[pypi]\nusername = __token__\npassword = {v}\n",
    ("heroku-legacy-key", ".netrc"): lambda v: f"machine api.heroku.com\n  login a@host.example\n  password {v}\n",
    ("github-pat", ".netrc"): lambda v: f"machine github.com login robot password {v}\n",
    ("github-pat", ".git-credentials"): lambda v: f"https://robot:{v}@github.com\n",
    ("docker-pat", "config.json"): lambda v: json.dumps({"auths": {"https://host.example/v1/": {
        "auth": base64.b64encode(f"robot:{v}".encode()).decode()}}}, indent=2),
    ("aws-secret-access-key", "credentials"): lambda v: f"[default]\naws_secret_access_key = {v}\n",
    ("huggingface-token", ".cache/huggingface/token"): lambda v: v,
    ("digitalocean-pat", "config.yaml"): lambda v: f"access-token: {v}\ncontext: default\n",
}

# Places whose syntax is a rule's own: who finds the key by that has found it, too.
OF_THE_PLACE = {"kubernetes data": {"kubernetes-secret"}, "curl bearer, host behind": {"authorization-bearer"},
                "curl bearer, host before": {"authorization-bearer"}, "curl user": {"curl-user-key"},
                "curl user, password": {"curl-password"}, ".netrc": {"netrc-password"}, ".pypirc": {"pypirc-password"}}


@dataclasses.dataclass(frozen=True)
class Left:
    rule: str
    place: str
    path: str
    secret: str


def _name(rule, words, secret):
    return ["service", *words.split()[1:]] if snippets.is_free(rule, secret) else words.split()


def build(folder, seed, rules):
    """Writes every key into every place; the list of what was left where."""
    by_id = {rule.id: rule for rule in rules}
    left = []
    for number, (id_, words) in enumerate(COMMON.items()):
        rule, rng = by_id[id_], stream(seed, "everywhere", id_)
        for place, make in PLACES.items():
            secret = formats.secret(rule, rng)
            path, text = make(_name(rule, words, secret), secret)
            left.append(_write(folder, Left(id_, place, f"k{number:02}/{len(left):05}/{path}", secret), text))
    for (id_, name), make in SPECIAL.items():
        secret = formats.secret(by_id[id_], stream(seed, "everywhere", id_, name))
        left.append(_write(folder, Left(id_, name, f"special/{len(left):05}/{name}", secret), make(secret)))
    return left


def _write(folder, one, text):
    target = folder / one.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return one


def judge(left, found, siblings):
    """The share that is found by its own rule with confidence high, and what is not: rows of rule, place and why."""
    by_path = collections.defaultdict(list)
    for one in found:
        by_path[one.path.removeprefix("./")].append(one)
    wrong = []
    for one in left:
        here = by_path[one.path]
        own = [each for each in here if each.rule in siblings[one.rule] | OF_THE_PLACE.get(one.place, set())]
        if not any(each.confidence == "high" for each in own):
            wrong.append((one.rule, one.place, own[0].confidence if own else
                          "not its rule: " + ", ".join(sorted({each.rule for each in here})) if here else "not found"))
    return 1 - len(wrong) / len(left), wrong


def show(share, wrong, count):
    print(f"\n== {count} keys of common providers in common places ==\n{share:.4f} are found by their own rule with "
          "confidence high; the others, by place and by rule:")
    for column in (1, 0):
        rows = collections.Counter((row[column], row[2]) for row in wrong)
        print("; ".join(f"{name} {why} {n}" for (name, why), n in rows.most_common(12)))
