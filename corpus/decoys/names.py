"""What a program calls things: names and expressions."""
from corpus.chance import ALNUM, LOWER, string, words
from corpus.decoys.kinds import NOUNS, VERBS, Decoy, code, kind
from corpus.keys import secret_key, styled


@kind("identifier camel")
def _(rng):
    return Decoy(secret_key(rng), styled([*code(rng), rng.choice(NOUNS).lower(), *code(rng, rng.choice([1, 2]))],
                                         "camel"),
                 rng.choice(["expression", "any"]))


@kind("identifier verb")
def _(rng):
    text = rng.choice(VERBS) + styled([rng.choice(NOUNS), *rng.choice([[], ["from", *code(rng, 1)], code(rng, 1)])],
                                      "pascal")
    return Decoy(secret_key(rng), text, rng.choice(["expression", "quoted"]))


@kind("identifier snake")
def _(rng):
    style = rng.choice(["snake", "snake", "scream"])
    return Decoy(secret_key(rng), styled([*code(rng), *secret_key(rng)], style) + rng.choice(["", "",
        str(rng.randint(1, 3))]),
                 rng.choice(["expression", "any"]))


@kind("identifier kebab")
def _(rng):
    parts = [*rng.choice([["my"], ["the"], code(rng, 1)]), *code(rng, rng.choice([1, 2])),
             rng.choice(["secret", "token", "password", "key", "credentials", "tls", "auth"])]
    return Decoy(rng.choice([secret_key(rng), ["secret", "name"], ["existing", "secret"], ["secret", "ref"],
                             ["token", "secret", "ref"]]),
                 "-".join(parts), rng.choice(["config", "any"]))


@kind("enum constant")
def _(rng):
    text = rng.choice(["", styled(code(rng, 1), "pascal") + ".",
                       styled(code(rng, 2), "pascal") + "::"]) + styled([*code(rng), *secret_key(rng)], "scream")
    return Decoy(secret_key(rng), text, "expression" if "." in text or ":" in text else rng.choice(["expression",
        "any"]))


@kind("property path")
def _(rng):
    root = rng.choice(["this", "self", "config", "options", "props", "state", "req.body", "request.headers", "settings",
                       "ctx",
                       "user", "data", "cfg", "args", "params", "form", "event", "res.data", "app.config", "var",
                       "local"])
    key = secret_key(rng)
    parts = [*code(rng, rng.choice([0, 1]) or 1), *secret_key(rng)]
    return Decoy(key, f"{root}.{styled(parts, rng.choice(['camel', 'snake', 'dotted']))}", "expression")


@kind("dotted name")
def _(rng):
    return Decoy(secret_key(rng), ".".join([rng.choice(["com", "org", "io", "app", "spring", "auth", "form", "label"]),
                                            *code(rng, rng.choice([1, 2, 3])), *secret_key(rng)]),
                 rng.choice(["any", "config"]))


@kind("type name")
def _(rng):
    text = styled([*code(rng, rng.choice([1, 2])), rng.choice(["token", "secret", "credential", "string", "provider",
        "key"])], "pascal")
    text = rng.choice([text, text, f"Option<{text}>", f"{text}[]", f"List<{text}>", "string", "Optional[str]",
                       "SecretStr", "&str", "std::string_view", "[]byte", "SecureString", "IToken" + text])
    return Decoy(secret_key(rng), text, "expression")


@kind("function call")
def _(rng):
    text = rng.choice(["", rng.choice(words("code")) + ".", "await ", "self.",
                       "utils."]) + rng.choice(VERBS) + styled([rng.choice(NOUNS)], "pascal")
    argument = rng.choice(["", "user", "16", '"name"', "request", "ctx, id", "32", f'"{rng.choice(words("code"))}"'])
    return Decoy(secret_key(rng), f"{text}({argument})", "expression")


