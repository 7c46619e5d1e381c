"""Values that are drawn, and public."""
import base64

from corpus import values
from corpus.chance import ALNUM, DIGITS, HEX, LOWER, UPPER, some, string, words
from corpus.decoys.kinds import Decoy, code, kind
from corpus.keys import password_key, secret_key, styled
from corpus.shapes import Shape


def _under(rng, keys, value, place="any", room=None):
    return Decoy(list(rng.choice(keys)), value, place, room)


@kind("hash under a checksum key")
def _(rng):
    text = string(rng, HEX, rng.choice([32, 40, 64, 64, 96, 128]))
    return _under(rng, [["sha256"], ["checksum"], ["md5"], ["digest"], ["file", "hash"], ["password", "hash"],
                        ["token", "hash"], ["sha1", "sum"], ["etag"], ["content", "hash"], ["fingerprint"],
                        ["key", "fingerprint"],
                        ["integrity"], ["source", "hash"], ["api", "key", "hash"], ["expected", "sha256"],
                        ["cache", "key"], ["thumbprint"], ["key", "hash"]], text, rng.choice(["any", "lock"]))


@kind("named hash")
def _(rng):
    data = rng.randbytes(32)
    text = rng.choice(["sha256:" + data.hex(), "sha256-" + base64.b64encode(data).decode(),
                       "sha512-" + base64.b64encode(data + data).decode(),
                       "SHA256:" + base64.b64encode(data).decode().rstrip("="),
                       "md5:" + data[:16].hex(), "h1:" + base64.b64encode(data).decode(), "sha1-" + data[:20].hex(),
                       "sha384-" + base64.b64encode(data + data[:16]).decode(), "0x" + data.hex()])
    return Decoy(rng.choice([secret_key(rng), ["integrity"], ["image"], ["key", "fingerprint"],
                             ["public", "key", "hash"], ["token", "digest"]]), text, rng.choice(["any", "lock"]))


@kind("password hash")
def _(rng):
    salt = string(rng, ALNUM + "./", 22)
    text = rng.choice(["$2b$12$" + salt + string(rng, ALNUM + "./", 31),
                       "$2y$10$" + salt + string(rng, ALNUM + "./", 31),
                       "$6$" + salt[:16] + "$" + string(rng, ALNUM + "./", 86),
                       "$argon2id$v=19$m=65536,t=3,p=4$" + salt + "$" + string(rng, ALNUM + "+/", 43),
                       "pbkdf2_sha256$600000$" + salt + "$" + base64.b64encode(rng.randbytes(32)).decode(),
                       "{SSHA}" + base64.b64encode(rng.randbytes(24)).decode(),
                       "$apr1$" + salt[:8] + "$" + string(rng, ALNUM + "./", 22),
                       "$1$" + salt[:8] + "$" + string(rng, ALNUM + "./", 22)])
    return Decoy(password_key(rng), text, rng.choice(["any", "quoted", "config"]))


@kind("uuid under an id key")
def _(rng):
    return _under(rng, [["id"], ["request", "id"], ["token", "id"], ["key", "id"], ["secret", "id", "ref"],
                        ["tenant", "id"], ["client", "id"], ["correlation", "id"], ["session", "uuid"],
                        ["user", "uuid"], ["trace", "id"],
                        ["credential", "id"], ["idempotency", "key"], ["object", "key"], ["row", "key"],
                        ["partition", "key"], ["primary", "key"], ["device", "guid"]], values.uuid_key(rng),
                        rng.choice(["any", "quoted"]))


@kind("test uuid")
def _(rng):
    digit = rng.choice(HEX)
    text = rng.choice(["00000000-0000-0000-0000-00000000000" + digit, "-".join([digit * 8, digit * 4, "4" + digit * 3,
        "8" + digit * 3, digit * 12]), "123e4567-e89b-12d3-a456-426614174000"])
    return Decoy(secret_key(rng), text, "any", rng.choice(["test", "docs"]))


