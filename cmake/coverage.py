#!/usr/bin/env python3
"""Lines that ran, per room: coverage.py SOURCE_DIR BUILD_DIR, where programs that were built with --coverage have run.

A line of a header counts once, and has run if it ran in any file. Tests and other people's headers do not count.
"""
import collections
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
ROOMS = ("rules", "engine", "frontends", "hooks")


def room_of(name):
    """The folder of a file, as "engine/expand"; None where it is no room's."""
    path = pathlib.Path(os.path.normpath(os.path.join(build, name)))
    if not path.is_relative_to(source) or path.is_relative_to(build):
        return None
    parts = path.relative_to(source).parts
    return "/".join(parts[:-1]) if parts[0] in ROOMS else None


def main():
    lines = collections.defaultdict(dict)  # room -> (file, line) -> whether it ran
    notes = [str(path) for path in build.rglob("*.gcno") if "/tests/" not in str(path)]
    for note in notes:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcov-12", "--json-format", note], cwd=folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            for made in pathlib.Path(folder).glob("*.gcov.json.gz"):
                for file in json.loads(gzip.decompress(made.read_bytes()))["files"]:
                    room = room_of(file["file"])
                    for line in file["lines"] if room else ():
                        key = (file["file"], line["line_number"])
                        lines[room][key] = lines[room].get(key, False) or line["count"] > 0
    if not lines:
        sys.exit("coverage.py: nothing was built with --coverage in " + str(build))
    everything = [ran for room in lines.values() for ran in room.values()]
    for room, told in [*sorted(lines.items()), ("all", dict(enumerate(everything)))]:
        print(f"{room:24} {100 * sum(told.values()) / len(told):6.1f} %  of {len(told):6} lines")


main()
