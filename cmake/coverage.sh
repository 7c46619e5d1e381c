#!/bin/bash
# How much of each room the tests run, in lines: builds with --coverage in build/coverage, runs the tests, and counts.
#   cmake/coverage.sh [CTEST OPTION...]     as in: cmake/coverage.sh -R 'regex|report'
# Takes as long as a build without optimisation and all tests; no part of ./test.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
build=$root/build/coverage
cmake -S "$root" -B "$build" -G Ninja -D CMAKE_CXX_COMPILER=g++-12 -D CMAKE_BUILD_TYPE=None \
  -D CMAKE_CXX_FLAGS='--coverage -fprofile-update=atomic' -D STAUNCH_BENCH=OFF
ninja -C "$build"
find "$build" -name '*.gcda' -delete
(cd "$build" && ctest -j "$(nproc)" --output-on-failure "$@") || echo 'some tests failed; the figure counts what ran'
python3 "$root/cmake/coverage.py" "$root" "$build"
