"""Secrets made from a rule's `format`, as rules/rule.h and engine/sample.h say what its words mean: a template with
holes, or prefix, alphabet, length and suffix. Written apart from engine/sample.cc; the regex is never looked at."""
import base64
import collections
import math
import re

from corpus import checks
from corpus.chance import ALNUM, DIGITS, HEX, LOWER, UPPER, string

ALPHABETS = {"HEX": HEX.upper(), "alnum-lower": LOWER + DIGITS, "alnum-upper": UPPER + DIGITS,
             "base32": UPPER + "234567",
             "base32-lower": LOWER + "234567", "base62": ALNUM, "base64": ALNUM + "+/", "base64url": ALNUM + "-_",
             "bech32": checks.BECH32.upper(),
             "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", "bech32-lower": checks.BECH32, "digit": DIGITS, "hex": HEX, "letters": UPPER + LOWER, "lower": LOWER,
             "upper": UPPER, "word": ALNUM + "_"}
CODERS = {"base64": lambda data: base64.b64encode(data),
          "base64url": lambda data: base64.urlsafe_b64encode(data).rstrip(b"="),
          "base32": lambda data: base64.b32encode(data).rstrip(b"=")}

_HOLE = re.compile(r"\{(%s):(\d{1,4})\}" % "|".join(sorted(ALPHABETS, key=len, reverse=True)))
_CODED = re.compile(r"\{(base64url|base64|base32)<(.*?)>\}", re.DOTALL)


def _fill_holes(template, rng):
    return _HOLE.sub(lambda hole: string(rng, ALPHABETS[hole[1]], int(hole[2])), template)


def expand(template, rng):
    out, at = [], 0
    for coded in _CODED.finditer(template):
        out.append(_fill_holes(template[at:coded.start()], rng))
        out.append(CODERS[coded[1]](_fill_holes(coded[2], rng).encode()).decode())
        at = coded.end()
    return "".join(out) + _fill_holes(template[at:], rng)


def entropy(text):
    return -sum(n / len(text) * math.log2(n / len(text)) for n in collections.Counter(text).values())


def template_of(format_row):
    """Every format as a template."""
    if format_row.get("template"):
        return format_row["template"]
    body = f"{{{format_row['alphabet']}:{format_row['length']}}}" if format_row.get("length") else ""
    return format_row.get("prefix", "") + body + format_row.get("suffix", "")


def templates_of(rule):
    """That of its format, and those of its other forms, which state no check of their own."""
    return [template_of(rule.format), *rule.format.get("forms", ())]


def secret(rule, rng):
    """A secret of the rule's format, every other one of its other forms if there are any. What a random draw makes less
    random than the rule asks for is drawn again: an issuer's token of that kind is as rare."""
    forms = rule.format.get("forms")
    form = rng.choice(forms) if forms and rng.random() < 0.5 else None
    for _ in range(100):
        text = expand(form or template_of(rule.format), rng)
        filler = None if form else checks.FILLERS.get(rule.format.get("check"))
        text = filler(text, rule.check_prefix) if filler else text
        if text and entropy(text) > rule.entropy:
            break
    return text


def unknown_words(rules):
    """Checks and alphabets that a format names and nothing here knows: their secrets cannot be right."""
    checks_named = {rule.format["check"] for rule in rules if rule.format.get("check")}
    holes = {name for rule in rules for template in templates_of(rule)
             for name in re.findall(r"\{([A-Za-z][\w-]*):\d+\}", template)}
    return sorted((checks_named - set(checks.FILLERS)) | (holes - set(ALPHABETS)))


def letters_of(rule):
    """The characters that the format draws from, its fixed text apart."""
    template = "".join(templates_of(rule))
    characters = {c for coded in _CODED.finditer(template) for c in ALPHABETS.get(coded[1], ALNUM)}
    for hole in _HOLE.finditer(_CODED.sub("", template)):
        characters |= set(ALPHABETS[hole[1]])
    return characters


def literal_of(rule):
    """Literal text at the front of each secret."""
    return re.split(r"\{(?:%s)[:<]" % "|".join(ALPHABETS), template_of(rule.format), maxsplit=1)[0]
