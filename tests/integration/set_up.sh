#!/bin/bash
# ./run and cmake/setup.sh on a machine made of shell scripts: dpkg, apt-get, sudo, cmake and ninja are stand-ins that
# write down how they were called, so that what set-up does can be told without installing or building anything.
source_dir=$(cd -- "$(dirname -- "$0")/../.." && pwd -P)
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
failures=0

stand_in() {  # NAME, its script on standard input
  { echo '#!/bin/bash'; echo "echo \"$1 \$*\" >>'$work/calls'"; cat; } >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# A clone on an amd64 machine with no package, root as user, and an apt-get and a build that work.
new_machine() {
  rm -rf "${work:?}"/*
  mkdir -p "$work/bin" "$work/clone/cmake" "$work/elsewhere"
  cp "$source_dir/run" "$work/clone/"
  cp -r "$source_dir"/cmake/* "$work/clone/cmake/"
  touch "$work/calls" "$work/installed"
  local tool
  for tool in cat chmod dirname env find flock grep mkdir mktemp mv readlink rm sed tail touch true; do
    ln -s "$(type -P "$tool")" "$work/bin/$tool"
  done
  stand_in id <<<'echo 0'
  stand_in dpkg <<<'echo amd64'
  stand_in dpkg-query <<'E'
status=0
for package in "${@:3}"; do
  grep -qx "$package" "${0%/*}/../installed" && echo "installed $package" || status=1
done
exit $status
E
  stand_in apt-get <<'E'
cat >/dev/null
echo "what apt-get says"
[[ " $* " != *" install "* ]] || printf '%s\n' "$@" >>"${0%/*}/../installed"
E
  stand_in cmake <<'E'
cat >/dev/null
echo "what cmake says"
mkdir -p build/release
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/release/CMakeCache.txt
touch build/release/build.ninja
E
  stand_in ninja <<'E'
cat >/dev/null
echo "what ninja says"
[[ $3 == -n ]] && exit
cat >"$2/staunch" <<'P'
#!/bin/bash
echo "staunch in $PWD:" "$@"
read -r line && echo "read $line"
exit 7
P
chmod +x "$2/staunch"
E
  cd "$work/elsewhere" || exit
}

# Runs a command on that machine; what came of it is in $out, $err, $status and $calls.
on_machine() {
  : >"$work/calls"
  out=$(env -i PATH="$work/bin" "$@" 2>"$work/err" </dev/stdin)
  status=$?
  err=$(<"$work/err")
  calls=$(<"$work/calls")
}

expect() {  # WHAT GOT WANTED-PATTERN
  [[ $2 == $3 ]] && return
  printf '%s: %s\n  got:    %q\n  wanted: %q\n' "$scenario" "$1" "$2" "$3"
  failures=$((failures + 1))
}
expect_not() {  # WHAT GOT UNWANTED-PATTERN
  [[ $2 != $3 ]] && return
  printf '%s: %s\n  got: %q\n' "$scenario" "$1" "$2"
  failures=$((failures + 1))
}

all=$(awk '$1 == "build" && (NF == 2 || / amd64/) { printf "%s%s", sep, $2; sep = " " }' "$source_dir/cmake/packages.txt")
line=$'\n'

scenario='first run'
new_machine
on_machine "$work/clone/run" dir 'a  b' '*' <<<'some input'
expect 'what the program says' "$out" "staunch in $work/elsewhere: dir a  b \*${line}read some input"
expect 'exit code' "$status" 7
expect 'what is said' "$err" "staunch: installing Debian packages: $all${line}staunch: building staunch (the first time *"
expect_not 'more is said' "$err" "*$line*$line*"
expect 'how apt is called' "$calls" "*apt-get *install *--no-install-recommends $all$line*"
expect_not 'lists are fetched without need' "$calls" '*apt-get *update*'
expect 'how it is built' "$calls" '*cmake *--preset release*ninja -C */build/release staunch staunch-serve staunch-respond'

scenario='second run'
on_machine "$work/clone/run" version </dev/null
expect 'what the program says' "$out" "staunch in $work/elsewhere: version"
expect 'what is said' "$err" ''
expect 'what is started' "$calls" ''

scenario='through a link, without arguments'
ln -s clone/run "$work/link"
on_machine ../link </dev/null
expect 'what the program says' "$out" "staunch in $work/elsewhere: dir ."
expect 'exit code' "$status" 7

scenario='a source changed'
touch "$work/clone/cmake/new.cmake"
on_machine ../link version </dev/null
expect 'what is said' "$err" 'staunch: building staunch...'
expect 'what is started' "$calls" '*ninja -C */build/release staunch staunch-serve staunch-respond'
expect_not 'packages are looked for again' "$calls" '*dpkg*'

scenario='a package is added to the list'
echo 'build libnew-dev' >>"$work/clone/cmake/packages.txt"
on_machine ../link version </dev/null
expect 'what is said' "$err" "staunch: installing Debian packages: libnew-dev$line*"

scenario='package lists are stale'
new_machine
stand_in apt-get <<'E'
[[ " $* " == *" update "* ]] && exec touch "${0%/*}/../updated"
[[ -e ${0%/*}/../updated ]] || { echo "E: Unable to locate package"; exit 100; }
E
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 7
expect 'how apt is called' "$calls" '*apt-get *install*apt-get *update*apt-get *install*'
expect_not 'what is said' "$err" '*Unable*'

scenario='apt-get fails'
new_machine
stand_in apt-get <<<'echo "E: no space left on device"; exit 100'
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 2
expect 'standard output' "$out" ''
expect 'what is said' "$err" "*no space left on device*run as root: apt-get update && apt-get install --no-install-recommends $all"
expect_not 'a build is begun' "$calls" '*cmake --*'

scenario='not root, with sudo'
new_machine
stand_in id <<<'echo 1000'
stand_in sudo <<<'[[ $1 == -n ]] && shift && exec "$@"'
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 7
expect 'how apt is called' "$calls" "*sudo -n env DEBIAN_FRONTEND=noninteractive apt-get *install * $all$line*"

scenario='not root, no sudo'
new_machine
stand_in id <<<'echo 1000'
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 2
expect 'standard output' "$out" ''
expect 'what is said' "$err" "*run as root: apt-get update && apt-get install --no-install-recommends $all"
expect_not 'what is started' "$calls" '*apt-get*'

scenario='not root, sudo wants a password'
stand_in sudo <<<'echo "sudo: a password is required" >&2; exit 1'
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 2
expect 'what is said' "$err" "*run as root: apt-get update && apt-get install --no-install-recommends $all"
expect_not 'sudo speaks for itself' "$err" '*password is required*'
expect_not 'what is started' "$calls" '*apt-get*'

scenario='on arm64'
new_machine
stand_in dpkg <<<'echo arm64'
on_machine "$work/clone/run" version </dev/null
expect 'what is said' "$err" "staunch: installing Debian packages: ${all/hyperscan/vectorscan}$line*"

scenario='no Debian'
new_machine
rm "$work/bin/dpkg-query"
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 2
expect 'what is said' "$err" '*needs Debian 12*'

scenario='the build fails'
new_machine
stand_in ninja <<<'echo "engine/scan.cc:7: error: no"; exit 1'
on_machine "$work/clone/run" version </dev/null
expect 'exit code' "$status" 2
expect 'standard output' "$out" ''
expect 'what is said' "$err" '*engine/scan.cc:7: error: no*the build failed*'
on_machine "$work/clone/run" version </dev/null
expect 'a failed build is tried again' "$calls" '*ninja*'

[[ $failures == 0 ]] && echo 'all as wanted'
exit $((failures != 0))