@kind("random call")
def _(rng):
    text = rng.choice(["crypto.randomBytes(32).toString('hex')", "secrets.token_urlsafe(32)", "uuid4().hex",
                       "SecureRandom.hex(64)",
                       "os.urandom(24)", "base64.b64encode(os.urandom(32))", "bin2hex(random_bytes(16))",
                       "rand.Text(20)",
                       "Guid.NewGuid().ToString()", "RandomStringUtils.randomAlphanumeric(20)",
                       "Math.random().toString(36).slice(2)",
                       "hashlib.sha256(seed).hexdigest()", "$(openssl rand -hex 32)", "`pwgen 20 1`",
                       "random_password.db.result",
                       "base64encode(random_id.key.hex)", "Faker::Internet.password", "bcrypt.hashSync(password, 10)"])
    return Decoy(secret_key(rng), text, "expression")


@kind("environment lookup")
def _(rng):
    name = styled(secret_key(rng), "scream")
    text = rng.choice(["os.environ['{}']", 'os.environ["{}"]', "os.environ.get('{}')", 'os.Getenv("{}")',
                       "process.env.{}", "ENV['{}']", "ENV.fetch('{}')",
                       'System.getenv("{}")', "getenv('{}')", "env('{}')", 'std::env::var("{}")?',
                       'Environment.GetEnvironmentVariable("{}")',
                       "$ENV{{{}}}", "import.meta.env.VITE_{}", 'viper.GetString("{}")', "Deno.env.get('{}')",
                       'config("{}")',
                       "settings.{}", "app.config['{}']", 'std::getenv("{}")', "env.{}", "secrets.{}"]).format(name)
    return Decoy(secret_key(rng), text, "expression")


@kind("variable reference")
def _(rng):
    name = styled(secret_key(rng), rng.choice(["scream", "snake"]))
    text = rng.choice(["${%s}", "$%s", "$(%s)", "%%%s%%", "${%s:-}", "${%s:?missing}", "!Ref %s", "@%s", "#{%s}",
                       "%%(%s)s", "$env:%s", "&%s", "*%s"]) % name
    return Decoy(secret_key(rng), text, rng.choice(["config", "any"]))


@kind("template")
def _(rng):
    name = styled(secret_key(rng), rng.choice(["snake", "camel", "scream"]))
    text = rng.choice(["{{ %s }}", "{{%s}}", "{{ .Values.%s }}", "${{ secrets.%s }}", "<%%= %s %%>", "${var.%s}",
                       "{%s}", "#{%s}",
                       "{{ lookup('env', '%s') }}", "{{ %s | quote }}", "{{ .Values.auth.%s | b64enc }}", "__%s__",
                       "[[ %s ]]",
                       "${local.%s}", "@@%s@@", "$[%s]", "{{ vault_%s }}", "%%%%%s%%%%",
                       "${data.vault_secret.%s.value}",
                       "{{- include \"%s\" . -}}"]) % name
    return Decoy(secret_key(rng), text, rng.choice(["any", "config"]))


@kind("angle placeholder")
def _(rng):
    text = rng.choice(["<your {}>", "<{}>", "<insert {} here>", "<YOUR_{}>", "[your {}]", "[{}]", "(your {})",
                       "<my-{}>", "<the {} from the console>"])
    name = rng.choice([" ", "_", "-"]).join(secret_key(rng))
    return Decoy(secret_key(rng), text.format(name.upper() if "YOUR_" in text or rng.random() < 0.3 else name), "any",
                 rng.choice([None, "docs"]))


