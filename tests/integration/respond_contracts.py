"""The contracts of the doubles: each call has its source, and each entry of the catalogue that says it was tried against a
double has a contract for all of its calls.   respond_contracts.py SOURCE_FOLDER
"""
import json
import pathlib
import re
import sys
import tomllib
import unittest

ROOT = pathlib.Path(sys.argv.pop(1)).resolve()
CONTRACTS = [json.loads(path.read_text()) for path in sorted((ROOT / "tests/support/contracts").rglob("*.json"))]
OURS = ("the self-rotation contract", "a consumer of this test")


def shape(path):
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


def calls_of(entry, provider):
    """Method, host, path and names in the query of what an entry sends."""
    requests = [entry["request"], *(entry[name] for name in ("disable", "enable") if name in entry),
                *(step["request"] for step in entry.get("locate", []))]
    for request in requests:
        host, path, query = re.match(r"https://([^/?]+)([^?]*)\??(.*)", request["url"]).groups()
        if host == "{host}":  # the default, or, where there is none, the double's
            host = entry["parts"]["host"].partition(":")[2] or provider + ".example"
        yield host, request["method"], shape(path), tuple(sorted(part.split("=")[0] for part in query.split("&") if part))


class Contracts(unittest.TestCase):
    def test_each_call_has_its_source(self):
        for contract in CONTRACTS:
            for call in contract["calls"]:
                with self.subTest(contract["hosts"], call=call["name"]):
                    self.assertTrue(call["source"])
                    for source in call["source"]:
                        self.assertTrue(source.startswith("https://") or source in OURS, source)

    def test_what_was_tried_against_a_double_has_a_contract(self):
        known = {(host, call["method"], shape(call["path"]), tuple(sorted(call.get("query", []))))
                 for contract in CONTRACTS for host in contract["hosts"] + contract.get("templates", [])
                 for call in contract["calls"]}
        tried = 0
        for path in sorted((ROOT / "rules/providers").glob("*.toml")):
            provider = tomllib.loads(path.read_text())
            tables = [provider.get(name, []) for name in ("verify", "revoke")]
            for entry in [one for table in tables for one in (table if isinstance(table, list) else [table])]:
                if entry.get("tested") == "double":
                    tried += 1
                    for call in calls_of(entry, provider["provider"]["id"]):
                        with self.subTest(path.name, rules=entry.get("rules")):
                            self.assertIn(call, known)
        self.assertGreater(tried, 10)


if __name__ == "__main__":
    unittest.main(verbosity=1)