@kind("commit")
def _(rng):
    return _under(rng, [["commit"], ["rev"], ["revision"], ["git", "sha"], ["ref"], ["head"], ["source", "commit"],
                        ["vcs", "ref"], ["build", "rev"], ["base", "sha"]],
                        string(rng, HEX, rng.choice([7, 8, 12, 40, 40])), rng.choice(["any", "lock", "config"]))


@kind("build id")
def _(rng):
    text = rng.choice([f"build-{rng.randint(100, 99999)}", string(rng, HEX, 8) + f"-{rng.randint(1, 99)}",
                       string(rng, ALNUM, 21),
                       f"{rng.randint(2019, 2026)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}.{rng.randint(1, 40)}"])
    return _under(rng, [["build", "id"], ["release", "id"], ["chunk", "name"], ["build", "key"], ["cache", "key"],
                        ["deployment", "id"]], text)


@kind("paging token")
def _(rng):
    text = rng.choice([values.base64_key, values.base64url_key, values.hexadecimal])(rng)
    return _under(rng, [["next", "token"], ["next", "page", "token"], ["continuation", "token"], ["page", "token"],
                        ["cursor"], ["after", "cursor"], ["sync", "token"], ["scroll", "id"], ["marker"],
                        ["start", "key"], ["resume", "token"], ["last", "evaluated", "key"], ["change", "token"]], text,
                        rng.choice(["any", "json", "quoted"]))


@kind("public key")
def _(rng):
    raw = base64.b64encode(rng.randbytes(rng.choice([32, 33, 65, 91]))).decode()
    text = rng.choice([raw, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + raw[:43],
                       "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" + raw,
                       "age1" + string(rng, LOWER.replace("b", "").replace("i", "").replace("o", "") + "023456789", 58),
                       "pk_" + string(rng, ALNUM, 24), "0x04" + rng.randbytes(64).hex(), "RW" + raw])
    return _under(rng, [["public", "key"], ["pubkey"], ["verify", "key"], ["site", "key"], ["publishable", "key"],
                        ["recaptcha", "site", "key"], ["vapid", "public", "key"], ["host", "key"], ["public", "token"],
                        ["trusted", "key"], ["minisign", "public", "key"]], text, rng.choice(["any", "quoted"]))


@kind("certificate body")
def _(rng):
    return _under(rng, [["certificate"], ["ca"], ["cert"], ["ca", "bundle"], ["tls", "crt"],
                        ["certificate", "authority", "data"], ["client", "certificate", "data"]],
                        "MII" + base64.b64encode(rng.randbytes(rng.choice([45, 60, 90]))).decode(),
                        rng.choice(["config", "any"]))


@kind("encrypted value")
def _(rng):
    raw = base64.b64encode(rng.randbytes(rng.choice([32, 48, 96]))).decode()
    text = rng.choice([f"ENC[AES256_GCM,data:{raw[:24]},iv:{raw[:43]}=,tag:{raw[:22]}==,type:str]", f"ENC({raw})",
                       "AgB" + base64.b64encode(rng.randbytes(120)).decode(), "!vault |",
                       "{cipher}" + rng.randbytes(48).hex(),
                       "vault:v1:" + raw, "ENC[PKCS7,MIIB" + raw + "]", "AQICAH" + raw, "{AES}" + raw,
                       "$ANSIBLE_VAULT;1.1;AES256", "secure: " + raw, "DEC::GPG{" + raw + "}", "kms:" + raw,
                       "hQEMA" + raw])
    return Decoy(secret_key(rng), text, rng.choice(["any", "config", "config"]))


