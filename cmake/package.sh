#!/bin/bash
# Builds the Debian packages of this source into build/package, and says what they take once installed.
#
# The programs link Hyperscan and RE2 as the distribution's shared libraries here, which the packages depend on: it keeps
# them small, and lets Debian mend these libraries. The build dependencies are those of the group "build" in
# cmake/packages.txt, dpkg-dev, file and python3. The last commit's time stands in for the clock, so that one source makes
# the same packages whenever and wherever it is built (cmake/reproduce.sh compares).
set -eu
umask 022  # folders in the packages are made with it
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd -P)
build=$root/build/package
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH-$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CMakeLists.txt")}
export SOURCE_DATE_EPOCH

cmake -S "$root" -B "$build" -G Ninja -D CMAKE_CXX_COMPILER=g++-12 -D CMAKE_BUILD_TYPE=Release \
  -D CMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG' -D CMAKE_INSTALL_PREFIX=/usr -D STAUNCH_SHARED_DEPENDENCIES=ON \
  -D STAUNCH_TESTS=OFF -D STAUNCH_BENCH=OFF
cmake --build "$build"
rm -f "$build"/*.deb
(cd "$build" && cpack --config CPackConfig.cmake)
for package in "$build"/*.deb; do
  dpkg-deb --contents "$package" | awk -v name="${package##*/}" '{ sum += $3 } END { printf "%s: %.1f MB installed\n", name, sum / 1e6 }'
done
