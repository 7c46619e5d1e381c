"""The figures of a run: printed, collected, and held against the committed ones (corpus/figures.json)."""
import json
import math
import pathlib

COMMITTED = pathlib.Path(__file__).resolve().parent / "figures.json"
FORMAT_KINDS = ("format", "place", "encoded", "history")


def _total(verdicts, kinds=FORMAT_KINDS):
    counts = [verdicts.by_kind[kind] for kind in kinds]
    labels = sum(count.labels for count in counts)
    return labels, sum(count.found for count in counts) / max(1, labels), sum(count.high for count in counts) / max(1,
        labels)


def _high_secrets(verdicts):
    """Share with confidence high of the true secrets (catalogue.secret_rules)."""
    return verdicts.secrets.high / max(1, verdicts.secrets.labels)


def collect(at, everywhere, every_shape):
    """All figures of a run, by name; each is better when it is larger. A figure is cut, not rounded, to four places."""
    out = {"common keys in common places, found by their own rule with confidence high": everywhere}
    for kind, share in every_shape.items():
        out[f"keys that need their name, in every {kind} shape, found by their own rule"] = share
    for level, verdicts in at.items():
        for kind in (*FORMAT_KINDS, "generic"):
            out[f"{level}: recall, {kind}"] = verdicts.by_kind[kind].recall()
        out[f"{level}: recall, all formats"] = _total(verdicts)[1]
        out[f"{level}: precision, format rules"] = verdicts.format_findings.precision()
        out[f"{level}: precision, generic rules"] = verdicts.generic_findings.precision()
    out["share of true format secrets with confidence high"] = _high_secrets(at["low"])
    out["the same, with public keys and lone ids"] = _total(at["low"])[2]
    return {name: math.floor(value * 10000) / 10000 for name, value in out.items()}


def _table(title, rows):
    print(f"\n{title:34} {'secrets':>8} {'recall':>7} {'true':>6} {'false':>6} {'precision':>9} {'F1':>6}")
    for name, count in rows:
        print(f"  {name:32} {count.labels:8} {count.recall():7.4f} {count.true:6} {count.false:6} "
              f"{count.precision():9.4f} {count.f1():6.3f}")


def _show_level(level, verdicts, worst):
    print(f"\n== findings of confidence {level} and above ==")
    print(f"{'kind':12} {'secrets':>8} {'found':>7} {'recall':>7} {'high':>7}")
    for kind in (*FORMAT_KINDS, "generic"):
        count = verdicts.by_kind[kind]
        print(f"{kind:12} {count.labels:8} {count.found:7} {count.recall():7.4f} "
              f"{count.high / max(1, count.labels):7.4f}")
    labels, recall, high = _total(verdicts)
    print(f"{'all formats':12} {labels:8} {'':7} {recall:7.4f} {high:7.4f}")
    print(f"of the {verdicts.secrets.labels} that their providers keep secret (no public keys, no ids) "
          f"{_high_secrets(verdicts):.4f} are high")
    for name, count in (("format rules", verdicts.format_findings), ("generic rules", verdicts.generic_findings)):
        print(f"{name}: {count.true} true and {count.false} false findings, precision {count.precision():.4f}")
    if level != "low":
        return
    _table("provider", [row for row in sorted(verdicts.by_provider.items()) if row[1].f1() < 1])
    bad = sorted((row for row in verdicts.by_rule.items() if row[1].labels),
                 key=lambda row: (row[1].f1(), row[0]))[:worst]
    _table("worst rules", bad)
    for name, count in bad:
        if count.f1() < 1:
            print(f"  {name}: missed {count.example or '-'}; false {count.wrong or '-'}")
    for kind in (*FORMAT_KINDS, "generic"):
        rows = [(shape, count) for (of, shape),
                count in verdicts.by_shape.items()
                if of == kind and count.recall() < 1 and (kind != "format" or count.labels > 20)]
        rows.sort(key=lambda row: (row[1].recall(), row[0]))
        print(f"\nworst shapes of {kind}: " + "; ".join(f"{shape} {count.found}/{count.labels}" for shape,
                                                        count in rows[:12]))
    print("\nfalse findings, by rule and what they are: " + "; ".join(f"{rule} in {about} {n}" for (rule, about),
        n in verdicts.noise.most_common(40)))


def show(at, worst):
    print("providers that are not listed have recall and precision 1")
    for level, verdicts in at.items():
        _show_level(level, verdicts, worst)


def plain_is_whole(verdicts):
    """Exit code for the quick run: every format is found in plain text."""
    return 1 if verdicts.by_kind["format"].recall() < 1 else 0


def settle(now, commit):
    """Writes the figures or compares them; the exit code."""
    known = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    print()
    worse = [name for name, value in now.items() if value < known.get(name, 0)]
    for name, value in now.items():
        print(f"{value:8.4f}  {name}" + (f"  WORSE than the committed {known[name]:.4f}"
                                         if name in worse and not commit else ""))
    if commit:
        COMMITTED.write_text(json.dumps({**known, **now}, indent=2) + "\n")
        return 0
    return 1 if worse else 0
