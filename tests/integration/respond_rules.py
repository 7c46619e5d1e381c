"""Whether each rule of the response has its tests: tests/respond/rules.txt against the tests.   respond_rules.py SOURCE

A test carries the number of its rule in its name (test_2_6_… in Python, "2.6 …" in C++). A test of another number may
hold a second rule too where rules.txt says so.
"""
import pathlib
import re
import sys

TESTS = pathlib.Path(sys.argv[1]) / "tests"
NUMBERS = ["1", *("2.%d" % n for n in range(1, 7)), *("3.%d" % n for n in range(1, 7)), *("4.%d" % n for n in range(1, 6)),
           *("5.%d" % n for n in range(1, 5)), "6", "7"]


def tests():
    """Name of each test -> the number that it carries; empty where it has none."""
    found = {}
    for path in (TESTS / "integration").glob("respond_*.py"):
        for name in re.findall(r"^    def (test_\w+)\(", path.read_text(), re.M):
            number = re.match(r"test_(\d(?:_\d)?)_", name)
            found[name] = number[1].replace("_", ".") if number else ""
    for path in (TESTS / "respond").glob("*.cc"):
        for name in re.findall(r'TEST_CASE\("([^"]*)"', path.read_text()):
            number = re.match(r"(\d(?:\.\d)?) (.*)", name)
            found[number[2] if number else name] = number[1] if number else ""
    return found


def main():
    known, wrong, held = tests(), [], {}
    for line in (TESTS / "respond" / "rules.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        number, what, test = (part.strip() for part in line.split("|"))
        if number not in NUMBERS:
            wrong.append("there is no rule %s (%s)" % (number, what))
        if test not in known:
            wrong.append("%s, %s: there is no test %s" % (number, what, test))
        held.setdefault(number, set()).add(known.get(test))
    for number in NUMBERS:
        if number not in held.get(number, set()):
            wrong.append("rule %s has no test that carries its number" % number)
    # Section 5 as a whole is a number too: what it says of secrets anywhere.
    wrong += ["%s carries the number of no rule" % test for test, number in known.items()
              if number and number not in NUMBERS and number not in {"5"}]
    print("\n".join(wrong) if wrong else "%d rules, each with its tests" % len(NUMBERS))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
