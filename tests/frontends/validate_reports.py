"""Holds the reports of all text cases against what others say they must be.

Usage: validate_reports.py SCHEMAS FOLDER

SCHEMAS is the folder of our schemas, FOLDER holds the outputs.

jsonl: every line against our JSON Schema (python3-jsonschema), made strict here: readers must accept unknown fields,
the program must not write any. The order of the lines and the sums of the summary are checked too.
sarif: every object is built with the SARIF object model (python3-sarif-python-om), so that unknown or missing
properties fail; STAUNCH_SARIF_SCHEMA names a copy of the OASIS schema where there is one, and is then used as well.
json: the keys of gitleaks' report, in order.
csv: read with Python's csv module: the columns of gitleaks' report, as many cells in each row, no cell that a
spreadsheet runs as a formula, as many rows as the json report of the same case has entries.
junit: against junit.xsd with libxml2 (python3-lxml); the counts are those of the cases. STAUNCH_JUNIT_SCHEMAS names
copies of published schemas (separated by colons) where there are any, which are then used as well.
gitlab: against gitlab.schema.json, strictly; ids are UUIDs, each there once. STAUNCH_GITLAB_SCHEMA names a copy of
GitLab's own schema where there is one.
html: the one script and the one style are those that the page's Content-Security-Policy names, worked out here anew;
its data has the findings of the jsonl report. (integration/report_html.py looks at it in a browser.)
markdown: as cmark-gfm renders it, with GitHub's extensions: a table of four columns with a row a finding, no element
but those that the report writes, no link to elsewhere; what GitHub looks for in a finished page ("@name", "#1") stands
in no text outside of code.
"""

import base64
import csv
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import uuid

import attr
import jsonschema
import lxml.etree
import lxml.html
import sarif_om

GITLEAKS_KEYS = """RuleID Description StartLine EndLine StartColumn EndColumn Match Secret File SymlinkFile Commit
Entropy Author Email Date Message Tags Fingerprint""".split()

GITLEAKS_COLUMNS = """RuleID Commit File SymlinkFile Secret Match StartLine EndLine StartColumn EndColumn Author Message
Date Email Fingerprint Tags""".split()

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


def check_csv(text, entries):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == GITLEAKS_COLUMNS, rows[0]
    assert len(rows) == 1 + len(entries)
    for row, entry in zip(rows[1:], entries):
        assert len(row) == len(GITLEAKS_COLUMNS), row
        for name, cell in zip(GITLEAKS_COLUMNS, row):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
            plain = " ".join(entry[name]) if name == "Tags" else str(entry[name])
            if plain.isprintable() and "\ufffd" not in plain:  # else JSON escapes what CSV cannot
                assert cell == ("'" if plain.startswith(("=", "+", "-", "@")) else "") + plain, (cell, plain)


def check_junit(text, schemas, entries):
    root = lxml.etree.fromstring(text.encode())
    for schema in schemas:
        schema.assertValid(root)
    (suite,) = root
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases) > 0
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == len(entries)
    assert int(suite.get("errors")) == len(suite.findall("testcase/error"))
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))
    for failure, entry in zip(suite.findall("testcase/failure"), entries):
        body, same = json.loads(failure.text), dict(entry)
        same["Message"] = same["Message"].replace("\uffff", "\ufffd")  # which XML cannot hold
        assert body == same, (body, same)


def check_gitlab(text, validators, entries):
    report = json.loads(text)
    for validator in validators:
        validator.validate(report)
    ids = [each["id"] for each in report["vulnerabilities"]]
    assert len(set(ids)) == len(ids) == len(entries)
    for each in ids:
        assert str(uuid.UUID(each)) == each and uuid.UUID(each).variant == uuid.RFC_4122, each


def fingerprints(lines):
    return [line["fingerprint"] for line in lines if line["type"] == "finding"]


