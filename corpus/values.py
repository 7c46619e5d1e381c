"""True secrets without a format: what people choose and what machines draw. Each kind is one function of a random
stream; WEIGHTS says how often it is met. Values hold no quote, no backslash and no line end, so that any shape can
take them; shapes with a syntax of their own (URLs, XML) escape the rest."""
import base64

from corpus.chance import ALNUM, DIGITS, HEX, LOWER, UPPER, some, string, words

SYMBOLS = "!@#$%^&*-_+=?."
LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1"}
WALKS = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc", "1q2w3e4r5t", "zaq12wsx", "qazwsxedc", "poiuytrewq",
         "q1w2e3r4t5", "asdf1234", "qwer4321", "!QAZ2wsx", "zxcasdqwe", "147258369", "qweasdzxc", "0okm9ijn8uhb"]


def _case(rng, word):
    return rng.choice([word, word.capitalize(), word.capitalize(), word.upper()])


COUNTS = ["1", "12", "123", "123", "1234", "12345", "123456", "321", "007", "01"]
PRODUCTS = ["mysql", "postgres", "redis", "mongo", "oracle", "root", "admin", "db", "ftp", "mail", "smtp", "web", "app",
            "user", "test", "dev", "jenkins", "tomcat", "rabbit", "kafka", "ldap", "grafana", "wordpress", "backup"]


def _year_or_number(rng):
    return rng.choice([str(rng.randint(1960, 2026)), str(rng.randint(0, 99)), str(rng.randint(1, 9999)),
                       f"{rng.randint(0, 999):03}"])


def human(rng):
    word = _case(rng, rng.choice(words() + words("names")))
    tail = rng.choice(["", "", "!", "!", "!!", "#", "@", "$", ".", "*", "?"])
    parts = [word, _year_or_number(rng)]
    if rng.random() < 0.2:
        parts[1] = rng.choice(COUNTS)
    if rng.random() < 0.15:
        parts.insert(1, rng.choice("_-.@#"))
    if rng.random() < 0.1:
        parts = [parts[0], rng.choice("2478"), _case(rng, rng.choice(words()))]
    return "".join(parts) + tail


def common(rng):
    """What most people choose, and what is set where nobody thinks of a password."""
    return rng.choice(["1234", "12345", "123456", "12345678", "123456789", "1234567890", "000000", "111111", "654321",
                       "admin", "admin123", "root", "root123", "toor", "guest", "qwerty", "qwerty123", "letmein",
                       "welcome", "welcome1", "abc123", "abcd1234", "P@ssw0rd", "Passw0rd", "Pa$$w0rd", "passw0rd",
                       "password1", "password123", "p@ssword", "1q2w3e4r", "iloveyou", "superman", "Admin1234"])


def product(rng):
    """What a program's users give its own account."""
    name = _case(rng, rng.choice(PRODUCTS))
    tail = rng.choice(["pass", "pw", "pwd", "password", "passwd", "secret", "admin", "user", ""])
    end = rng.choice(["", "", "!", rng.choice(COUNTS), _year_or_number(rng)])
    return name + rng.choice(["", "", "", "_", "@"]) + (tail or "db") + end


def leet(rng):
    word = _case(rng, "".join(some(rng, rng.choice([1, 1, 2]))))
    spelt = "".join(rng.choice(LEET[c.lower()]) if c.lower() in LEET and rng.random() < 0.6 else c for c in word)
    return spelt + rng.choice(["", _year_or_number(rng), rng.choice(SYMBOLS)])


def two_words(rng):
    first, second = (_case(rng, word) for word in some(rng, 2))
    return first + rng.choice(["", "", "_", "-", "&", "@"]) + second + _year_or_number(rng) + rng.choice(["", "", "!"])


def company(rng):
    """The kind administrators set: product, place and year."""
    parts = [rng.choice(words()), rng.choice(["prod", "db", "admin", "root", "2k", "svc", "stage", "vpn", "wifi"])]
    text = rng.choice(["", "-", "_", "@", "."]).join(_case(rng, part) for part in parts)
    return text + rng.choice("@#!-_.$") + _year_or_number(rng)


def walk(rng):
    text = rng.choice(WALKS)
    text = text[:rng.randint(6, len(text))] if len(text) > 6 else text
    return rng.choice([text, text, text.capitalize(), text + _year_or_number(rng), text + "!"])


def word_only(rng):
    return rng.choice([rng.choice(words()), rng.choice(words("names")), "".join(some(rng, 2))])


def passphrase(rng):
    parts = some(rng, rng.randint(3, 6))
    if rng.random() < 0.25:
        parts = [part.capitalize() for part in parts]
    if rng.random() < 0.2:
        parts.insert(rng.randrange(len(parts) + 1), str(rng.randint(1, 99)))
    return rng.choice(["-", "-", "-", " ", ".", "_", ""]).join(parts)