@kind("placeholder")
def _(rng):
    name = styled(secret_key(rng), rng.choice(["snake", "kebab"]))
    text = rng.choice(["changeme", "change-me", "CHANGEME", "change_me_please", "CHANGE_THIS", "replace-me",
                       "REPLACE_ME", "your_{n}", "your-{n}-here",
                       "YOUR_{N}", "YOUR_{N}_HERE", "my-{n}", "my_{n}", "example-{n}", "EXAMPLE_{N}", "insert_{n}_here",
                       "todo", "TBD", "none", "null",
                       "undefined", "placeholder", "{n}_placeholder", "dummy-{n}", "dummy_{n}", "fake-{n}", "fake_{n}",
                       "sample_{n}", "test_{n}", "test-{n}",
                       "some-{n}", "a-very-secret-{n}", "supersecret{n}", "the_{n}", "not-a-real-{n}", "invalid-{n}",
                       "bad_{n}", "wrong-{n}", "mock-{n}",
                       "put-your-{n}-here", "enter-{n}", "YourSuperSecret{n}", "redacted", "REDACTED", "secret",
                       "Secret", "password", "Password", "{n}", "{n}1",
                       "changeit", "changeit!", "ChangeMe123!", "change-this-in-production", "set-me", "fill_me_in",
                       "paste-here", "xxx-your-{n}-xxx", "default", "empty"])
    return Decoy(secret_key(rng), text.replace("{n}", name).replace("{N}", name.upper()), "any",
                 rng.choice([None, None, "docs", "test"]))


@kind("sequence")
def _(rng):
    text = rng.choice(["1234567890", "0123456789abcdef", "abcdefghijklmnop", "abc123", "abcd1234",
                       "1234567890abcdef1234567890abcdef", "deadbeef", "deadbeefcafebabe",
                       "00000000000000000000000000000000", "11111111-2222-3333-4444-555555555555",
                       "aaaaaaaaaaaaaaaaaaaa", "foobar", "foo", "bar", "foobarbaz", "xyzzy", "abcdef123456",
                       "123-456-789", "0000-0000", "aaaa-bbbb-cccc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                       "ffffffffffffffff", "fedcba9876543210", "abcdefg1234567",
                       "test", "test123", "testtest", "testing123", "secret123", "mysecret", "my-secret", "topsecret",
                       "sekret", "pass", "p", "x"])
    return Decoy(secret_key(rng), text, "any", rng.choice(["test", "test", "docs"]))


@kind("mask")
def _(rng):
    size = rng.randint(3, 40)
    text = rng.choice(["*" * size, "x" * size, "X" * size, "." * min(size, 6), "•" * min(size, 12), "-" * size,
                       "#" * size, "?" * min(size, 6), "[REDACTED]", "<redacted>",
                       "***REMOVED***", "[FILTERED]", "[hidden]", "(sensitive value)", "<sensitive>", "sk-...",
                       "abc...xyz", "xxxx-xxxx-xxxx", "XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX",
                       string(rng, ALNUM, 4) + "*" * size, "*" * size + string(rng, ALNUM, 4),
                       string(rng, LOWER, 3) + "..." + string(rng, LOWER, 3), "ghp_" + "x" * 36,
                       "sk_test_" + "X" * 24, "AKIA" + "X" * 16])
    return Decoy(secret_key(rng), text, "any", rng.choice([None, "docs", "test"]))


@kind("test dummy")
def _(rng):
    first = rng.choice(["test", "dummy", "fake", "mock", "sample", "example", "unit", "stub", "my", "some", "foo",
                        "demo", "valid", "invalid", "expired", "old", "new", "wrong", "bad", "good"])
    text = rng.choice(["-", "_", "", " "]).join([first, *rng.choice([secret_key(rng), [rng.choice(NOUNS)],
        code(rng, 1)])]) + rng.choice(["", "", "", "1", "2", "123", "-abc", "-123", "_xyz"])
    return Decoy(secret_key(rng), text, rng.choice(["any", "quoted", "quoted"]), "test")


@kind("short dummy")
def _(rng):
    return Decoy(secret_key(rng), rng.choice(["a", "b", "abc", "t", "tok", "k", "key", "xyz", "pw", "s", "12", "123",
                                              "1", "0", "on", "off", "yes", "no", "true", "false", "none", "null",
                                              "nil", "None", "N/A", "-", "auto", "id", "any", "all"]),
                 rng.choice(["any", "config", "expression"]))
