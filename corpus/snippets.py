"""A rule's secret in a few words of text: the rule's own samples, and the assignments people write.

A secret that says what it is (its own text holds one of the rule's keywords, and a sample shows it without its
provider's name) stands under any name. Others need their context, which is taken from the samples: where one reads
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
    lower = secret.lower()
    if is_block(secret) or not any(word in lower for word in rule.keywords):
        return False
    names = {rule.provider.lower(), rule.provider_name.lower().split()[0]}
    return any(not any(name in sample.replace(HOLE, "").lower() for name in names) for sample in rule.samples)


def name_of(rule):
    """The words of the name that the rule's samples give its secret, or None."""
    for sample in rule.samples:
        named = _NAMED.match(sample.strip())
        if named:
            spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", named[1])
            return [part.lower() for part in re.split(r"[_.-]", spaced) if part]
    return None


def from_samples(rule, rng):
    for number, sample in enumerate(rule.samples):
        secret = formats.secret(rule, rng)
        yield Snippet(sample.replace(HOLE, secret), secret, f"sample {number + 1}")


def from_shapes(rule, rng, count, table=None):
    """Assignments: any shape under any name for a free secret, for others the near ones (or those of `table`) under the
    samples' name."""
    name = name_of(rule)
    for _ in range(count):
        secret = formats.secret(rule, rng)
        if is_free(rule, secret):
            parts, allowed = keys.token_key(rng), table or shapes.SHAPES
        elif name and not is_block(secret):
            parts, allowed = name, table or NEAR
        else:
            return
        fitting = [shape for shape in allowed if shapes.accepts(shape, secret)
                   and (shape.escape is None or shape.escape(secret) == secret)]
        shape = rng.choice(fitting)
        text, _, _ = shapes.render(shape, parts, secret, rng)
        yield Snippet(text, secret, shape.name, shape.language)


def any_of(rule, rng):
    """One snippet for a place or an encoding: an assignment where there is one, else a sample."""
    made = list(from_shapes(rule, rng, 1)) if rng.random() < 0.5 else []
    return made[0] if made else rng.choice(list(from_samples(rule, rng)))
