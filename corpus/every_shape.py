"""Each key that needs its name, in each of the shapes in which names and values are written: near ones, where a name,
an assignment and a value stand on one line, and far ones. Elsewhere in the corpus shapes are drawn; here none is left
out."""
import collections
import dataclasses

from corpus import formats, shapes, snippets
from corpus.chance import stream

KINDS = {"near": snippets.NEAR, "far": snippets.FAR}


@dataclasses.dataclass(frozen=True)
class Left:
    rule: str
    kind: str
    shape: str
    path: str


def _texts(rule, kind, rng):
    """(shape, text) of a rule; nothing where its secret needs no name or may stand in one file's syntax only."""
    names, secret = snippets.names_of(rule), formats.secret(rule, rng)
    if snippets.is_free(rule, secret) or snippets.is_block(secret) or len(set(names)) < snippets.ENOUGH_NAMES:
        return
    for shape in KINDS[kind]:
        secret = formats.secret(rule, rng)
        if not snippets.fitting([shape], secret):
            continue
        if kind == "near":
            yield shape, shape.template.format(k=rng.choice(names), v=secret)
        else:
            yield shape, shapes.render(shape, snippets.name_of(rule), secret, rng)[0]


def build(folder, seed, rules):
    """Writes each into a file of its own; the list of what was left where."""
    left = []
    folder.mkdir(parents=True)
    for rule in rules:
        if rule.generic or snippets.name_of(rule) is None:
            continue
        for kind in KINDS:
            for shape, text in _texts(rule, kind, stream(seed, "every shape", rule.id, kind)):
                left.append(Left(rule.id, kind, shape.name, f"{len(left):05}.txt"))
                (folder / left[-1].path).write_text(text + "\n")
    return left


def judge(left, found, siblings):
    """The share of each kind that is found by its own rule, and what is not."""
    by_path = collections.defaultdict(set)
    for one in found:
        by_path[one.path.removeprefix("./")].add(one.rule)
    wrong = [one for one in left if not by_path[one.path] & siblings[one.rule]]
    count = collections.Counter(one.kind for one in left)
    missed = collections.Counter(one.kind for one in wrong)
    return {kind: 1 - missed[kind] / count[kind] for kind in KINDS}, wrong


def show(shares, wrong, count):
    print(f"\n== {count} keys that need their name, in every shape ==\nfound by their own rule: " +
          ", ".join(f"{share:.4f} {kind}" for kind, share in shares.items()) + "; the others, by shape and by rule:")
    for column in ("shape", "rule"):
        rows = collections.Counter(getattr(one, column) for one in wrong)
        print("; ".join(f"{name} {n}" for name, n in rows.most_common(12)))
