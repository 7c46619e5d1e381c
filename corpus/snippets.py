"""A rule's secret in a few words of text: the rule's own samples, and the assignments people write.

A secret that says what it is (its own text holds one of the rule's keywords, and a sample shows it under a name such as
TOKEN) stands under any name. Others need their context, which is taken from the samples: where one reads
`SOME_NAME={secret}`, that name is used in every shape.
"""
import dataclasses
import re

from corpus import formats, keys, shapes

HOLE = "{secret}"
_NAMED = re.compile(r"(?:export |ENV |\"|'|- )?([A-Za-z][A-Za-z0-9_.-]*)[\"']?\s*[=:]\s*[\"']?\{secret\}[\"']?,?;?\Z")

# Shapes of which every rule with a context must make sense: the name, an assignment, the value, on one line.
NEAR = [shape for shape in shapes.SHAPES if shape.language != "sql" and shape.name not in (
    "chat", "markdown", "url user", "python default of a lookup", "javascript fallback", "csv row", "htpasswd command",
    "csharp connection string", "url parameter", "json in json", "nginx variable", "nginx header", "dockerfile env old",
    "yaml block scalar", "yaml folded scalar", "hcl default", "java setter", "cpp braces", "cpp define",
    "json name and value over lines", "java annotation", "shell option", "python annotated", "typescript member",
    "rust constant")]
# The others, where name and value are further apart: they count as places.
FAR = [shape for shape in shapes.SHAPES if shape not in NEAR and shape.language != "sql" and shape.name not in (
    "url user", "htpasswd command", "csharp connection string")]


ENOUGH_NAMES = 3  # a rule with fewer in its samples may be for one file's syntax
PLAIN_WORDS = {"token", "key", "secret", "api", "value", "auth", "access", "a", "b", "k", "t", "v", "x"}


@dataclasses.dataclass(frozen=True)
class Snippet:
    text: str
    secret: str
    shape: str
    language: str = "text"

    def one_line(self):
        return "\n" not in self.text.strip()


def is_block(secret):
    """Keys over many lines and members of JSON objects stand only where the samples show them."""
    return "\n" in secret or '"' in secret or " " in secret


def is_free(rule, secret):
    """Whether the secret is known by itself: it holds a keyword, and a sample has it under a name that says nothing."""
    lower = secret.lower()
    if is_block(secret) or not any(word in lower for word in rule.keywords):
        return False
    return any(set(re.split(r"[_.-]", name.lower())) <= PLAIN_WORDS for name in names_of(rule))


def names_of(rule):
    """The names that the rule's samples give its secret, as they are written there."""
    named = (_NAMED.match(sample.strip()) for sample in rule.samples)
    return [match[1] for match in named if match]


def name_of(rule):
    """The words of the first of them, or None."""
    for name in names_of(rule):
        spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
        return [part.lower() for part in re.split(r"[_.-]", spaced) if part]
    return None


def file_name_of(rule):
    """A name that a rule's `path` asks for, or None where none is found: the first of all alternatives, without what
    may be left out."""
    path = rule.table.get("path", "")
    name, before = path.replace(r"(?:^|[/!\\])", "").rstrip("$"), None
    while name != before:
        before = name
        name = re.sub(r"\(\?i?:([^()|]*)(?:\|[^()]*)?\)(\??)", lambda group: "" if group[2] else group[1], name)
    name = re.sub(r"\\d\??|\[[^]]*\][*?]", "", name)
    name = re.sub(r"\\?(.)\?", r"\1", name).replace("\\", "")
    name = name if "(?:^|" in path else "main" + name
    return name if re.search(path, "a/" + name) else None


def from_samples(rule, rng):
    for number, sample in enumerate(rule.samples):
        secret = formats.secret(rule, rng)
        yield Snippet(sample.replace(HOLE, secret), secret, f"sample {number + 1}")


def fitting(table, secret):
    return [shape for shape in table if shapes.accepts(shape, secret)
            and (shape.escape is None or shape.escape(secret) == secret)]


def from_shapes(rule, rng, count):
    """Assignments of which nothing may be missed: any shape under any name for a free secret, for others the near ones
    under a name of the samples."""
    names = [name for name in names_of(rule) if re.fullmatch(r"\w+", name)]
    for _ in range(count):
        secret = formats.secret(rule, rng)
        if is_free(rule, secret):
            shape = rng.choice(fitting(shapes.SHAPES, secret))
            text = shapes.render(shape, keys.token_key(rng), secret, rng)[0]
        elif names and len(set(names_of(rule))) >= ENOUGH_NAMES and not is_block(secret):
            shape = rng.choice(fitting(NEAR, secret))
            text = shape.template.format(k=rng.choice(names), v=secret)
        else:
            return
        yield Snippet(text, secret, shape.name, shape.language)


def from_far_shapes(rule, rng, count):
    """For secrets that need their context: name and value further apart, and the name in another language's style."""
    name, secret = name_of(rule), formats.secret(rule, rng)
    if name is None or is_free(rule, secret) or is_block(secret):
        return
    for table in [NEAR, FAR] * count:
        secret = formats.secret(rule, rng)
        shape = rng.choice(fitting(table, secret))
        yield Snippet(shapes.render(shape, name, secret, rng)[0], secret, shape.name, shape.language)


def any_of(rule, rng):
    """One snippet for a place or an encoding: an assignment where there is one, else a sample."""
    made = list(from_shapes(rule, rng, 1)) if rng.random() < 0.5 else []
    return made[0] if made else rng.choice(list(from_samples(rule, rng)))
