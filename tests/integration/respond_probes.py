"""Who is asked about a leaked credential: tests/respond/probes.txt against the provider files and the logins that
hooks/respond knows.   respond_probes.py SOURCE

Each rule of a provider that is listed is asked about, or has a reason why it is not; a reason outlives neither its rule
nor the day on which the rule gets a probe; and no provider has a probe without being listed.
"""
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(sys.argv[1])


def by_login():
    """The rules of the table of logins."""
    return set(re.findall(r'^    {"([a-z-]+)", "(?:role|user)", \d+', (ROOT / "hooks/respond/logins.cc").read_text(), re.M))


def providers():
    """Id -> its rules, and those that a [[verify]] or a login speaks of."""
    logins = by_login()
    for path in sorted((ROOT / "rules/providers").glob("*.toml")):
        provider = tomllib.loads(path.read_text())
        tables = provider.get("verify", [])
        tables = tables if isinstance(tables, list) else [tables]
        rules = {rule["id"] for rule in provider.get("rules", [])}
        yield provider["provider"]["id"], rules, {rule for table in tables for rule in table["rules"]} | (rules & logins)


def main():
    listed, reasons, unruled, wrong = set(), {}, set(), []
    for line in (ROOT / "tests/respond/probes.txt").read_text().splitlines():
        if line.startswith("providers:"):
            listed |= set(line.split()[1:])
        elif line and not line.startswith("#"):
            what, _, reason = (part.strip() for part in line.partition("|"))
            if not reason or what in reasons or what in unruled:
                wrong.append("%s has no reason, or two" % what)
            elif what.startswith("no rule: "):
                unruled.add(what)
            else:
                reasons[what] = reason
    asked, known = 0, {}
    for provider, rules, probed in providers():
        known[provider] = rules
        wrong += ["%s: [[verify]] speaks of %s, which is no rule of it" % (provider, rule) for rule in probed - rules]
        wrong += ["%s is asked about, and a reason says that it is not" % rule for rule in probed & reasons.keys()]
        if probed and provider not in listed:
            wrong.append("%s has a probe and is not listed" % provider)
        if provider in listed:
            asked += len(probed)
            wrong += ["%s: nobody is asked about %s, and no reason says why" % (provider, rule)
                      for rule in rules - probed - reasons.keys()]
    wrong += ["there is no provider %s" % provider for provider in listed - known.keys()]
    if not by_login() or by_login() - set().union(*known.values()):
        wrong.append("the table of logins is empty, or speaks of what is no rule: %s" % sorted(by_login()))
    everything = {rule for provider in listed & known.keys() for rule in known[provider]}
    wrong += ["%s has a reason and is no rule of a listed provider" % rule for rule in reasons.keys() - everything]
    print("\n".join(wrong) if wrong else "%d providers, %d rules asked about, %d with a reason why not" %
          (len(listed), asked, len(reasons)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
