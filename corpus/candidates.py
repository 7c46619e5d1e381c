"""Named values, each labelled as secret or not: what the generic scorer is trained and judged on.

Half are secrets. Every kind of a side is met equally often where it can be; what a value looks like, what it is called,
and where it stands are drawn apart, so that no one of them gives the label away.
"""
import json

from corpus import decoys, keys, shapes, values
from corpus.chance import stream, weighted

CONFIG = {"env", "yaml", "kubernetes", "compose", "toml", "ini", "properties", "json", "xml", "hcl", "dockerfile",
          "nginx"}
TEST_SHARE = 0.2  # true secrets stand in tests and documentation too


def _choose(rng, place, value):
    """A shape for the value: of the place's kind, and such that it can hold it."""
    if place == "expression":
        fitting = shapes.EXPRESSIONS
    elif place == "quoted":
        fitting = [shape for shape in shapes.SHAPES if shape.language in shapes.SOURCE]
    elif place == "config":
        fitting = [shape for shape in shapes.SHAPES if shape.language in CONFIG]
    elif place == "any":
        fitting = shapes.SHAPES
    else:
        fitting = [shape for shape in shapes.SHAPES if shape.language == place] or [
            shapes.Shape(place, place, ("kebab", "snake"), rng.choice(["  {k}: {v};", '  {k} = "{v}"', '  {k} "{v}"']))]
    for _ in range(50):
        shape = rng.choice(fitting)
        if place == "expression" or shapes.accepts(shape, value):
            return shape
    return shapes.SHAPES[0]


def _row(path, text, key, value, label, kind, shape):
    return {"path": path, "line": text, "key": key, "value": value, "label": label, "kind": kind, "shape": shape.name}


def secret_parts(rng, make):
    """Key and value of a true secret."""
    value = make(rng)
    if make is values.pin:
        return keys.pin_key(rng), value
    if make in (values.word_only, values.walk, values.human, values.common, values.product):
        return keys.password_key(rng), value
    if make in values.CHOSEN:
        return (keys.password_key if rng.random() < 0.75 else keys.token_key)(rng), value
    return (keys.password_key if rng.random() < 0.25 else keys.token_key)(rng), value


def secret_row(rng):
    make = weighted(rng, values.WEIGHTS)
    parts, value = secret_parts(rng, make)
    shape = _choose(rng, "any", value)
    text, key, written = shapes.render(shape, parts, value, rng)
    room = rng.choice(["test", "docs"]) if rng.random() < TEST_SHARE and make not in (values.word_only,
        values.walk) else None
    return _row(shapes.path_of(shape, rng, room), text, key, written, 1, make.__name__.replace("_", " "), shape)


def decoy_row(rng, kind):
    decoy = decoys.KINDS[kind](rng)
    shape = decoy.shape or _choose(rng, decoy.place, decoy.value)
    while shape.name in shapes.NAMING:
        shape = _choose(rng, decoy.place, decoy.value)
    room = decoy.room or (rng.choice(["test", "docs"]) if rng.random() < TEST_SHARE else None)
    text, key, written = shapes.render(shape, decoy.key, decoy.value, rng)
    path = "static/js/app.min.js" if shape.name == "minified" and rng.random() < 0.5 else shapes.path_of(shape, rng,
        room)
    return _row(path, text, key, written, 0, kind, shape)


def rows(seed, count):
    """`count` rows, half of them secrets, mixed."""
    rng = stream(seed, "candidates")
    kinds = sorted(decoys.KINDS)
    for i in range(count // 2):
        yield secret_row(rng)
        yield decoy_row(rng, kinds[i % len(kinds)])


def write(path, seed, count):
    with open(path, "w", encoding="utf-8") as out:
        for row in rows(seed, count):
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
