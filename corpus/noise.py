"""Whole files that hold much that looks drawn at random and nothing secret. Each is a function of a random stream to a
path and a text; ALL lists them by the kind that a false finding in them is counted under."""
import base64
import json

from corpus import values
from corpus.chance import ALNUM, DIGITS, HEX, LOWER, UPPER, some, string, words
from corpus.decoys import LANGUAGE_WORDS, sentence
from corpus.keys import secret_key, styled


def _b64(rng, size):
    return base64.b64encode(rng.randbytes(size)).decode()


def _name(rng):
    return "-".join(some(rng, 2, "code"))


def _version(rng):
    return ".".join(str(rng.randint(0, 20)) for _ in range(3))


def npm_lock(rng):
    packages = {f"node_modules/{_name(rng)}": {"version": _version(rng),
                                               "resolved": f"https://packages.host.example/{_name(rng)}.tgz",
                                               "integrity": "sha512-" + _b64(rng, 64)} for _ in range(20)}
    return "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)


def yarn_lock(rng):
    return "yarn.lock", "".join(f'{_name(rng)}@^{_version(rng)}:\n  version "{_version(rng)}"\n'
                                f'  resolved "https://packages.host.example/x.tgz#{string(rng, HEX, 40)}"\n'
                                f'  integrity sha512-{_b64(rng, 64)}\n\n' for _ in range(20))


def go_sum(rng):
    return "go.sum", "".join(f"github.com/{_name(rng)}/token v{_version(rng)} h1:{_b64(rng, 32)}\n" for _ in range(30))


def cargo_lock(rng):
    return "Cargo.lock", "".join(f'[[package]]\nname = "{_name(rng)}"\nversion = "{_version(rng)}"\n'
                                 f'checksum = "{string(rng, HEX, 64)}"\n\n' for _ in range(20))


def composer_lock(rng):
    return "composer.lock", json.dumps({"content-hash": string(rng, HEX, 32),
                                        "packages": [{"name": _name(rng), "source": {"reference": string(rng, HEX, 40)},
                                                      "dist": {"shasum": string(rng, HEX, 40)}} for _ in range(10)]},
                                                      indent=4)


def checksums(rng):
    return "SHA256SUMS", "".join(f"{string(rng, HEX, 64)}  {_name(rng)}-{_version(rng)}.tar.gz\n" for _ in range(20))


def minified(rng):
    body = "".join(f"{rng.choice(LOWER)}.{rng.choice(words('code'))}=function({rng.choice(LOWER)},t){{return "
                   f"{rng.randint(1, 999)}===t.token?e({rng.randint(10, 9999)}):t.key||n.password}};"
                   for _ in range(60))
    return "static/app.3f9c.min.js", f"!function(e,t){{{body}}}(this);"


def source_map(rng):
    mappings = ";".join(string(rng, ALNUM + ",", rng.randint(10, 80)) for _ in range(40))
    return "static/app.js.map", json.dumps({"version": 3, "sources": ["token.js", "password.js"],
                                            "names": ["token", "secretKey"], "mappings": mappings})


def svg(rng):
    def step():
        return f"{rng.uniform(0, 99):.3f},{rng.uniform(0, 99):.3f}{rng.choice('clhvz')}"

    paths = "".join(f'<path id="key" d="M{" ".join(step() for _ in range(20))}"/>' for _ in range(8))
    return "icons/password.svg", f'<svg xmlns="http://www.w3.org/2000/svg">{paths}</svg>\n'


def css_fonts(rng):
    return ("css/site.css", f".token.keyword{{color:#{string(rng, HEX, 6)}}}\n"
                            f".password-field{{background:url(data:image/png;base64,iVBORw0KGgo{_b64(rng, 300)})}}\n"
                            f"@font-face{{src:url(data:font/woff2;base64,d09GMg{_b64(rng, 600)})}}\n")


def html_integrity(rng):
    scripts = "".join(
        f'<script src="https://cdn.host.example/{_name(rng)}.{string(rng, HEX, 8)}.js" '
        f'integrity="sha384-{_b64(rng, 48)}" '
        'crossorigin="anonymous"></script>\n' for _ in range(8))
    form = ('<input type="password" name="password" id="password" placeholder="Password">\n'
            '<meta name="csrf-param" content="authenticity_token">\n')
    return "index.html", scripts + form


