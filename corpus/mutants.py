"""Does the corpus notice a rule that is too narrow? Each regex is narrowed in one place: one character less in a class
of the secret that the format's letters meet, an exact count one less, another character in the literal that every
secret begins with. A mutant is killed if it misses one of its rule's plain samples; the survivors are printed.

Counts with two ends are no exact lengths; they are narrowed too, apart, and listed: where such a mutant survives, the
regex takes lengths that the format does not state.
"""
import collections
import dataclasses
import json
import re

from corpus import catalogue, formats, program, regexes, snippets
from corpus.chance import stream

DRAWS = 12  # how often each rule's samples are filled
PER_KIND = 6


@dataclasses.dataclass(frozen=True)
class Mutant:
    rule: str
    what: str
    regex: str
    counted: bool = True


def _replace(regex, token, text):
    return regex[:token.begin] + text + regex[token.end:]


def _taken(regex, token, texts):
    """How often each character is what the class takes in the samples; nothing where Python cannot read the regex."""
    quantifier = re.match(r"(?:\{\d+(?:,\d*)?\}|[*+?])?\??", regex[token.end:])[0]
    end = token.end + len(quantifier)
    try:
        marked = re.compile(f"{regex[:token.begin]}(?P<taken>{regex[token.begin:end]}){regex[end:]}".replace(r"\z",
            r"\Z"))
    except re.error:
        return None
    return collections.Counter(c for text in texts for match in marked.finditer(text) for c in match["taken"] or "")


def _class_mutants(rule, regex, held, texts):
    """The character that is taken most often is left out; where none is taken, any letter of the format."""
    letters = formats.letters_of(rule)
    folded = "(?i" in regex
    for token in [token for token in held if token.kind == "class"][:PER_KIND]:
        members = regexes.characters(token.text) or set()
        taken = _taken(regex, token, texts) or {}
        shared = sorted(members & (letters | set(taken)), key=lambda c: (-taken.get(c, 0), c))
        if not shared or len(members) < 2:
            continue
        less = members - ({shared[0].lower(), shared[0].upper()} if folded else {shared[0]})
        if not less:
            continue
        yield Mutant(rule.id, f"class at {token.begin} without {shared[0]!r}" + ("" if taken else ", which the format "
            "never meets"),
                     _replace(regex, token, regexes.write_class(less)))


def _count_mutants(rule, regex, held):
    for token in [token for token in held if token.kind == "count"][:PER_KIND]:
        low, _, high = token.text[1:-1].partition(",")
        if "," not in token.text and int(low) > 1:
            yield Mutant(rule.id, f"count {token.text} at {token.begin} is {int(low) - 1}",
                         _replace(regex, token, f"{{{int(low) - 1}}}"))
        elif high and int(high) > int(low):
            yield Mutant(rule.id, f"count {token.text} at {token.begin} ends one earlier",
                         _replace(regex, token, f"{{{low},{int(high) - 1}}}"), False)


def _prefix_mutants(rule, regex, held):
    """Runs of literals in the secret's group that the format's own literal holds."""
    literal, run, runs = formats.literal_of(rule).lower(), [], []
    for token in [*held, None]:
        if token is not None and token.kind == "literal" and (not run or token.begin == run[-1].end):
            run.append(token)
            continue
        if run and "".join(each.text[-1] for each in run).lower() in literal:
            runs.append(run)
        run = [token] if token is not None and token.kind == "literal" else []
    for run in runs[:2]:
        for token in {run[0].begin: run[0], run[-1].begin: run[-1]}.values():
            other = "q" if token.text[-1] != "q" else "z"
            yield Mutant(rule.id, f"literal {token.text!r} at {token.begin} is {other!r}",
                         _replace(regex, token, other))


def of_rule(rule, texts):
    """The mutants of a rule with these samples."""
    regex = rule.table.get("regex", "")
    begin, end = regexes.secret_span(regex, rule.table.get("secretGroup", rule.table.get("secret_group", 0)))
    held = [token for token in regexes.tokens(regex) if begin <= token.begin and token.end <= end]
    return [*_class_mutants(rule, regex, held, texts), *_count_mutants(rule, regex, held),
            *_prefix_mutants(rule, regex, held)]