def check_html(text, lines):
    page = lxml.html.document_fromstring(text)
    data, script = page.findall(".//script")
    (style,) = page.findall(".//style")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    for element, name in ((script, "script-src"), (style, "style-src")):
        digest = base64.b64encode(hashlib.sha256(element.text.encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy, (name, policy)
    assert policy.startswith("default-src 'none';") and "unsafe" not in policy
    assert not page.xpath("//@src | //link | //img | //*[@style] | //@*[starts-with(name(), 'on')]")
    assert data.get("type") == "application/json"
    findings = json.loads(data.text)["findings"]
    assert sorted(each["id"] for each in findings) == sorted(fingerprints(lines))
    assert sum(each["count"] for each in findings) == sum(line["type"] == "occurrence" for line in lines)


def check_markdown(text, lines):
    assert len(text) < 65536
    command = ["cmark-gfm", "--unsafe", "-e", "table", "-e", "autolink", "-e", "strikethrough", "-e", "tagfilter"]
    html = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
    page = lxml.html.fragment_fromstring(html, create_parent="main")
    tags = {element.tag for element in page.iter()}
    allowed = "main h3 p strong ul li code pre table thead tbody tr th td br details summary a".split()
    assert tags <= set(allowed), tags
    assert all(link.startswith("https://") for link in page.xpath("//a/@href"))
    assert all(set(element.keys()) <= {"href"} for element in page.iter("a"))
    found = len(fingerprints(lines))
    assert len(page.findall(".//tbody/tr")) == found
    assert all(len(row.findall("td")) == 4 for row in page.findall(".//tbody/tr"))
    assert page.findtext(".//pre/code", "").count("sf1:") == found
    for words in page.xpath("//text()[not(ancestor::code)]"):
        assert not re.search(r"@\w|#\d|https?://|www\.", words), words


def check_gitleaks(text):
    report = json.loads(text)
    assert isinstance(report, list)
    for entry in report:
        assert list(entry) == GITLEAKS_KEYS, list(entry)
    return report


def junit_schemas(folder):
    paths = [folder / "junit.xsd"] + [p for p in os.environ.get("STAUNCH_JUNIT_SCHEMAS", "").split(":") if p]
    return [lxml.etree.XMLSchema(lxml.etree.parse(str(path))) for path in paths]


def json_validators(path, foreign):
    """Ours, made strict, and the published one where the environment names a copy."""
    schema = json.loads(path.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validators = [jsonschema.Draft7Validator(strict(schema))]
    if foreign in os.environ:
        validators.append(jsonschema.Draft7Validator(json.loads(pathlib.Path(os.environ[foreign]).read_text())))
    return validators


class Entries(list):
    """Of the json report; `lines` are those of the jsonl report."""


def main():
    schemas, outputs = map(pathlib.Path, sys.argv[1:3])
    (jsonl,) = json_validators(schemas / "staunch.schema.json", "")
    sarif_schema = os.environ.get("STAUNCH_SARIF_SCHEMA")
    sarif = sarif_schema and jsonschema.Draft7Validator(json.loads(pathlib.Path(sarif_schema).read_text()))
    gitlab = json_validators(schemas / "gitlab.schema.json", "STAUNCH_GITLAB_SCHEMA")
    junit = junit_schemas(schemas)
    checks = {
        ".jsonl": lambda text, entries: check_jsonl(text, jsonl),
        ".sarif": lambda text, entries: check_sarif(text, sarif or None),
        ".json": lambda text, entries: check_gitleaks(text),
        ".csv": check_csv,
        ".junit": lambda text, entries: check_junit(text, junit, entries),
        ".gitlab": lambda text, entries: check_gitlab(text, gitlab, entries),
        ".html": lambda text, entries: check_html(text, entries.lines),
        ".markdown": lambda text, entries: check_markdown(text, entries.lines),
    }
    seen = dict.fromkeys(checks, 0)
    for path in sorted(outputs.iterdir()):
        if path.suffix not in checks:
            continue
        seen[path.suffix] += 1
        try:
            entries = Entries(json.loads(path.with_suffix(".json").read_bytes()))
            entries.lines = list(map(json.loads, path.with_suffix(".jsonl").read_text().splitlines()))
            checks[path.suffix](path.read_bytes().decode("utf-8"), entries)
        except Exception as error:
            sys.exit(f"{path.name}: {type(error).__name__}: {error}")
    assert all(seen.values()) and len(set(seen.values())) == 1, seen
    print("valid:", ", ".join(f"{count} {suffix}" for suffix, count in seen.items()))


if __name__ == "__main__":
    main()
