# What ./run and ./test share: the Debian packages, the build, and how both speak. Sourced by bash with `root` set.
#
# Nothing here writes to standard output, which belongs to the program, or reads standard input. Where nothing is to be
# done, no program is started: package lists and builds leave stamps under build/ that are compared by age.

say() { printf 'staunch: %s\n' "$*" >&2; }
give_up() { say "$@"; exit 2; }

# Runs a command whose output matters only when it fails; it is kept in build/NAME.log.
quietly() {  # NAME COMMAND...
  local log=$root/build/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 60 "$log" >&2
  return 1
}

# The packages of some groups for this architecture, one a line.
packages_of() {  # GROUP...
  local architecture group package only
  architecture=$(dpkg --print-architecture)
  while read -r group package only; do
    [[ " $* " == *" $group "* && ( -z $only || " $only " == *" $architecture "* ) ]] && echo "$package"
  done <"$root/cmake/packages.txt"
  return 0
}

# Which of these packages are not installed, one a line. dpkg-query fails where it does not know one.
missing_of() {  # PACKAGE...
  local installed
  installed=$'\n'$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null)$'\n'
  local package
  for package; do
    [[ $installed == *$'\n'"installed $package"$'\n'* ]] || echo "$package"
  done
}

# Whether nothing was installed or removed, and the list is the same, since the packages up to a group were all there.
packages_ready() {  # GROUP
  [[ $root/build/.packages-$1 -nt $root/cmake/packages.txt && $root/build/.packages-$1 -nt /var/lib/dpkg/status ]]
}

# Installs what is missing, saying what. Package lists are fetched only where the packages cannot be had without.
need_packages() {  # GROUP...
  local wanted missing
  packages_ready "${*: -1}" && return
  command -v dpkg-query >/dev/null ||
    give_up 'this machine has no dpkg: set-up needs Debian 12 (cmake/packages.txt lists what it installs)'
  mapfile -t wanted < <(packages_of "$@")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  [[ ${#missing[@]} == 0 ]] || install_packages "${missing[@]}"
  touch "$root/build/.packages-${*: -1}"
}

install_packages() {  # PACKAGE...
  local by_hand="apt-get update && apt-get install --no-install-recommends $*"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  if [[ $(id -u) != 0 ]]; then
    sudo -n true 2>/dev/null ||
      give_up "Debian packages are missing, and this user is not root and has no sudo without a password." \
        "Please run as root: $by_hand"
    apt=(sudo -n "${apt[@]}")
  fi
  say "installing Debian packages: $*"
  local install=("${apt[@]}" install -y --no-install-recommends "$@")
  quietly apt "${install[@]}" 2>/dev/null && return
  quietly apt "${apt[@]}" update && quietly apt "${install[@]}" && return
  give_up "could not install the packages; what apt-get said is above. To do it by hand, run as root: $by_hand"
}

# Makes build/ ready and waits for its turn there, until this process ends or closes $turn.
take_turn() {
  mkdir -p "$root/build" && exec {turn}>"$root/build/.lock" || give_up "cannot write to $root/build"
  flock -n "$turn" || { say 'waiting for another build in this clone...'; flock "$turn"; }
}

# Whether a source is newer than the last build. Folders count, so that files that left are noticed too.
sources_newer_than() {  # FILE
  [[ -e $1 ]] || return 0
  [[ $(find "$root" -mindepth 1 \( -name '.*' -o -path "$root/build" \) -prune -o -newer "$1" -print -quit) ]]
}

# Whether build/PRESET was made by CMake, for this very place.
configured() {  # PRESET
  [[ -e $root/build/$1/build.ninja ]] &&
    grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$root/build/$1/CMakeCache.txt"
}

configure() {  # PRESET OPTION...
  local again=()
  configured "$1" || again=(--fresh)
  (cd "$root" && quietly "$1" cmake "${again[@]}" --preset "$@")
}