def pin(rng):
    return string(rng, DIGITS, rng.choice([4, 4, 6, 6, 8]))


def alnum(rng):
    alphabet = rng.choice([ALNUM, ALNUM, ALNUM, LOWER + DIGITS, LOWER + DIGITS, UPPER + DIGITS, UPPER + LOWER])
    return string(rng, alphabet, rng.choice([8, 10, 12, 16, 16, 20, 20, 24, 24, 32, 32, 36, 40, 48, 64,
                                             rng.randint(8, 64)]))


def hexadecimal(rng):
    return string(rng, HEX if rng.random() < 0.85 else HEX.upper(), rng.choice([16, 24, 32, 32, 32, 40, 40, 48, 64, 64,
        128]))


def base64_key(rng):
    return base64.b64encode(rng.randbytes(rng.choice([15, 16, 18, 20, 24, 32, 32, 32, 33, 48, 64]))).decode()


def base64url_key(rng):
    text = base64.urlsafe_b64encode(rng.randbytes(rng.choice([12, 16, 20, 24, 32, 32, 43, 48, 64]))).decode()
    return text if rng.random() < 0.2 else text.rstrip("=")


def base32_seed(rng):
    return base64.b32encode(rng.randbytes(rng.choice([10, 15, 20, 20, 32]))).decode().rstrip("=")


def manager(rng):
    """What a password manager or pwgen -y draws."""
    alphabet = ALNUM + rng.choice(["!@#$%^&*", SYMBOLS, "!@#%^*()-_=+[]{};:,.?~", "-_.!~*"])
    length = rng.choice([12, 14, 16, 16, 18, 20, 20, 24, 30, 32])
    return rng.choice(ALNUM) + string(rng, alphabet, length - 2) + rng.choice(ALNUM + "!*-_")


def pronounceable(rng):
    """pwgen's default: syllables with a capital and a digit."""
    text = "".join(rng.choice("bcdfghjklmnpqrstvwxz") + rng.choice("aeiouy") for _ in range(rng.randint(3, 7)))
    text = "".join(c.upper() if rng.random() < 0.2 else c for c in text)
    at = rng.randrange(1, len(text))
    return text[:at] + rng.choice(DIGITS) + text[at:] + rng.choice(["", rng.choice(DIGITS)])


def prefixed(rng):
    """A service's own token: a short name, then something random."""
    name = rng.choice([*words()[:400], "api", "tok", "key", "sec", "live", "prod", "srv", "int", "app"])[:8]
    if rng.random() < 0.3:
        name += rng.choice(["_live", "_prod", "-api", "_sk", "_v1"])
    body = rng.choice([lambda: string(rng, ALNUM, rng.choice([16, 20, 24, 32, 40])),
                       lambda: string(rng, HEX, rng.choice([16, 24, 32, 40]))])()
    return name + rng.choice("__-.") + body


def uuid_key(rng):
    digits = string(rng, HEX, 32)
    digits = digits[:12] + "4" + digits[13:16] + rng.choice("89ab") + digits[17:]
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def grouped(rng):
    """Licence keys, recovery codes, app passwords."""
    alphabet, size, count, joint = rng.choice([(UPPER + DIGITS, 5, 5, "-"), (UPPER + DIGITS, 4, 4, "-"),
                                               (LOWER, 4, 4, " "), (LOWER, 4, 4, "-"), (HEX, 4, 6, "-"),
                                               (LOWER + DIGITS, 6, 3, "-")])
    return joint.join(string(rng, alphabet, size) for _ in range(count))


def signing_phrase(rng):
    """What developers write for a signing key that must be long."""
    parts = some(rng, rng.randint(4, 8))
    text = rng.choice([lambda: parts[0] + "".join(part.capitalize() for part in parts[1:]), lambda: "".join(parts),
                       lambda: "_".join(parts)])()
    return text + rng.choice(["", "", _year_or_number(rng), "!", "$$"])


def two_part(rng):
    return string(rng, ALNUM, rng.choice([6, 8, 12, 20])) + rng.choice(".:.") + string(rng, ALNUM + "-_",
        rng.choice([22, 32, 43]))


WEIGHTS = {human: 11, leet: 6, two_words: 5, company: 5, walk: 3, word_only: 2, common: 3, product: 3, passphrase: 6, pin: 3, alnum: 14,
           hexadecimal: 11, base64_key: 9, base64url_key: 7, base32_seed: 2, manager: 9, pronounceable: 3, prefixed: 6,
           uuid_key: 7, grouped: 3, signing_phrase: 3, two_part: 2}

# Kinds that a password may be, and those that a key or token may be; a pin is a pin, and words are only passwords.
CHOSEN = {human, leet, two_words, company, walk, word_only, common, product, passphrase, pin}
DRAWN = {alnum, hexadecimal, base64_key, base64url_key, base32_seed, manager, pronounceable, prefixed, uuid_key,
         grouped,
         signing_phrase, two_part}
