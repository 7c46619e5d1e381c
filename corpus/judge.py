"""Which findings are true and which secrets were found.

A label of a format is found by a finding of its rule, an alias, or a rule of the very same format, in the same file, on
the same line where the file holds it as it is, with the same value (what a file's syntax escapes may be reported either
way, and what is decoded on the way to the rule need only lie there). A generic label is found by any rule. A finding is
true if it finds a label; one of a generic rule also if it overlaps a labelled secret, and one of another rule inside a
secret that is found already is left out: the same leak, told twice. Everything else is false.
"""
import collections
import dataclasses
import re
import urllib.parse

from corpus import catalogue
from corpus.program import CONFIDENCES

HEAD = 24
_LOOSE = re.compile(r"\\+(?:u00..|[nrt\"'/\\])|[\s\\\"']+")


def canonical(text):
    """The same for a secret as it is and as JSON, a URL or several lines would have it."""
    text = urllib.parse.unquote(text) if "%" in text else text
    return _LOOSE.sub("", text).replace("&amp;", "&").replace("&lt;", "<").replace("&quot;", "").strip()


@dataclasses.dataclass
class Count:
    labels: int = 0
    found: int = 0
    high: int = 0
    true: int = 0
    false: int = 0
    example: str = ""
    wrong: str = ""

    def recall(self):
        return self.found / self.labels if self.labels else 1.0

    def precision(self):
        return self.true / (self.true + self.false) if self.true + self.false else 1.0

    def f1(self):
        total = self.precision() + self.recall()
        return 2 * self.precision() * self.recall() / total if total else 0.0


class Verdicts:
    """Counts by rule, provider and kind for findings at or above a confidence."""

    def __init__(self, rules, siblings):
        self.provider = {rule.id: rule.provider for rule in rules}
        self.generic_rules = {rule.id for rule in rules if rule.generic}
        self.siblings = siblings
        self.by_rule, self.by_provider = collections.defaultdict(Count), collections.defaultdict(Count)
        self.by_kind, self.by_shape = collections.defaultdict(Count), collections.defaultdict(Count)
        self.noise = collections.Counter()
        self.secrets = Count()  # of formats, without what its provider does not keep secret
        self._secret_rules = catalogue.secret_rules(rules)
        self.format_findings, self.generic_findings = Count(), Count()

    def is_generic(self, found):
        return found.provider == "generic" or found.rule in self.generic_rules

    def _counts(self, label):
        kinds = [self.by_kind[label.kind], self.by_shape[(label.kind, label.encoding or label.shape)]]
        if label.rule == "generic":
            return kinds
        if label.rule in self._secret_rules:
            kinds.append(self.secrets)
        return [*kinds, self.by_rule[label.rule], self.by_provider[self.provider[label.rule]]]

    def add_label(self, label, best):
        for count in self._counts(label):
            count.labels += 1
            if best is not None:
                count.found += 1
                count.high += best.confidence == "high"
            elif not count.example:
                shape = f"{label.shape}, {label.encoding}" if label.encoding else label.shape
                count.example = f"{label.file}:{label.line} ({label.kind}, {shape})"

    def add_finding(self, found, true, about):
        generic = self.is_generic(found)
        counts = [self.generic_findings if generic else self.format_findings, self.by_rule[found.rule],
                  self.by_provider[found.provider]]
        for count in counts:
            count.true += true
            count.false += not true
            if not true and not count.wrong:
                count.wrong = f"{found.path}:{found.line}"
        if not true:
            self.noise[(found.rule, about)] += 1


def _outer(path, files):
    """The corpus file that a reported path is in: members of archives have the archive's path before theirs."""
    while path not in files and path:
        path = re.split(r"[!/](?=[^!/]*\Z)", path)[0] if re.search(r"[!/]", path) else ""
    return path


def judge(labels, findings, rules, siblings, confidence="low"):
    verdicts = Verdicts(rules, siblings)
    level = CONFIDENCES.index(confidence)
    by_file = collections.defaultdict(list)
    for label in labels:
        by_file[label.file].append(label)
    kept = collections.defaultdict(list)
    for found in findings:
        if CONFIDENCES.index(found.confidence) >= level:
            kept[_outer(found.path, by_file)].append(found)
    for file, held in by_file.items():
        _judge_file(verdicts, held, kept.pop(file, []))
    for rest in kept.values():
        for found in rest:
            verdicts.add_finding(found, False, "no label")
    return verdicts


def _matches(verdicts, label, found):
    if label.line and found.line != label.line and not found.decoded:
        return False
    if label.rule != "generic" and found.rule not in verdicts.siblings[label.rule]:
        return False
    if label.line and found.decoded and "!" not in found.path and label.rule != "generic":
        return found.offset < label.offset + len(label.written.encode()) and label.offset < found.offset + found.length
    value, secret = canonical(found.value), canonical(label.secret)
    if "\n" in label.secret:  # keys over many lines: what stands inside may be reported decoded
        return value[:HEAD] == secret[:HEAD]
    return value in (secret, canonical(label.written))


def _overlaps(label, found):
    if label.line and "!" not in found.path:
        end = label.offset + len(label.written.encode())
        if label.offset < found.offset + found.length and found.offset < end:
            return True
    held, value = canonical(label.secret), canonical(found.value)
    return bool(held) and bool(value) and (held in value or value in held)


def _judge_file(verdicts, labels, findings):
    secrets = [label for label in labels if label.kind != "decoy"]
    true, missed = set(), []
    for label in secrets:
        best = None
        for number, found in enumerate(findings):
            if _matches(verdicts, label, found):
                true.add(number)
                if best is None or CONFIDENCES.index(found.confidence) > CONFIDENCES.index(best.confidence):
                    best = found
        verdicts.add_label(label, best)
        if best is None:
            missed.append(label)
    for number, found in enumerate(findings):
        near = [label for label in secrets if _overlaps(label, found)]
        if number in true or (near and verdicts.is_generic(found)):
            verdicts.add_finding(found, True, "")
        elif near and not any(label in missed for label in near):
            continue
        elif any(label.rule == "generic" for label in near):
            verdicts.add_finding(found, True, "")
        else:
            about = near[0].rule if near else next((label.shape
                                                    for label in labels if label.kind == "decoy" and label.line in (0,
                                                        found.line)), "filler")
            verdicts.add_finding(found, False, about)
