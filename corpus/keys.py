"""What secrets are called. A key is a list of lower-case words; a style joins them as a language does."""
from corpus.chance import weighted, words

PASSWORDS = {("password",): 12, ("passwd",): 3, ("pwd",): 3, ("pass",): 3, ("db", "password"): 6, ("db", "pass"): 3,
             ("database", "password"): 3, ("admin", "password"): 4, ("root", "password"): 3, ("user", "password"): 2,
             ("mysql", "root", "password"): 2, ("postgres", "password"): 3, ("redis", "password"): 2,
             ("smtp", "password"): 3,
             ("mail", "password"): 2, ("ftp", "password"): 1, ("ldap", "bind", "password"): 1,
             ("keystore", "password"): 2,
             ("key", "store", "password"): 1, ("truststore", "password"): 1, ("rabbitmq", "default", "pass"): 1,
             ("passphrase",): 2, ("proxy", "password"): 1, ("default", "password"): 1, ("ssh", "pass"): 1,
             ("wifi", "password"): 1, ("basic", "auth", "password"): 1, ("service", "password"): 1,
             ("login", "password"): 1,
             ("credentials",): 1, ("encryption", "passphrase"): 1, ("vault", "password"): 1, ("sudo", "pass"): 1}
KEYS = {("secret",): 5, ("secret", "key"): 7, ("api", "key"): 10, ("api", "token"): 5, ("token",): 7,
        ("access", "token"): 6,
        ("auth", "token"): 5, ("client", "secret"): 7, ("app", "secret"): 4, ("api", "secret"): 4, ("jwt", "secret"): 4,
        ("session", "secret"): 3, ("private", "key"): 2, ("encryption", "key"): 3, ("signing", "key"): 2,
        ("webhook", "secret"): 3, ("master", "key"): 2, ("refresh", "token"): 2, ("bearer", "token"): 2,
        ("service", "key"): 1, ("secret", "key", "base"): 2, ("cookie", "secret"): 2, ("hmac", "key"): 1,
        ("consumer", "secret"): 1, ("shared", "secret"): 2, ("deploy", "token"): 1, ("license", "key"): 1,
        ("account", "key"): 1, ("access", "key"): 2, ("auth", "key"): 1, ("bot", "token"): 1, ("authorization",): 1,
        ("storage", "key"): 1, ("password", "salt"): 1, ("hash", "salt"): 1, ("iv",): 1, ("pepper",): 1,
        ("cookie", "key"): 1, ("session", "id"): 1, ("publish", "token"): 1, ("oauth", "client", "secret"): 1, ("verification", "token"): 1,
        ("registration", "token"): 1, ("aes", "key"): 1, ("credential",): 1, ("signature", "secret"): 1, ("salt",): 1,
        ("api", "access", "key"): 1, ("x", "api", "key"): 1, ("totp", "secret"): 1, ("key",): 1, ("auth",): 1}
PINS = {("pin",): 5, ("password",): 4, ("pin", "code"): 3, ("passcode",): 3, ("user", "pin"): 1, ("sim", "pin"): 1,
        ("pass",): 1, ("pwd",): 1}


def _name(rng, table):
    key = list(weighted(rng, table))
    if rng.random() < 0.25:  # whose it is
        key.insert(0, rng.choice(words("code") + words()[:300]))
    if rng.random() < 0.05:
        key.append(rng.choice(["prod", "dev", "2", "old", "value", "new", "default", "staging"]))
    return key


def password_key(rng):
    return _name(rng, PASSWORDS)


def token_key(rng):
    return _name(rng, KEYS)


def pin_key(rng):
    return _name(rng, PINS)


def secret_key(rng):
    return rng.choice([password_key, token_key])(rng)


STYLES = {
    "snake": lambda parts: "_".join(parts),
    "scream": lambda parts: "_".join(parts).upper(),
    "camel": lambda parts: parts[0] + "".join(part.capitalize() for part in parts[1:]),
    "pascal": lambda parts: "".join(part.capitalize() for part in parts),
    "kebab": lambda parts: "-".join(parts),
    "dotted": lambda parts: ".".join(parts),
    "flat": lambda parts: "".join(parts),
    "header": lambda parts: "-".join(part.capitalize() for part in parts),
    "spaced": lambda parts: " ".join(parts).capitalize(),
}


def styled(parts, style):
    return STYLES[style](parts)
