"""The corpus: files with true secrets and decoys, and a label for each. Kinds of labels:

format   a rule's secret in plain text: its samples, and assignments in source and configuration
place    the same in logs, chats, notebooks, request bodies, dumps and diffs
encoded  the same in base64, hex, escapes, archives, UTF-16
history  the same in a git history, later removed (corpus/histories.py)
generic  a secret without a format
decoy    no secret; kept so that a false finding can say what it took for one
"""
import dataclasses
import json
import pathlib

from corpus import candidates, catalogue, decoys, encodings, filler, formats, noise, places, shapes, snippets
from corpus.chance import HEX, stream

PACKED = (".gz", ".zip")  # a secret may stand in them as it is by chance
GROUP = 6  # secrets or decoys in one file


@dataclasses.dataclass
class Label:
    file: str
    line: int      # 0 where the file does not hold the secret as it is
    offset: int    # in bytes; -1 likewise
    secret: str
    written: str   # as the file's syntax has it
    rule: str      # "generic" where there is no format, "" for decoys
    kind: str
    shape: str
    encoding: str = ""


@dataclasses.dataclass(frozen=True)
class Size:
    """How much of each kind there is for a rule, and how many generic ones."""
    samples: int = 2
    shapes: int = 6
    places: int = 3
    bare: int = 3
    encodings: int = 4
    pairs: int = 8
    generic: int = 4000
    decoys: int = 60
    noise: int = 5


FULL = Size()
QUICK = Size(samples=1, shapes=2, places=1, bare=1, encodings=1, pairs=1, generic=150, decoys=2, noise=1)


class Corpus:
    def __init__(self, folder, seed):
        self.folder, self.seed = pathlib.Path(folder), seed
        self.labels = []
        self.files = 0

    def write(self, name, data):
        """Writes a file of its own folder; gives its path in the corpus."""
        self.files += 1
        path = f"c{self.files // 100:03}/{self.files:05}/{name}"
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def label(self, path, data, secret, written, rule, kind, shape, encoding="", start=0):
        """One label for each line that holds the secret as it is; one without a line where none does."""
        needle, found = written.encode(), False
        line, seen = 0, set()
        at = data.find(needle, start)
        while at >= 0 and needle:
            line = data.count(b"\n", 0, at) + 1
            if line not in seen:
                seen.add(line)
                self.labels.append(Label(path, line, at, secret, written, rule, kind, shape, encoding))
            found = True
            at = -1 if start else data.find(needle, at + len(needle))
        if not found:
            self.labels.append(Label(path, 0, -1, secret, written, rule, kind, shape, encoding))

    def add(self, name, data, snippet, rule, kind, shape, encoding=""):
        data = data.encode() if isinstance(data, str) else data
        path = self.write(name, data)
        data = b"" if name.endswith(PACKED) else data
        start = max(0, data.find(snippet.secret.encode())) if kind == "format" else 0  # a sample has it twice at times
        self.label(path, data, snippet.secret, snippet.secret, rule.id, kind, shape, encoding, start=start)

    def add_group(self, name, language, rows, rng, kind):
        """Rows of one language (text, secret, written, rule, shape) in one file, with filler between them."""
        if not rows:
            return
        text, starts = "", []
        for row in rows:
            text += "".join(line + "\n" for line in filler.lines(language, rng, rng.randint(0, 4)))
            starts.append(len(text.encode()))
            text += row[0] + "\n"
        data = (text + "\n".join(filler.lines(language, rng, 2)) + "\n").encode()
        path = self.write(name, data)
        for (_, secret, written, rule, shape), start in zip(rows, starts):
            self.label(path, data, secret, written, rule, kind if rule else "decoy", shape, start=start or 0)

    def save_labels(self, path):
        with open(path, "w", encoding="utf-8") as out:
            for label in self.labels:
                out.write(json.dumps(dataclasses.asdict(label), ensure_ascii=False) + "\n")


def _groups(rows):
    """Rows by language, a few at a time, in a fixed order."""
    by_language = {}
    for language, row in rows:
        by_language.setdefault(language, []).append(row)
    for language in sorted(by_language):
        held = by_language[language]
        for at in range(0, len(held), GROUP):
            yield language, held[at:at + GROUP]


def _add_plain(corpus, rules, size):
    rows = []
    for rule in rules:
        rng = stream(corpus.seed, "plain", rule.id)
        for _ in range(size.samples):
            made = list(snippets.from_samples(rule, rng))
            lines = [(snippet.text, snippet.secret, snippet.secret, rule.id,
                      snippet.shape) for snippet in made if snippet.one_line()]
            corpus.add_group("config.txt", "text", lines, rng, "format")
            for snippet in made:
                if not snippet.one_line():
                    corpus.add("config.txt", snippet.text + "\n", snippet, rule, "format", snippet.shape)
        rows += [(snippet.language, (snippet.text, snippet.secret, snippet.secret, rule.id, snippet.shape))
                 for snippet in snippets.from_shapes(rule, rng, size.shapes)]
    rng = stream(corpus.seed, "plain groups")
    rng.shuffle(rows)
    for language, group in _groups(rows):
        corpus.add_group(shapes.path_of(language, rng), language, group, rng, "format")


def _add_bound(corpus, rules, size):
    """Rules that want a path have their samples in such files, and nothing else."""
    for rule in rules:
        rng, name = stream(corpus.seed, "bound", rule.id), snippets.file_name_of(rule)
        for _ in range(size.samples if name else 0):
            for snippet in snippets.from_samples(rule, rng):
                corpus.add(name, snippet.text, snippet, rule, "format", snippet.shape)