@kind("base64 of words")
def _(rng):
    text = rng.choice([" ".join(some(rng, rng.randint(3, 9))), "{\"%s\":\"%s\"}" % tuple(some(rng, 2)), "<svg xmlns=",
                       "Hello, " + rng.choice(words("names")), "user:" + "password",
                       "#!/bin/sh\necho " + rng.choice(words())])
    return Decoy(rng.choice([secret_key(rng), ["data"], ["payload"], ["content"], ["body"], ["user", "data"]]),
                 base64.b64encode(text.encode()).decode(), "any", rng.choice([None, "test"]))


@kind("embedded image")
def _(rng):
    text = rng.choice(["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA", "iVBORw0KGgoAAAANSUhEUgAA",
                       "R0lGODlhAQABAIAAAAAAAP", "/9j/4AAQSkZJRgABAQAAAQ",
                       "data:font/woff2;base64,d09GMgABAAAAA"]) + base64.b64encode(rng.randbytes(48)).decode()
    return _under(rng, [["icon"], ["key", "icon"], ["token", "logo"], ["src"], ["password", "icon"],
                        ["secret", "image"]], text, rng.choice(["any", "quoted", "css"]))


@kind("svg path")
def _(rng):
    text = "M" + " ".join(f"{rng.uniform(0, 24):.2f},{rng.uniform(0, 24):.2f}{rng.choice('clhvzLC')}"
                          for _ in range(rng.randint(3, 8)))
    return _under(rng, [["d"], ["path"], ["key", "path"], ["password", "icon"], ["token", "glyph"]], text,
                  rng.choice(["quoted", "json"]))


@kind("minified")
def _(rng):
    a, b, c, d = (rng.choice(LOWER) for _ in range(4))
    text = rng.choice([f"{a}.{b}({c}),{d}=!0", f"function({a}){{return {b}[{a}]}}", f"{a}?{b}.token:null",
                       f"n({rng.randint(100, 9999)})", f"void 0!=={a}.key?{a}.key:{b}", f"{a}={b}||{c}.{d}"])
    key = secret_key(rng)
    return Decoy(key, text, shape=Shape("minified", "javascript", ("camel",),
                                        rng.choice(["!function(e,t){{var n=e.n;n.{k}={v};return t}}(a,b);",
                                                    "e.exports={{{k}:{v},x:1}},t.d=n", "var r=1,{k}={v},o=2;"])))


@kind("cookie name")
def _(rng):
    text = rng.choice(["XSRF-TOKEN", "csrftoken", "_csrf", "X-CSRF-Token", "JSESSIONID", "connect.sid", "PHPSESSID",
                       "X-Auth-Token", "X-Api-Key", "access_token", "refresh_token", "__Host-session",
                       "remember_me_token", "X-Vault-Token", "Authorization", "authenticity_token",
                       "__RequestVerificationToken", "x-amz-security-token", "laravel_session", "oauth_token_secret",
                       "X-Goog-Api-Key", "PRIVATE-TOKEN"])
    return Decoy(rng.choice([secret_key(rng), ["token", "header"], ["cookie", "name"], ["csrf", "token", "name"],
                             ["auth", "cookie"], ["api", "key", "header"], ["token", "field"]]), text,
                             rng.choice(["quoted", "any"]))


@kind("algorithm")
def _(rng):
    text = rng.choice(["HS256", "RS256", "aes-256-gcm", "AES/CBC/PKCS5Padding", "bcrypt", "pbkdf2-hmac-sha256",
                       "SHA-512", "ed25519", "RSA-OAEP-256", "ECDSA_P256", "argon2id", "hmac-sha1", "ssh-rsa",
                       "urn:ietf:params:oauth:token-type:jwt", "client_credentials", "authorization_code",
                       "client_secret_basic", "client_secret_post", "private_key_jwt", "Bearer", "bearer", "Basic",
                       "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer", "PLAIN", "SCRAM-SHA-256",
                       "scram-sha-256", "md5", "x-www-form-urlencoded", "application/json"])
    return Decoy(rng.choice([secret_key(rng), ["token", "type"], ["key", "type"], ["auth", "method"],
                             ["password", "encoding"], ["token", "endpoint", "auth", "method"], ["key", "algorithm"]]),
                             text, rng.choice(["quoted", "config", "any"]))


