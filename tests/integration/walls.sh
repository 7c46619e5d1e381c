#!/bin/bash
# The walls between the rooms: which headers each may include, its own and other people's, and how many shared
# libraries the program drags along at every start.   walls.sh SOURCE_DIR PROGRAM
set -u
root=$1 program=$2 failed=0
complain() { echo "$1"; failed=1; }

# ROOM ALLOWED-PREFIXES... : every #include "..." of the room begins with one of them.
own_headers() {
  local room=$1 allowed
  shift
  allowed=$(IFS='|'; echo "$*")
  while IFS= read -r line; do
    complain "$room looks over the wall: $line"
  done < <(grep -rnE '^#include "' "$root/$room" --include='*.cc' --include='*.h' | grep -vE "#include \"($allowed)")
}
own_headers rules rules/
own_headers engine engine/ rules/
own_headers frontends/dir frontends/dir/ engine/ rules/
own_headers frontends/git frontends/git/ engine/ rules/
own_headers frontends/stream frontends/stream/ engine/ rules/
own_headers frontends/body frontends/body/ engine/ rules/
own_headers frontends/report frontends/report/ engine/ rules/
own_headers hooks/git hooks/git/ frontends/git/ engine/ rules/
own_headers hooks/respond hooks/respond/ frontends/git/ frontends/report/ frontends/cli/app_shape.h frontends/cli/usage.h engine/ rules/

# PATTERN PLACES... : a library's headers appear in these places only.
foreign_headers() {
  local pattern=$1 places
  shift
  places=$(IFS='|'; echo "$*")
  while IFS= read -r line; do
    complain "a library is used outside its room: $line"
  done < <(cd "$root" && grep -rnE "^#include <($pattern)" rules engine frontends hooks --include='*.cc' --include='*.h' |
           grep -vE "^($places)")
}
foreign_headers 'toml\+\+|toml.hpp' rules/
foreign_headers 'yaml-cpp/' rules/
foreign_headers 'hs\.h|hs/|re2/' engine/
foreign_headers 'sodium' engine/ hooks/respond/
foreign_headers 'libdeflate' engine/ frontends/git/
foreign_headers 'archive(_entry)?\.h|zlib\.h' engine/expand/ frontends/git/ frontends/body/
foreign_headers 'brotli/|zstd\.h' frontends/body/
foreign_headers 'tbb/|oneapi/' engine/ frontends/dir/ frontends/git/
foreign_headers 'CLI/' frontends/cli/ frontends/serve/main.cc hooks/respond/program/main.cc
foreign_headers 'nlohmann/' frontends/report/ hooks/git/ci_event.cc hooks/respond/json.h
foreign_headers 'simdjson' frontends/body/
foreign_headers 'boost/' frontends/serve/ hooks/respond/http_listener.cc
foreign_headers 'openssl/' frontends/serve/ hooks/respond/canonical.cc hooks/respond/sign_google.cc hooks/respond/scram.cc
foreign_headers 'curl/' hooks/respond/http.cc hooks/respond/wire.cc
foreign_headers 'sqlite3' hooks/respond/journal.cc
foreign_headers 'libpq' hooks/respond/postgres.cc
foreign_headers 'mysql' hooks/respond/mysql.cc

libraries=$(ldd "$program" | grep -c '=>')
[[ $libraries -gt 0 && $libraries -le 10 ]] || complain "$program needs $libraries shared libraries"
exit $failed
