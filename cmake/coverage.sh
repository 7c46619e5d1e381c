#!/bin/bash
# How much of each room the tests run, in lines: builds with --coverage in build/coverage, runs the tests, and counts.
#   cmake/coverage.sh [CTEST OPTION...]     as in: cmake/coverage.sh -R 'regex|report'
#   cmake/coverage.sh --unit                the C++ tests of the rooms alone, in one process: some ten minutes
# Takes as long as a build without optimisation and all tests; no part of ./test. Rooms that are linked into nothing that
# was built are not counted.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
build=$root/build/coverage
targets=()
[[ ${1-} != --unit ]] || targets=(unit_tests)

cmake -S "$root" -B "$build" -G Ninja -D CMAKE_CXX_COMPILER=g++-12 -D CMAKE_BUILD_TYPE=None \
  -D CMAKE_CXX_FLAGS='-O0 --coverage -fprofile-update=atomic' -D STAUNCH_BENCH=OFF
ninja -C "$build" "${targets[@]}"
find "$build" -name '*.gcda' -delete
if [[ ${#targets[@]} == 0 ]]; then
  # Without those that run nothing of what is counted.
  (cd "$build" && ctest -j "$(nproc)" -E '^(format|tidy|set_up|walls|differences|respond_rules)$' "$@") || echo 'some tests failed; the figure counts what ran'
else
  (cd "$build" && ./unit_tests) || echo 'some tests failed; the figure counts what ran'
fi
python3 "$root/cmake/coverage.py" "$root" "$build"
