"""Words for people: messages, labels, placeholders."""
from corpus.chance import ALNUM, DIGITS, string
from corpus.decoys.kinds import LANGUAGE_WORDS, Decoy, kind, sentence
from corpus.keys import secret_key
from corpus.shapes import Shape


@kind("sentence")
def _(rng):
    return Decoy(secret_key(rng), sentence(rng), rng.choice(["quoted", "any", "config"]))


@kind("translation")
def _(rng):
    text = rng.choice(LANGUAGE_WORDS) + rng.choice(["", "", ":", " *", " vergessen?", " oublié ?", " (optional)"])
    shape = Shape("translation", rng.choice(["json", "yaml", "properties", "javascript", "php"]),
                  ("camel", "snake", "dotted"),
                  rng.choice(['  "{k}": "{v}",', '    "{k}" : "{v}",', "  {k}: '{v}',", "{k}={v}",
                              "    '{k}' => '{v}',"]))
    return Decoy(rng.choice([secret_key(rng), ["label", *secret_key(rng)], [*secret_key(rng), "placeholder"]]), text,
                 shape=shape)


@kind("log message")
def _(rng):
    return Decoy(rng.choice([["invalid", "token"], ["token", "error"], ["password", "message"], ["secret", "help"],
                             ["auth", "failure"], ["missing", "key"]]),
                 rng.choice([sentence(rng), sentence(rng).replace(" ", "_").lower(),
                             sentence(rng).replace(" ", "-").lower()]), rng.choice(["quoted", "any"]))


@kind("format string")
def _(rng):
    text = rng.choice(["%s:%s", "Bearer %s", "Bearer {}", "token %s", "{}-{}", "password=%s", "key-%d", "{0}.{1}.{2}",
                       "Basic ${b64}", "Token token=%s", "f-{id}-%02x", "secret/%s/data",
                       "%-20s %s", "{token}", "<%s>", "%(password)s", "Bearer \\(token)", "${user}:${pass}",
                       "#{id}:#{secret}", "user=%s&token=%s", "%08x%08x", "AKIA%s", "ghp_%s", "{:>32}"])
    return Decoy(secret_key(rng), text, "quoted")


@kind("regex")
def _(rng):
    text = rng.choice(["^[A-Za-z0-9_-]{20,}$", "[0-9a-f]{32}", r"\w+\.\w+\.\w+", "^(?=.*[A-Z])(?=.*\\d).{8,}$",
                       "ghp_[0-9A-Za-z]{36}", "/token=([^&]+)/", "^Bearer (.*)$", r"^\d{4,8}$",
                       "(?i)password\\s*[:=]\\s*(\\S+)", "[a-zA-Z]+[0-9]*", "^sk-[a-z]{2}.*", "AKIA[A-Z0-9]{16}",
                       "^.{12,}$", "[^\\s]+", "(?P<token>[^/]+)", "^[!-~]{8,64}$"])
    return Decoy(rng.choice([secret_key(rng), [*secret_key(rng), "pattern"], [*secret_key(rng), "regex"]]), text,
                 "quoted")


@kind("documentation sample")
def _(rng):
    text = rng.choice(["AKIAIOSFODNN7EXAMPLE", "my-api-key-123", "YOUR-API-KEY-1234", "sk-1234567890",
                       "ghp_1234567890abcdef", "token123", "abc123def456", "example.com-token", "s3cr3t-example",
                       "MyExamplePassword",
                       "EXAMPLEKEY" + string(rng, ALNUM, 10), "xoxb-your-token", "pk_example_123456", "Example123!",
                       "demo-password", "p4ssw0rd-example", "exampleToken" + string(rng, DIGITS, 4), "eyJhbGciOi..."])
    return Decoy(secret_key(rng), text, "any", rng.choice(["docs", "docs", "test"]))
