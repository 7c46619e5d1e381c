#!/bin/bash
# Builds the packages of the last commit twice, in folders whose names differ in length, and compares them, and the
# programs and libraries that are in them, byte by byte.
#   cmake/reproduce.sh     some twenty minutes of two processors
# Nothing is taken from a cache. Exits with 1 where bytes differ, and then keeps the two folders.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
work=$(mktemp -d)
export CCACHE_DISABLE=1
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
folders=("$work/a" "$work/another-folder/with-a-longer-name")
for folder in "${folders[@]}"; do
  mkdir -p "$folder"
  git -C "$root" archive HEAD | tar -x -C "$folder"
  "$folder/cmake/package.sh" >"$folder/build.log" 2>&1 || { tail -n 60 "$folder/build.log"; exit 1; }
done

cd "${folders[0]}/build/package"
found=0 differing=0
while IFS= read -r made; do
  found=$((found + 1))
  cmp "$made" "${folders[1]}/build/package/$made" || differing=$((differing + 1))
done < <(find . -type f \( -name '*.deb' -o -name 'staunch' -o -name 'staunch-*' -o -name 'libstaunch.so.*' -o -name '*.bytes' \) \
         ! -path '*/CMakeFiles/*' ! -path './_CPack_Packages/*' ! -name '*.cmake')
if [[ $found == 0 || $differing != 0 ]]; then
  echo "$differing of $found files differ: $work"
  exit 1
fi
echo "$found files, the same twice"
rm -rf "$work"
