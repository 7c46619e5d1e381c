#!/bin/bash
# Formats all C++ and C of this source as .clang-format says.
#   cmake/format.sh            does it
#   cmake/format.sh --check    changes nothing; names what is not formatted, and exits with 1
# Always with clang-format 14: each version has an opinion of its own.
set -eu
cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
how=-i
[[ ${1-} != --check ]] || how='--dry-run --Werror'
find rules engine frontends hooks tests bench corpus cmake \( -name '*.cc' -o -name '*.h' -o -name '*.c' \) -print0 |
  xargs -0 -P "$(nproc)" -n 25 clang-format-14 $how || { echo 'cmake/format.sh formats it'; exit 1; }