def import_map(rng):
    return ("importmap.json",
            json.dumps({"imports": {_name(rng): f"https://cdn.host.example/{_name(rng)}@{_version(rng)}/+esm"
                                    for _ in range(8)}, "integrity": {f"/{_name(rng)}.js": "sha384-" + _b64(rng,
                                        48) for _ in range(8)}}, indent=2))


def certificate(rng):
    lines = "\n".join(_b64(rng, 48) for _ in range(18))
    return "tls/ca.crt", f"-----BEGIN CERTIFICATE-----\nMIID{lines[4:]}\n-----END CERTIFICATE-----\n"


def public_keys(rng):
    lines = "\n".join(_b64(rng, 48) for _ in range(6))
    return ("keys/public.pem", f"-----BEGIN PUBLIC KEY-----\nMIIB{lines[4:]}\n-----END PUBLIC KEY-----\n"
                               f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN{lines[4:]}\n"
                               f"-----END PGP PUBLIC KEY BLOCK-----\n")


def authorized_keys(rng):
    return ".ssh/authorized_keys", "".join(f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{string(rng, ALNUM, 43)} "
                                           f"{rng.choice(words('names'))}@host\n"
                                           f"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ{string(rng, ALNUM + '+/', 340)} "
                                           f"ci\n" for _ in range(4))


def known_hosts(rng):
    kind = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBB"
    rows = (f"|1|{_b64(rng, 20)}|{_b64(rng, 20)} {kind}{string(rng, ALNUM + '+/', 86)}=\n" for _ in range(4))
    return ".ssh/known_hosts", "".join(rows)


def sealed_secret(rng):
    rows = "".join(f"    {styled(secret_key(rng), 'kebab')}: AgB{_b64(rng, 200)}\n" for _ in range(4))
    head = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n"
    return "k8s/sealed.yaml", head + rows


def sops(rng):
    rows = "".join(f"{styled(secret_key(rng), 'snake')}: "
                   f"ENC[AES256_GCM,data:{_b64(rng, 18)},iv:{_b64(rng, 32)},tag:{_b64(rng, 16)},type:str]\n"
                   for _ in range(6))
    return ("secrets.enc.yaml", rows + f"sops:\n  kms:\n"
                                       f"    - arn: "
                                       f"arn:aws:kms:eu-west-1:{string(rng, DIGITS, 12)}:key/{values.uuid_key(rng)}\n"
                                       f"      enc: AQICAH{_b64(rng, 120)}\n"
                                       f"  mac: ENC[AES256_GCM,data:{_b64(rng, 64)},type:str]\n  version: 3.8.1\n")


def translations(rng):
    rows = {styled(secret_key(rng), "camel") + str(i): rng.choice([rng.choice(LANGUAGE_WORDS),
        sentence(rng)]) for i in range(25)}
    return f"locales/{rng.choice(['de', 'fr', 'es', 'ja'])}.json", json.dumps(rows, indent=2, ensure_ascii=False)


def notebook_image(rng):
    return "plots.ipynb", json.dumps({"cells": [{"cell_type": "code", "id": string(rng, HEX, 8),
                                                 "source": ["plot(tokens)\n"],
                                                 "outputs": [{"data": {"image/png": "iVBORw0KGgo" + _b64(rng, 900)}}]}],
                                                 "nbformat": 4})


def workflow(rng):
    rows = "".join(f"          {styled(secret_key(rng), 'scream')}: ${{{{ secrets.{styled(secret_key(rng), 'scream')} "
                   f"}}}}\n" for _ in range(6))
    return (".github/workflows/ci.yml", f"jobs:\n  build:\n    steps:\n"
                                        f"      - uses: actions/checkout@{string(rng, HEX, 40)} # v4\n        with:\n"
                                        f"          token: ${{{{ github.token }}}}\n      - run: make\n        env:\n"
                                        f"{rows}")


def manifest_references(rng):
    rows = "".join(f"            - name: {styled(secret_key(rng), 'scream')}\n              valueFrom:\n"
                   f"                secretKeyRef:\n                  name: {_name(rng)}-secret\n"
                   f"                  key: {styled(secret_key(rng), 'kebab')}\n" for _ in range(5))
    return ("k8s/deployment.yaml", f"kind: Deployment\nmetadata:\n  uid: {values.uuid_key(rng)}\n  annotations:\n"
                                   f"    checksum/secret: {string(rng, HEX, 64)}\nspec:\n  template:\n    spec:\n"
                                   f"      containers:\n"
                                   f"        - image: host.example/app@sha256:{string(rng, HEX, 64)}\n          env:\n"
                                   f"{rows}")


