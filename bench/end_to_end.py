#!/usr/bin/env python3
"""Whole processes: staunch against ripgrep, cat, wc, gzip, bare Hyperscan and an empty process, as ratios of one run.

  end_to_end.py --make-tree TREE REPOSITORY...   checks old and new commits of git repositories out under TREE
  end_to_end.py --staunch build/release/staunch TREE
  end_to_end.py --only stream TREE               of the parts tree, stream and start, one
  end_to_end.py --history REPOSITORY             whole histories, ranges of one commit, the index

The answer comes first: the files and bytes that staunch counts are those that lie there, and every secret that was
planted is reported. Then the commands take turns, so that all see the same weather, and each figure is the median of
its rounds. Wall time covers the whole process; memory is the peak of the largest process. Exits with 1 where a target
is missed, with 2 where the answer is wrong or nothing could be measured. Nothing is installed and nothing outside
TREE is written.
"""
import argparse
import os
import sys

from measure_history import measure_history, measure_staged
from measure_stream import measure_stream
from measure_tree import measure_cold, measure_start, measure_tree
from planted import ENOUGH_BYTES, ENOUGH_FILES, counted, make_tree, prove
from timing import Targets, fail

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("repositories", nargs="*", help="with --make-tree")
    parser.add_argument("--make-tree", action="store_true")
    parser.add_argument("--history", action="store_true", help="TREE is a repository")
    parser.add_argument("--staunch", default=os.path.join(HERE, "..", "build", "release", "staunch"))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--start-rounds", type=int, default=30)
    parser.add_argument("--only", choices=["tree", "stream", "start"])
    parser.add_argument("--no-cold", action="store_true", help="leave the page cache alone")
    options = parser.parse_args()
    tree = os.path.abspath(options.tree)
    if options.make_tree:
        return make_tree(tree, [os.path.abspath(repository) for repository in options.repositories])
    staunch = os.path.abspath(options.staunch)
    if not os.access(staunch, os.X_OK):
        fail(f"{staunch} is not there; build it first (./run --help does)")
    if options.history:
        targets = Targets()
        measure_history(staunch, tree, options.rounds, targets)
        for files in (2_000, 50_000):
            measure_staged(staunch, files, options.start_rounds, targets)
        return 1 if targets.missed else 0
    prove(staunch, tree)
    files, size = counted(tree)
    if files < ENOUGH_FILES or size < ENOUGH_BYTES:
        print(f"this tree is smaller than the {ENOUGH_FILES} files and {ENOUGH_BYTES / 1e6:.0f} MB of the targets")
    targets = Targets()
    if options.only in (None, "tree"):
        measure_tree(staunch, tree, options.rounds, targets)
        if not options.no_cold:
            measure_cold(staunch, tree)
    if options.only in (None, "stream"):
        measure_stream(staunch, tree, options.rounds, targets)
    if options.only in (None, "start"):
        measure_start(staunch, options.start_rounds, targets)
    return 1 if targets.missed else 0


if __name__ == "__main__":
    sys.exit(main())
