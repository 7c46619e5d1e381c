#!/usr/bin/env python3
"""Lines that ran, per room, and the files of which most lines did not: coverage.py SOURCE_DIR BUILD_DIR, where programs
that were built with --coverage have run.

A line of a header counts once, and has run if it ran in any file. Tests and other people's headers do not count, nor
does a file that nothing compiled.
"""
import collections
import concurrent.futures
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
ROOMS = ("rules", "engine", "frontends", "hooks")
LISTED = 20


def room_of(name):
    """The folder of a file, as "engine/expand"; None where it is no room's."""
    path = pathlib.Path(os.path.normpath(os.path.join(build, name)))
    if not path.is_relative_to(source) or path.is_relative_to(build):
        return None
    parts = path.relative_to(source).parts
    return "/".join(parts[:-1]) if parts[0] in ROOMS else None


def lines_of(note):
    """(room, file, line, whether it ran), of one compiled file. What has not run at all leaves no counts: all are 0."""
    out = []
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["gcov-12", "--json-format", note], cwd=folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"coverage.py: {note}: {done.stderr}")
        for made in pathlib.Path(folder).glob("*.gcov.json.gz"):
            for file in json.loads(gzip.decompress(made.read_bytes()))["files"]:
                room = room_of(file["file"])
                if room:
                    out += [(room, file["file"], line["line_number"], line["count"] > 0) for line in file["lines"]]
    return out


def main():
    lines = collections.defaultdict(dict)  # room -> (file, line) -> whether it ran
    notes = [str(path) for path in build.rglob("*.gcno") if path.relative_to(build).parts[0] in ROOMS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lines_of, notes):
            for room, file, line, ran in found:
                lines[room][file, line] = lines[room].get((file, line), False) or ran
    if not lines:
        sys.exit("coverage.py: nothing was built with --coverage in " + str(build))
    everything = [ran for told in lines.values() for ran in told.values()]
    for room, told in sorted(lines.items()):
        print(f"{room:24} {100 * sum(told.values()) / len(told):6.1f} %  of {len(told):6} lines")
    print(f"{'all':24} {100 * sum(everything) / len(everything):6.1f} %  of {len(everything):6} lines")
    files = collections.defaultdict(list)
    for told in lines.values():
        for (file, _), ran in told.items():
            files[file].append(ran)
    for file, ran in sorted(files.items(), key=lambda each: sum(each[1]) - len(each[1]))[:LISTED]:
        name = os.path.relpath(os.path.join(build, file), source)
        print(f"{len(ran) - sum(ran):6} of {len(ran):5} lines did not run: {name}")


main()