def _toml(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007F")
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return str(value)


KEPT = ("description", "keywords", "entropy", "secretGroup", "path", "confidence")


def _config(rules, as_writtenby_rule):
    out = []
    for rule in rules:
        out.append("[[rules]]\nid = " + _toml(rule.id))
        out += [f"{name} = {_toml(rule.table[name])}" for name in KEPT if name in rule.table]
        out.append("regex = " + _toml(as_writtenby_rule[rule.id]))
        for allowlist in rule.table.get("allowlists", ()):
            out.append("[[rules.allowlists]]")
            out += [f"{name} = {_toml(value)}" for name, value in allowlist.items()]
        out.append("")
    return "\n".join(out)


def _write_samples(folder, rules, seed):
    """Each sample of each rule in a file, with several secrets; gives the secrets and some texts of each rule."""
    held, some = {}, {}
    for rule in rules:
        rng = stream(seed, "mutants", rule.id)
        draws = [list(snippets.from_samples(rule, rng)) for _ in range(DRAWS)]
        (folder / rule.id).mkdir(parents=True)
        for number in range(len(rule.samples)):
            texts = [draw[number].text + "\n" for draw in draws]
            (folder / rule.id / f"{number}.txt").write_text("\n".join(texts))
        held[rule.id] = {snippet.secret.strip() for draw in draws for snippet in draw}
        some[rule.id] = [snippet.text + "\n" for draw in draws for snippet in draw][:60]
    return held, some


def _found(staunch, folder, rules, chosen, held):
    """The secrets of each rule that it finds whole in its own samples, with the regexes of `chosen`."""
    config = folder / "rules.toml"
    config.write_text(_config(rules, chosen))
    found, _ = program.run(staunch, "dir", "-c", str(config), "--no-cache", "--min-confidence", "low",
                           "--max-decode-depth", "0", ".", folder=folder / "samples", threads=2)
    seen = {rule.id: set() for rule in rules}
    for one in found:
        if one.rule in seen and one.path.removeprefix("./").startswith(one.rule + "/"):
            seen[one.rule].add(one.value.strip())
    return {rule.id: held[rule.id] & seen[rule.id] for rule in rules}


def _batches(mutants_by_rule):
    """One mutant of each rule at a time."""
    for number in range(max(map(len, mutants_by_rule.values()), default=0)):
        yield [mutants[number] for mutants in mutants_by_rule.values() if number < len(mutants)]


def score(staunch, folder, seed, rules):
    rules = [rule for rule in catalogue.anywhere(rules) if rule.table.get("regex")]
    held, some = _write_samples(folder / "samples", rules, seed)
    as_written = {rule.id: rule.table["regex"] for rule in rules}
    whole = _found(staunch, folder, rules, as_written, held)
    for rule in rules:
        if len(whole[rule.id]) < len(held[rule.id]):
            print(f"{rule.id} finds {len(whole[rule.id])} of its {len(held[rule.id])} samples before it is narrowed")
    by_rule = {rule.id: of_rule(rule, some[rule.id]) for rule in rules}
    killed, survivors, lax = 0, [], []
    for batch in _batches(by_rule):
        now = _found(staunch, folder, rules, {**as_written, **{mutant.rule: mutant.regex for mutant in batch}}, held)
        for mutant in batch:
            if whole[mutant.rule] - now[mutant.rule]:  # not their number: what another lets go may come in
                killed += mutant.counted
            else:
                (survivors if mutant.counted else lax).append(mutant)
    total = killed + len(survivors)
    for title, rows in (("survivors", survivors), ("lengths that the format does not state", lax)):
        print(f"\n{title}: {len(rows)}")
        for mutant in sorted(rows, key=lambda each: (each.rule, each.what)):
            print(f"  {mutant.rule}: {mutant.what}")
    print(f"\n{killed} of {total} mutants of {len(rules)} rules are noticed")
    return {"mutants noticed": int(killed / max(1, total) * 10000) / 10000}
