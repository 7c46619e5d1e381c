#!/bin/bash
# Runs clang-tidy with .clang-tidy over files of the rooms (rules, engine, frontends, hooks).
#   cmake/tidy.sh BUILD            a fixed sample, and what the last commit changed: seconds, for each run of the tests
#   cmake/tidy.sh BUILD --all      every file: some twenty minutes of one processor, for upkeep
#   cmake/tidy.sh BUILD FILE...    these
# BUILD is a configured build folder; it says how each file is compiled. Prints what is wrong, and exits with 1.
set -eu
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
build=$(cd -- "$1" && pwd -P)
shift
cd "$root"

command -v clang-tidy-14 >/dev/null || { echo 'there is no clang-tidy-14'; exit 1; }

all_files() { find rules engine frontends hooks -name '*.cc' | LC_ALL=C sort; }

# One file in forty, by their names, so that they are the same ones whatever is added. What a commit changes is looked
# at once, eight files at most.
sample() {
  local file sum
  while read -r file; do
    read -r sum _ < <(printf %s "$file" | cksum)
    ((sum % 40 != 0)) || echo "$file"
  done < <(all_files)
  git diff --name-only --diff-filter=d HEAD~1 -- 'rules/*.cc' 'engine/*.cc' 'frontends/*.cc' 'hooks/*.cc' 2>/dev/null |
    head -n 8 || true
}

case ${1-} in
  '') files=$(sample | sort -u) ;;
  --all) files=$(all_files) ;;
  *) files=$(printf '%s\n' "$@") ;;
esac

# GCC's own options mean nothing to Clang. What it says of system headers is left out by it, and counted.
check() {
  clang-tidy-14 --quiet -p "$1" --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error "$2" 2>/dev/null
}
export -f check
echo "$files" | xargs -P "$(nproc)" -I {} bash -c 'check "$@"' check "$build" {} || exit 1
echo "$(echo "$files" | wc -l) files, nothing to say"
