#!/usr/bin/env python3
"""The table "Differences from gitleaks" and its cases: differences.py SOURCE_DIR

Each row has a case of its name in tests/cases/compat, and each case has a row.
"""
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
page = (source / "docs/gitleaks.md").read_text()
start = page.index("## Differences from gitleaks")
section = re.split(r"^#+ ", page[start + 3:], flags=re.M)[0]
rows = re.findall(r"^\| `([a-z-]+)` \|", section, flags=re.M)
cases = sorted(path.stem for path in (source / "tests/cases/compat").glob("*.txt"))

wrong = [f"no case for the row {row}" for row in rows if row not in cases]
wrong += [f"no row for the case {case}" for case in cases if case not in rows]
wrong += [f"the row {row} stands twice" for row in sorted(set(rows)) if rows.count(row) > 1]
wrong += ["a row without a name"] if section.count("\n| ") != len(rows) + 1 else []  # the head is one besides
print("\n".join(wrong) or f"{len(rows)} rows, each with its case")
sys.exit(1 if wrong or not rows else 0)