def terraform_references(rng):
    return "main.tf", "".join(f'resource "{_name(rng)}" "{rng.choice(words("code"))}" {{\n'
                              f'  password = var.{styled(secret_key(rng), "snake")}\n'
                              f'  token    = data.vault.{rng.choice(words("code"))}.data["token"]\n'
                              f'  key_id   = aws_kms_key.main.arn\n  api_key  = random_password.main.result\n}}\n'
                              for _ in range(4))


def lexer_source(rng):
    rows = "".join(f'  static const Token k{styled(some(rng, 2, "code"), "pascal")} = '
                   f'Token("{rng.choice(words("code"))}", {rng.randint(1, 300)});\n' for _ in range(12))
    return ("src/lexer.cc", f"{rows}  token = next_token();\n"
                            f"  if (token.kind == TOKEN_IDENTIFIER_1) key = token.text;\n  secret_ = other.secret_;\n"
                            f"  password = read_password(prompt1);\n")


def uuid_table(rng):
    rows = (f"{values.uuid_key(rng)},{rng.choice(words())}-{rng.randint(1, 999)},bearer,{string(rng, HEX, 32)}\n"
            for _ in range(25))
    return "data/items.csv", "id,key,token_type,checksum\n" + "".join(rows)


def trace_log(rng):
    return "logs/trace.log", "".join(f"2025-03-01T10:00:{i:02}Z trace_id={string(rng, HEX, 32)} "
                                     f"span_id={string(rng, HEX, 16)} request_id={values.uuid_key(rng)} "
                                     f"key={rng.choice(words('code'))}:{rng.randint(1, 9999)} "
                                     f"tokens={rng.randint(1, 4096)}\n" for i in range(25))


def api_answer(rng):
    return "responses/list.json", json.dumps({"items": [{"id": string(rng, ALNUM, 22),
                                                         "etag": f'"{string(rng, HEX, 32)}"',
                                                         "self": f"/v1/keys/{values.uuid_key(rng)}"} for _ in range(8)],
                                                         "nextPageToken": _b64(rng, 48), "kind": "list",
                                                         "cursor": _b64(rng, 24)}, indent=1)


def mail_headers(rng):
    return ("mail/message.eml", f"DKIM-Signature: v=1; a=rsa-sha256; d=host.example; s=key1;\n bh={_b64(rng, 32)};\n"
                                f" b={_b64(rng, 96)}\nMessage-ID: <{string(rng, ALNUM, 30)}@mail.host.example>\n"
                                f"X-Key: {rng.choice(words())}\nSubject: Your password was changed\n\nHello,\n"
                                f"your password was changed. If it was not you, reset your password.\n")


def git_log(rng):
    return "history.txt", "".join(f"commit {string(rng, HEX, 40)}\n"
                                  f"Author: {rng.choice(words('names'))} <a@host.example>\n\n    {sentence(rng)}\n\n"
                                  for _ in range(15))


def hex_dump(rng):
    return "dump.hex", "".join(f"{i * 16:08x}  {' '.join(string(rng, HEX, 2) for _ in range(16))}  "
                               f"|{string(rng, ALNUM + '.', 16)}|\n" for i in range(25))


def base64_prose(rng):
    return "content/body.txt", base64.encodebytes(" ".join(some(rng, 150)).encode()).decode()


def readme(rng):
    name = styled(secret_key(rng), "scream")
    return ("README.md", f"# Setup\n\nSet `{name}` first:\n\n```sh\nexport {name}=<your token>\n"
                         f"export API_KEY=YOUR_API_KEY\n"
                         f"curl -H \"Authorization: Bearer $TOKEN\" https://api.host.example/v1\n"
                         f"curl -u user:password https://host.example\npsql postgres://user:password@localhost/db\n"
                         f"```\n\n| key | meaning |\n|---|---|\n| `password` | the password of the user |\n"
                         f"| `token` | `Bearer <token>` |\n")


def open_api(rng):
    rows = "".join(f"        {styled(secret_key(rng), 'camel')}{i}:\n          type: string\n"
                   f"          format: password\n          description: {sentence(rng)}\n"
                   f"          example: {rng.choice(['string', 'your-token', '********', 'abc123'])}\n"
                   for i in range(6))
    return ("api/openapi.yaml", f"components:\n  schemas:\n    Login:\n      properties:\n{rows}  securitySchemes:\n"
                                f"    token:\n      type: apiKey\n      name: X-Api-Key\n      in: header\n")