@kind("scope")
def _(rng):
    text = rng.choice(["{c}:read", "{c}:write", "read:{c}", "repo,user:email", "openid profile email", "{c}.readonly",
                       "admin:{c}", "https://auth.host.example/{c}.readonly", "secretmanager.versions.access",
                       "s3:GetObject", "secretsmanager:GetSecretValue", "iam.serviceAccounts.{c}",
                       "roles/{c}.admin"]).format(c=rng.choice(words("code")))
    return Decoy(rng.choice([secret_key(rng), ["token", "scope"], ["auth", "scopes"], ["token", "permissions"]]), text,
                 rng.choice(["quoted", "config", "any"]))


@kind("form field")
def _(rng):
    return Decoy(rng.choice([["password", "type"], ["type"], ["input", "type"], password_key(rng)]),
                 rng.choice(["password", "text", "hidden", "current-password", "new-password", "one-time-code",
                             "password_confirmation", "Password123*", "off"]),
                 shape=Shape("form field", "html", ("camel", "kebab"),
                             rng.choice(['<input name="pw" {k}="{v}" autocomplete="off">',
                                         '<label for="{v}" data-{k}="{v}">',
                                         '<Field component={{Input}} {k}="{v}" />'])))


@kind("column type")
def _(rng):
    text = rng.choice(["VARCHAR(255)", "varchar(64)", "TEXT", "CHAR(60)", "character varying(128)", "BYTEA", "string",
                       "models.CharField(max_length=128)", "Column(String(255))", "t.string", "DataTypes.STRING",
                       "sa.Column(sa.Text)", "uuid", "NVARCHAR(100)", "BLOB"])
    return Decoy(secret_key(rng), text, shape=Shape("column", rng.choice(["sql", "python", "ruby"]), ("snake",),
                                                    rng.choice(["  {k} {v} NOT NULL,", "    {k} = {v}",
                                                        "ALTER TABLE users ADD COLUMN {k} {v};", "    {k}: {v},"])))


@kind("css")
def _(rng):
    text = rng.choice(["#" + string(rng, HEX, 6), "#" + string(rng, HEX, 3), "btn btn-primary", "form-control",
                       "token-list__item", "password-field", "is-invalid", "1px solid #ccc", "var(--token-color)",
                       "rgba(0,0,0,.5)", "text-gray-500", "flex-1", "token.keyword", "hljs-string", "12px", "100%",
                       "0 2px 4px rgba(0,0,0,0.1)", "col-md-6", "token operator", "cm-keyword"])
    return Decoy(rng.choice([["token", "class"], ["class", "name"], ["password", "class"], ["key", "color"],
                             ["token", "color"], ["token", "style"], secret_key(rng)]), text,
                             rng.choice(["quoted", "css", "json"]))


@kind("version")
def _(rng):
    text = rng.choice(["{}.{}.{}", "v{}.{}.{}", "^{}.{}.{}", "~>{}.{}", ">={}.{},<{}", "{}.{}.{}-beta.1",
                       "{}.{}.{}+build.7", "{}.x"]).replace("{}", "%d")
    text = text % tuple(rng.randint(0, 30) for _ in range(text.count("%d")))
    return Decoy(rng.choice([["jsonwebtoken"], ["password", "hash"], ["token", "version"], ["secret", "manager"],
                             ["keyv"], ["api", "key", "version"], ["auth", "version"], ["passport"], ["tokenizer"],
                             ["csrf", "token"], secret_key(rng)]), text, rng.choice(["json", "toml", "config", "any"]))


@kind("date")
def _(rng):
    day = f"{rng.randint(2015, 2027)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    text = rng.choice([day, day + "T10:00:00Z", day + " 12:30", day.replace("-", ""), day + "T00:00:00+02:00",
                       str(rng.randint(1400000000, 1800000000))])
    return Decoy(rng.choice([["token", "expires"], ["password", "changed", "at"], ["key", "created"],
                             ["secret", "rotated", "on"], ["token", "issued", "at"], ["expires"], secret_key(rng)]),
                             text)


