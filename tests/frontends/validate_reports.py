"""Holds the reports of all text cases against what others say they must be.

Usage: validate_reports.py STAUNCH_SCHEMA FOLDER

jsonl: every line against our JSON Schema (python3-jsonschema), made strict here: readers must accept unknown fields,
the program must not write any. The order of the lines and the sums of the summary are checked too.
sarif: every object is built with the SARIF object model (python3-sarif-python-om), so that unknown or missing
properties fail; STAUNCH_SARIF_SCHEMA names a copy of the OASIS schema where there is one, and is then used as well.
json: the keys of gitleaks' report, in order.
"""

import json
import os
import pathlib
import sys

import attr
import jsonschema
import sarif_om

GITLEAKS_KEYS = """RuleID Description StartLine EndLine StartColumn EndColumn Match Secret File SymlinkFile Commit
Entropy Author Email Date Message Tags Fingerprint""".split()

# Which class of the object model stands behind a property of another.
SARIF_CLASSES = {
    "runs": sarif_om.Run, "tool": sarif_om.Tool, "driver": sarif_om.ToolComponent,
    "rules": sarif_om.ReportingDescriptor, "shortDescription": sarif_om.MultiformatMessageString,
    "fullDescription": sarif_om.MultiformatMessageString, "help": sarif_om.MultiformatMessageString,
    "defaultConfiguration": sarif_om.ReportingConfiguration, "invocations": sarif_om.Invocation,
    "toolExecutionNotifications": sarif_om.Notification, "message": sarif_om.Message, "results": sarif_om.Result,
    "locations": sarif_om.Location, "physicalLocation": sarif_om.PhysicalLocation,
    "artifactLocation": sarif_om.ArtifactLocation, "region": sarif_om.Region,
}
FREE_FORM = {"properties", "partialFingerprints"}


def strict(schema):
    """The schema with unknown properties forbidden wherever properties are listed."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
    return schema


def check_jsonl(text, validator):
    lines = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        validator.validate(line)
    types = [line["type"] for line in lines]
    assert types == sorted(types, key=["start", "occurrence", "finding", "summary"].index), types
    assert types.count("start") == 1 and types.count("summary") == 1
    summary = lines[-1]
    assert summary["findings"] == types.count("finding")
    assert summary["occurrences"] == types.count("occurrence")
    assert summary["complete"] == (not summary["incomplete"])
    for finding in (line for line in lines if line["type"] == "finding"):
        places = [l for l in lines if l["type"] == "occurrence" and l["fingerprint"] == finding["fingerprint"]]
        assert len(places) == finding["occurrences"]


def check_sarif_object(value, kind):
    """`value` has only properties that the class knows, and all that it demands."""
    names = {field.metadata["schema_property_name"]: field for field in attr.fields(kind)}
    unknown = set(value) - set(names)
    assert not unknown, f"{kind.__name__} has no {unknown}"
    kind(**{names[key].name: part for key, part in value.items()})
    for key, part in value.items():
        if key in FREE_FORM:
            continue
        for each in part if isinstance(part, list) else [part]:
            if isinstance(each, dict):
                check_sarif_object(each, SARIF_CLASSES[key])


def check_sarif(text, validator):
    log = json.loads(text)
    check_sarif_object(log, sarif_om.SarifLog)
    if validator is not None:
        validator.validate(log)
    for run in log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["occurrenceCount"] >= len(result["locations"]) > 0


def check_gitleaks(text):
    report = json.loads(text)
    assert isinstance(report, list)
    for entry in report:
        assert list(entry) == GITLEAKS_KEYS, list(entry)


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(strict(schema))
    sarif_schema = os.environ.get("STAUNCH_SARIF_SCHEMA")
    sarif_validator = sarif_schema and jsonschema.Draft7Validator(json.loads(pathlib.Path(sarif_schema).read_text()))
    seen = {".jsonl": 0, ".sarif": 0, ".json": 0}
    for path in sorted(pathlib.Path(sys.argv[2]).iterdir()):
        if path.suffix not in seen:
            continue
        seen[path.suffix] += 1
        text = path.read_bytes().decode("utf-8")
        try:
            if path.suffix == ".jsonl":
                check_jsonl(text, validator)
            elif path.suffix == ".sarif":
                check_sarif(text, sarif_validator or None)
            else:
                check_gitleaks(text)
        except Exception as error:
            sys.exit(f"{path.name}: {type(error).__name__}: {error}")
    assert all(seen.values()), seen
    print("valid:", ", ".join(f"{count} {suffix}" for suffix, count in seen.items()))


if __name__ == "__main__":
    main()
