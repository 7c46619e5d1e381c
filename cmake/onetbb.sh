# oneTBB built with the thread sanitizer into .cache/onetbb-tsan, from Debian's source package. Sourced by ./test.
#
# The sanitizer sees only what it instrumented: with Debian's own library every hand-over between tasks would look like a
# race, and a suppression list would hide real ones. The source comes from the machine's own Debian mirrors through
# apt's signatures, but through lists of our own under build/, so that the machine's sources stay as they are.

# The machine's Debian mirrors as deb-src lines; Debian's own where it has none.
source_mirrors() {
  local key=/usr/share/keyrings/debian-archive-keyring.gpg uri suite
  [[ -e $key ]] && key="[signed-by=$key] " || key=
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null | sort -u |
    sed -n 's/ main$//p' | { grep -E ' (bookworm|bookworm-updates|bookworm-security|stable|stable-updates|stable-security)$' ||
      printf '%s\n' 'http://deb.debian.org/debian bookworm' 'http://deb.debian.org/debian-security bookworm-security'; } |
    while read -r uri suite; do echo "deb-src $key$uri $suite main"; done
}

fetch_onetbb() {  # FOLDER
  local apt=(apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User="$(id -un)"
    -o Dir::Etc::SourceList="$1/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$1/lists" -o Dir::Cache="$1/cache")
  mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
  source_mirrors >"$1/sources.list"
  (cd "$1" && quietly onetbb "${apt[@]}" update && quietly onetbb "${apt[@]}" source onetbb)
}

# Rebuilt when Debian's library changed its version.
build_onetbb() {
  local work=$root/build/onetbb made=$root/.cache/onetbb-tsan version
  version=$(dpkg-query -W -f '${source:Version}' libtbb-dev) || return
  [[ -e $made/version && $(<"$made/version") == "$version" ]] && return
  rm -rf "$work" "$made"
  fetch_onetbb "$work" || return
  quietly onetbb cmake -S "$work"/onetbb-*/ -B "$work/build" -G Ninja -D CMAKE_CXX_COMPILER=g++-12 \
    -D CMAKE_BUILD_TYPE=RelWithDebInfo -D CMAKE_INSTALL_PREFIX="$made" -D CMAKE_INSTALL_LIBDIR=lib \
    -D TBB_SANITIZE=thread -D TBB_TEST=OFF -D TBB_STRICT=OFF -D TBB_DISABLE_HWLOC_AUTOMATIC_SEARCH=ON \
    -D TBBMALLOC_BUILD=OFF &&
    quietly onetbb ninja -C "$work/build" install && echo "$version" >"$made/version" && rm -rf "$work"
}