@kind("number")
def _(rng):
    text = rng.choice([str(rng.randint(0, 100000)), "3600", "86400", "0", "-1", "3.14", "0x1f", "1e6", "30s", "5m",
                       "24h", "1_000", "256", "4096", "60 * 60"])
    return Decoy(rng.choice([["token", "expiry"], ["password", "length"], ["max", "tokens"], ["token", "ttl"],
                             ["key", "size"], ["key", "code"], ["secret", "count"], ["password", "min", "length"],
                             ["num", "tokens"], ["pin", "timeout"], ["token", "count"]]), text,
                             rng.choice(["expression", "config"]))


@kind("numeric id")
def _(rng):
    return _under(rng, [["key", "id"], ["token", "id"], ["account", "id"], ["chat", "id"], ["app", "id"],
                        ["user", "id"], ["client", "id"], ["secret", "version"], ["project", "number"],
                        ["api", "key", "id"]],
                  rng.choice([string(rng, DIGITS, rng.randint(5, 19)), string(rng, UPPER + DIGITS, 10),
                              string(rng, ALNUM, 11), "app-" + string(rng, DIGITS, 6),
                              "client_" + string(rng, LOWER + DIGITS, 12)]))


@kind("lexer token")
def _(rng):
    text = rng.choice(["=>", "==", "&&", "//", "/*", "TOKEN_IDENT", "T_STRING", "tok::kw_return", "Token.Name.Function",
                       "SyntaxKind.OpenBraceToken", "LPAREN", "keyword.operator", "EOF", "#{", "<<-", "'''", "...",
                       "?.", "TokenKind::Plus", "string.quoted.double", "WHITESPACE", "identifier",
                       "punctuation.definition.string"])
    return Decoy(rng.choice([["token"], ["next", "token"], ["token", "type"], ["end", "token"], ["start", "token"],
                             ["key"], ["pad", "token"], ["token", "kind"]]), text, rng.choice(["quoted", "expression"]))


@kind("model token")
def _(rng):
    text = rng.choice(["<s>", "</s>", "[CLS]", "[SEP]", "[MASK]", "<|endoftext|>", "<pad>", "<unk>",
                       "Ġ" + rng.choice(words()), "##" + rng.choice(words()), "▁" + rng.choice(words()),
                       "<|im_start|>"])
    return Decoy(rng.choice([["bos", "token"], ["eos", "token"], ["pad", "token"], ["unk", "token"], ["mask", "token"],
                             ["token"]]), text, rng.choice(["json", "quoted"]))


@kind("key of a map")
def _(rng):
    text = rng.choice([styled(code(rng, 2), rng.choice(["camel", "snake", "kebab", "dotted"])),
                       rng.choice(["ArrowUp", "Enter", "Escape", "ctrl+shift+p", "cmd+k", "F12", "Backspace",
                                   "alt+enter"]), "/".join(code(rng, 2)), ":".join(code(rng, 3)),
                                   f"{rng.choice(words('code'))}-{rng.randint(1, 999)}"])
    return _under(rng, [["key"], ["cache", "key"], ["storage", "key"], ["sort", "key"], ["primary", "key"],
                        ["foreign", "key"], ["key", "binding"], ["row", "key"], ["local", "storage", "key"],
                        ["query", "key"], ["routing", "key"], ["translation", "key"], ["group", "key"],
                        ["registry", "key"], ["hot", "key"], ["config", "key"]],
                  text, rng.choice(["quoted", "any"]))


