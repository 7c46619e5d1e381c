#!/usr/bin/env python3
"""What the programs are made of, as SPDX 2.3 in JSON: sbom.py SOURCE_DIR BUILD_DIR VERSION > staunch.spdx.json

The packages stand in it with the version that dpkg knows here: those whose shared libraries the programs ask for
(ldd), or load when they meet an archive, those whose archives are linked in (the link lines of the build), and the
other build packages of cmake/packages.txt, of which headers were compiled. SOURCE_DATE_EPOCH stands in for the clock,
and the document's name space is made of its content, so that the same build gives the same bytes.
"""
import ctypes.util
import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

source, build, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
PROGRAMS = ["staunch", "libexec/staunch/staunch-serve", "libexec/staunch/staunch-respond"]
TOOLS = {"cmake", "ninja-build", "g++-12"}


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "LC_ALL": "C"}).stdout


def owners(files):
    """The Debian packages that files belong to. A library may be listed under /lib, truly named /usr/lib."""
    spelled = {}  # a name as dpkg may have it -> the file
    for file in files:
        for name in (file, os.path.realpath(file)):
            other = name.removeprefix("/usr") if name.startswith("/usr/") else "/usr" + name
            spelled[name] = spelled[other] = file
    told = subprocess.run(["dpkg", "-S", *sorted(spelled)], capture_output=True, text=True, check=False).stdout
    found = {spelled[line.partition(": ")[2]]: line.split(":")[0].split(",")[0] for line in told.splitlines()
             if line.partition(": ")[2] in spelled}
    if missing := set(files) - set(found):
        sys.exit(f"sbom.py: no package has {', '.join(sorted(missing))}")
    return set(found.values())


def shared():
    lines = "".join(run("ldd", str(build / program)) for program in PROGRAMS)
    return set(re.findall(r"=> (/\S+)", lines)) | set(re.findall(r"^\s+(/\S+) \(", lines, re.M))


def opened():
    """What a program loads when it meets an archive (engine/expand/libarchive.cc)."""
    name = ctypes.util.find_library("archive")
    lines = run("ldconfig", "-p")
    return set(re.findall(rf"{re.escape(name)} .*=> (/\S+)", lines)) if name else set()


def linked_in():
    lines = run("ninja", "-C", str(build), "-t", "commands", *PROGRAMS)
    named = {word for line in lines.splitlines() for word in line.split()
             if word.endswith(".a") and word.startswith("/usr/")}
    return named | {run("g++-12", "-print-file-name=" + name).strip() for name in ("libgcc.a",)}


def build_packages():
    """Of packages.txt, those that are installed: an architecture needs one of two that do the same."""
    rows = [line.split() for line in (source / "cmake/packages.txt").read_text().splitlines()]
    return {row[1] for row in rows if row and row[0] == "build"}


def dpkg_facts(names):
    query = "${Package}\t${Version}\t${Architecture}\t${source:Package}\t${db:Status-Abbrev}\n"
    done = subprocess.run(["dpkg-query", "-W", "-f", query, *sorted(names)], capture_output=True, text=True,
                          check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {row[0]: row for row in rows if row[4].startswith("ii")}


def spdx_id(name):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def package(row):
    name, its_version, architecture, of, _ = row
    quoted = its_version.replace(":", "%3A").replace("+", "%2B")
    purl = f"pkg:deb/debian/{name}@{quoted}?arch={architecture}&distro=debian-12"
    return {"name": name, "SPDXID": spdx_id(name), "versionInfo": its_version, "supplier": "Organization: Debian",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION", "sourceInfo": f"built from: {of}",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": purl}]}


def main():
    dynamic, static, loaded = owners(shared()), owners(linked_in()), owners(opened())
    others = build_packages() - dynamic - static
    facts = dpkg_facts(dynamic | static | loaded | others)
    relations = []
    for name in sorted(facts):
        kinds = [("DYNAMIC_LINK", dynamic), ("STATIC_LINK", static), ("RUNTIME_DEPENDENCY_OF", loaded),
                 ("BUILD_TOOL_OF", others & TOOLS),
                 ("BUILD_DEPENDENCY_OF", others - TOOLS)]
        for kind, of_kind in kinds:
            if name in of_kind:
                ends = ("SPDXRef-staunch", spdx_id(name))
                one, other = reversed(ends) if kind.endswith("_OF") else ends
                relations.append({"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other})
    own = {"name": "staunch", "SPDXID": "SPDXRef-staunch", "versionInfo": version, "supplier": "Organization: staunch",
           "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
           "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}
    packages = [own, *(package(facts[name]) for name in sorted(facts))]
    relations.insert(0, {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                         "relatedSpdxElement": "SPDXRef-staunch"})
    content = json.dumps([packages, relations]).encode()
    moment = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())),
                                             datetime.timezone.utc)
    json.dump({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
               "name": f"staunch-{version}",
               "documentNamespace": f"https://staunch.invalid/spdx/{hashlib.sha256(content).hexdigest()[:32]}",
               "creationInfo": {"created": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: staunch-sbom"]},
               "packages": packages, "relationships": relations}, sys.stdout, indent=1)
    print()


main()
