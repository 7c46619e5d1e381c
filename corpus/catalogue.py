"""The rules as the corpus sees them: format, samples, names. The regex is kept for mutants only; nothing here generates
from it. Provider files are read as they stand, so a new rule is in the corpus the moment it is written."""
import dataclasses
import functools
import pathlib
import tomllib

from corpus import formats
from corpus.chance import stream

PROVIDERS = pathlib.Path(__file__).resolve().parent.parent / "rules" / "providers"


@dataclasses.dataclass(frozen=True)
class Rule:
    id: str
    provider: str
    provider_name: str
    format: dict
    check_prefix: int
    samples: tuple
    keywords: tuple
    aliases: tuple
    generic: bool
    entropy: float
    proof: str
    table: dict  # all of it, for mutants


def _with_shared_lists(document, table):
    """The rule with the allowlists that its file holds once for several rules; what is for all ("*") is of none."""
    shared = [{name: value for name, value in allowlist.items() if name != "target_rules"}
              for allowlist in document.get("allowlists", ()) if table["id"] in allowlist["target_rules"]]
    return {**table, "allowlists": [*table.get("allowlists", ()), *shared]}


def read(folder=PROVIDERS):
    rules = []
    for path in sorted(pathlib.Path(folder).glob("*.toml")):
        with open(path, "rb") as file:
            document = tomllib.load(file)
        provider = document.get("provider", {})
        for table in map(functools.partial(_with_shared_lists, document), document.get("rules", [])):
            rules.append(Rule(table["id"], provider.get("id", path.stem), provider.get("name", path.stem),
                              table.get("format", {}),
                              table.get("check", {}).get("prefix", 0), tuple(table.get("samples", ())),
                              tuple(word.lower() for word in table.get("keywords", ())),
                              tuple(table.get("aliases", ())),
                              table.get("generic", False), table.get("entropy", 0), table.get("proof", ""), table))
    return rules


def with_format(rules):
    return [rule for rule in rules if rule.format and not rule.generic and not rule.table.get("skip_report")]


def anywhere(rules):
    """The rules that are for files of any name."""
    return [rule for rule in rules if not rule.table.get("path")]


def secret_rules(rules):
    """Ids of the rules that find secrets. The others, which say `no_secret` and why, find what its own provider does not
    keep secret: keys made for web pages, and ids that open nothing without their other half."""
    return {rule.id for rule in rules if not rule.table.get("no_secret")}


def siblings(rules):
    """For each rule id, the ids that are as right: aliases, rules of the very same format, and rules of the same
    provider of which one's secrets are a special case of the other's."""
    lengths = {rule.id: len(formats.secret(rule, stream(rule.id))) for rule in rules}
    shape = {rule.id: (formats.template_of(rule.format), formats.literal_of(rule), lengths[rule.id]) for rule in rules}
    by_provider, by_template = {}, {}
    for rule in rules:
        by_provider.setdefault(rule.provider, []).append(rule)
        by_template.setdefault(shape[rule.id][0], []).append(rule)
    out = {}
    for rule in rules:
        _, literal, length = shape[rule.id]
        near = [other for other in by_provider[rule.provider] if literal and shape[other.id][2] == length
                and (literal.startswith(shape[other.id][1] or "?") or shape[other.id][1].startswith(literal))]
        same = [*by_template[shape[rule.id][0]], *near]
        out[rule.id] = {name for other in same for name in (other.id, *other.aliases)}
    return out