@kind("module name")
def _(rng):
    text = rng.choice(["@{}/{}-auth", "{}-{}", "{}_{}", "github.com/{}/{}", "{}/{}:latest", "{}.{}.tokens",
                       "python3-{}-{}", "lib{}{}-dev"]).format(*code(rng, 2))
    return Decoy(rng.choice([secret_key(rng), ["auth", "module"], ["secret", "provider"], ["token", "service"],
                             ["credential", "helper"], ["password", "plugin"]]), text,
                             rng.choice(["quoted", "config", "any"]))


@kind("import map")
def _(rng):
    return _under(rng, [["token"], ["auth"], ["password", "field"], ["secret", "store"], ["key", "value"]],
                  rng.choice(["./", "../", "@/", "~/"]) + "/".join(code(rng, 2)) + rng.choice([".js", ".vue", "", ".ts",
                      f".{string(rng, HEX, 8)}.js"]), rng.choice(["json", "quoted"]))


@kind("alphabet")
def _(rng):
    text = rng.choice(["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                       "0123456789abcdefghijklmnopqrstuvwxyz", "!@#$%^&*()_+", "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "aeiouAEIOU",
                       "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"])
    return Decoy(rng.choice([["password", "chars"], ["key", "alphabet"], ["token", "charset"], ["secret", "characters"],
                             secret_key(rng)]), text, "quoted")


@kind("comparison")
def _(rng):
    text = rng.choice(["None", "null", "nil", "undefined", "''", "true", "false", "other.token", "b''", "Some(t)",
                       "&token[..8]", "x[1:]", "!token", "&key", "*secret", "new Token()", "[]", "{}", "token || ''",
                       "i + 1", "len(tokens)", "tokens[i]", "argv[2]", "$1", "self", "x", "it", "-> str"])
    return Decoy(secret_key(rng), text, "expression")


@kind("test fixture drawn")
def _(rng):
    """Drawn at random, but the words round it say that it opens nothing."""
    text = rng.choice(["test", "dummy", "fake", "example", "invalid", "mock", "sample",
                       "notreal"]) + rng.choice("-_") + rng.choice([values.alnum,
                           values.hexadecimal])(rng)[:rng.choice([8, 16, 32])]
    return Decoy(secret_key(rng), text, rng.choice(["any", "quoted"]), "test")


@kind("state or nonce")
def _(rng):
    return _under(rng, [["nonce"], ["csrf", "nonce"], ["code", "challenge"], ["etag"], ["boundary"],
                        ["visitor", "id"], ["ga", "id"], ["request", "signature", "time"], ["seed", "id"],
                        ["salt", "length"], ["message", "id"], ["device", "id"], ["anonymous", "id"],
                        ["analytics", "id"], ["public", "id"], ["key", "name"], ["video", "id"], ["playlist", "key"],
                        ["track", "id"]],
                  rng.choice([values.alnum, values.base64url_key, values.hexadecimal])(rng))


@kind("kubernetes name")
def _(rng):
    text = "-".join([*code(rng, rng.choice([1, 2])), rng.choice(["tls", "secret", "creds", "credentials", "token",
        "auth", "config"])]) + rng.choice(["", "", "-" + string(rng, "bcdfghjklmnpqrstvwxz2456789", 5)])
    return Decoy(rng.choice([["secret", "name"], ["name"], ["image", "pull", "secrets"], ["secret"],
                             ["credentials", "secret"], ["tls", "secret"], ["token", "secret", "name"],
                             ["existing", "secret"]]), text, rng.choice(["yaml", "kubernetes", "hcl"]))


@kind("user name")
def _(rng):
    return Decoy(rng.choice([["user"], ["user", "name"], ["db", "user"], ["login"], ["auth", "user"],
                             ["account", "name"], ["client", "id"], ["key", "owner"], ["token", "name"],
                             ["access", "key", "name"]]),
                 rng.choice([rng.choice(words("names")), "admin", "root", "postgres",
                             "svc-" + rng.choice(words("code")), rng.choice(words("names")) + str(rng.randint(1, 99)),
                             "app_user", "sa", "deploy-bot"]))
