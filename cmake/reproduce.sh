#!/bin/bash
# Builds the programs twice, in folders whose names differ in length, and compares them byte by byte.
#   cmake/reproduce.sh [TARGET...]     of the last commit; without TARGETs the three programs
# Nothing is taken from a cache. Exits with 1 where bytes differ; what is compared are the programs and libraries made.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
[[ $# != 0 ]] || set -- staunch staunch-serve staunch-respond
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CCACHE_DISABLE=1
folders=("$work/a" "$work/another-folder/with-a-longer-name")
for folder in "${folders[@]}"; do
  mkdir -p "$folder"
  git -C "$root" archive HEAD | tar -x -C "$folder"
  cmake -S "$folder" -B "$folder/build" -G Ninja -D CMAKE_CXX_COMPILER=g++-12 -D CMAKE_BUILD_TYPE=Release \
    -D CMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG' -D STAUNCH_TESTS=OFF -D STAUNCH_BENCH=OFF >/dev/null
  ninja -C "$folder/build" "$@" >/dev/null
done
same=0
while IFS= read -r made; do
  cmp "${folders[0]}/build/$made" "${folders[1]}/build/$made" || exit 1
  same=$((same + 1))
done < <(cd "${folders[0]}/build" && find . -type f \( -name 'staunch*' -o -name '*.a' -o -name '*.so*' -o -name '*.bytes' \) \
         ! -path '*/CMakeFiles/*' ! -name '*.cmake' ! -name '*.pc')
echo "$same files, the same twice"
[[ $same != 0 ]]
