"""The rules as the corpus sees them: format, samples, names. The regex is kept for mutants only; nothing here generates
from it. Provider files are read as they stand, so a new rule is in the corpus the moment it is written."""
import dataclasses
import pathlib
import tomllib

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

    def same_format(self):
        """What two rules share that find the same thing."""
        return tuple(str(self.format.get(name, "")) for name in ("template", "prefix", "alphabet", "length", "suffix",
            "check"))


def read(folder=PROVIDERS):
    rules = []
    for path in sorted(pathlib.Path(folder).glob("*.toml")):
        with open(path, "rb") as file:
            document = tomllib.load(file)
        provider = document.get("provider", {})
        for table in document.get("rules", []):
            rules.append(Rule(table["id"], provider.get("id", path.stem), provider.get("name", path.stem),
                              table.get("format", {}),
                              table.get("check", {}).get("prefix", 0), tuple(table.get("samples", ())),
                              tuple(word.lower() for word in table.get("keywords", ())),
                              tuple(table.get("aliases", ())),
                              table.get("generic", False), table.get("entropy", 0), table.get("proof", ""), table))
    return rules


def with_format(rules):
    return [rule for rule in rules if rule.format and not rule.generic and not rule.table.get("skip_report")]


def siblings(rules):
    """For each rule id, the ids that are as right: aliases, and rules of the very same format."""
    by_format = {}
    for rule in rules:
        by_format.setdefault(rule.same_format(), set()).update({rule.id, *rule.aliases})
    return {rule.id: by_format[rule.same_format()] | set(rule.aliases) for rule in rules}