def _add_pairs(corpus, rules, size):
    """An id and its secret, as people leave them: one after another, under the names of the same sample."""
    by_id = {rule.id: rule for rule in rules}
    pairs = [(rule, by_id[half["id"]]) for rule in rules for half in rule.table.get("half_of", ())
             if half["id"] in by_id]
    for half, whole in pairs:
        rng = stream(corpus.seed, "pairs", half.id, whole.id)
        for _ in range(size.pairs):
            alike = [two for two in zip(snippets.from_samples(half, rng), snippets.from_samples(whole, rng))
                     if two[0].one_line() and two[1].one_line()]
            rows = [(snippet.text, snippet.secret, snippet.secret, rule.id, f"pair, {snippet.shape}")
                    for rule, snippet in zip((half, whole), rng.choice(alike))]
            corpus.add_group("config.txt", "text", rows, rng, "format")


def _add_places(corpus, rules, size):
    for rule in rules:
        rng = stream(corpus.seed, "places", rule.id)
        for snippet in snippets.from_far_shapes(rule, rng, 1):
            corpus.add("config.txt", snippet.text + "\n", snippet, rule, "place", snippet.shape)
        for place in rng.sample(places.ANY, size.places):
            snippet = snippets.any_of(rule, rng)
            name, text = place(rng, snippet)
            corpus.add(name, text, snippet, rule, "place", place.__name__)
        for place in rng.sample(places.BARE, size.bare):
            secret = formats.secret(rule, rng)
            if snippets.is_free(rule, secret):
                name, text = place(rng, secret)
                corpus.add(name, text, snippets.Snippet(secret, secret, place.__name__), rule, "place", place.__name__)


def _add_encodings(corpus, rules, size):
    for rule in rules:
        rng = stream(corpus.seed, "encodings", rule.id)
        for encode in rng.sample(encodings.ALL, size.encodings):
            snippet = snippets.any_of(rule, rng)
            name, data = encode(rng, snippet)
            corpus.add(name, data, snippet, rule, "encoded", snippet.shape, encode.__name__)


def _near_misses(rule, rng):
    """What stands for the rule's secret in documentation and tests, and what only begins like it."""
    secret = formats.secret(rule, rng)
    literal = formats.literal_of(rule)
    body = len(secret) - len(literal)
    yield from rule.table.get("decoys", ())
    if snippets.is_block(secret):
        return
    alphabet = [c for c in HEX + "ghijklmnopqrstuvwxyz" if c in formats.letters_of(rule)] or list("0123456789")
    made = [literal + "x" * body, literal + "X" * body,
            literal + "".join(alphabet[i % len(alphabet)] for i in range(body)),
            literal + "${TOKEN}", literal + "{{ token }}", literal + "<token>", literal + "..."]
    if rule.table.get("check", {}).get("on_fail") == "drop" and rule.format.get("check"):
        made.append(secret[:-1] + ("b" if secret[-1] == "a" else "a"))
    name = snippets.name_of(rule) or ["api", "token"]
    for value in made:
        shape = rng.choice([shape for shape in snippets.NEAR if not shape.bare and not shape.escape])
        yield shapes.render(shape, name, value, rng)[0] if shapes.accepts(shape,
            value) else f"{'_'.join(name)} = '{value}'"


def _add_candidates(corpus, rows, rng):
    """Rows of corpus/candidates.py, a few in a file: those whose paths have the same first folder and the same end."""
    by_path = {}
    for row in rows:
        folder, _, name = row["path"].rpartition("/")
        by_path.setdefault((folder.split("/")[0], name.rpartition(".")[2]), []).append(row)
    for key in sorted(by_path):
        held = by_path[key]
        for at in range(0, len(held), GROUP):
            group = held[at:at + GROUP]
            corpus.add_group(group[0]["path"], "text" if key[1] in ("md", "txt") else "", [
                (row["line"], row["value"], row["value"], "generic" if row["label"] else "",
                 f"{row['kind']}, {row['shape']}" if row["label"] else row["kind"])
                for row in group], rng, "generic")


def _add_decoys(corpus, rules, size):
    for rule in rules:
        rng = stream(corpus.seed, "near", rule.id)
        corpus.add_group("config.txt", "text",
                         [(text, text, text, "", f"near miss of {rule.id}") for text in _near_misses(rule, rng)], rng,
                         "decoy")
    for kind, make in noise.ALL.items():
        rng = stream(corpus.seed, "noise", kind)
        for _ in range(size.noise):
            path, text = make(rng)
            corpus.labels.append(Label(corpus.write(path, text), 0, -1, "", "", "", "decoy", kind))


def _add_generic(corpus, size):
    """Secrets without a format, and what stands beside such names and is none, in the same files."""
    rng = stream(corpus.seed, "generic")
    rows = [candidates.secret_row(rng) for _ in range(size.generic)]
    for kind in sorted(decoys.KINDS):
        rng = stream(corpus.seed, "decoys", kind)
        rows += [candidates.decoy_row(rng, kind) for _ in range(size.decoys)]
    rng = stream(corpus.seed, "generic groups")
    rng.shuffle(rows)
    _add_candidates(corpus, rows, rng)


def build(folder, seed, size=FULL):
    """Writes the corpus of all rules with a format into `folder`, which must be empty."""
    corpus = Corpus(folder, seed)
    rules = catalogue.with_format(catalogue.read())
    _add_bound(corpus, [rule for rule in rules if rule.table.get("path")], size)
    rules = catalogue.anywhere(rules)
    _add_plain(corpus, rules, size)
    _add_pairs(corpus, rules, size)
    _add_places(corpus, rules, size)
    _add_encodings(corpus, rules, size)
    _add_decoys(corpus, rules, size)
    _add_generic(corpus, size)
    return corpus