def model_code(rng):
    rows = "".join(f"    {styled(secret_key(rng), 'snake')}_{i} = models.CharField(max_length={rng.randint(20, 255)})\n"
                   for i in range(6))
    return "app/models.py", (f"class Account(models.Model):\n{rows}\n    def check_password(self, password):\n"
                             "        return compare(self.password_hash, make_hash(password, self.salt))\n")


def quoted_names(rng):
    """Lists of names of which one is password: the next one is no secret."""
    names = [styled(secret_key(rng), "snake"), rng.choice(words("code")), *some(rng, 3, "code")]
    return "src/fields.py", (f'FIELDS = ("user", "email", "password", "{names[1]}_uri")\n'
                             f'CHOICES = ["password", "{names[2]}", '
                             f'"otp"]\nMOVED = [Moved("PasswordManager", "{names[3]}2", "{names[4]}.request")]\n'
                             f'KINDS = {{"{names[0]}": ["TYPE", "PASSWD", "KEYMAP", "COMMAND"]}}\n')


def translated_properties(rng):
    """Every language's word for password behind its English name, and sentences, without any quotes."""
    names = ["Password", "password", "login.password", "Token", "form.secret"]
    rows = [f"{rng.choice(names)}={rng.choice(LANGUAGE_WORDS)}" for _ in range(8)]
    return f"l10n/messages_{rng.choice(['da', 'nl', 'it', 'pl'])}.properties", "\n".join(
        [*rows, "Confirm\\ Password=Gentag Adgangskode", "token.password.wrong=La password immessa non \\",
         "  corretta", ""])


def documented_passwords(rng):
    """Passwords that manuals make up."""
    word = rng.choice(["hunter2", "s3cret", "secr3t", "p4ssw0rd", "P@ssw0rd", "swordfish", "nohack4u", "passw0rd1"])
    return "docs/options.md", (f'# Login\n\n~~~c\n  curl_easy_setopt(h, OPT_KEYPASSWD, "{word}");\n~~~\n\n'
                               f'    username=bob\n'
                               f'    password={word}\n\n    {{"username": "janedoe", "password": "{word}"}}\n')


def typescript_types(rng):
    rows = "".join(f"  {styled(secret_key(rng), 'camel')}{i}?: string | undefined;\n" for i in range(6))
    return ("src/types.ts", f"export interface Credentials {{\n{rows}}}\nexport const TOKEN_KEY = 'app.auth.token';\n"
                            f"const token = localStorage.getItem(TOKEN_KEY) ?? '';\n"
                            f"const password = form.controls['password'].value;\n")


def manifest_hashes(rng):
    return "static/manifest.json", json.dumps({f"{_name(rng)}.js": f"/static/{_name(rng)}.{string(rng, HEX, 20)}.js"
                                               for _ in range(20)}, indent=1)


def addresses(rng):
    return "net/hosts.conf", "".join(f"host {_name(rng)} {{ hardware ethernet "
                                     f"{':'.join(string(rng, HEX, 2) for _ in range(6))}; fixed-address "
                                     f"10.0.{rng.randint(0, 254)}.{rng.randint(1, 254)}; option key "
                                     f"{rng.choice(words())}{rng.randint(1, 99)}; }}\n" for _ in range(10))


def protocol(rng):
    rows = "".join(f"  string {styled(secret_key(rng), 'snake')} = {i + 1};\n" for i in range(8))
    return "proto/auth.proto", f"message Login {{\n{rows}}}\n"


def visitor_keys(rng):
    return ("web/analytics.js", f"gtag('config', 'G-{string(rng, UPPER + DIGITS, 10)}');\n"
                                f"window.siteKey = 'UA-{string(rng, DIGITS, 8)}-1';\n"
                                f"var cacheKey = '{_name(rng)}:{rng.randint(1, 99)}';\n"
                                f"const chunkId = '{string(rng, HEX, 20)}';\n")


ALL = {function.__name__.replace("_", " "): function for function in (
    npm_lock, yarn_lock, go_sum, cargo_lock, composer_lock, checksums, minified, source_map, svg, css_fonts,
    html_integrity, import_map, certificate,
    public_keys, authorized_keys, known_hosts, sealed_secret, sops, translations, notebook_image, workflow,
    manifest_references,
    terraform_references, lexer_source, uuid_table, trace_log, api_answer, mail_headers, git_log, hex_dump,
    base64_prose, readme, open_api,
    model_code, typescript_types, manifest_hashes, addresses, protocol, visitor_keys, quoted_names,
    translated_properties, documented_passwords)}
