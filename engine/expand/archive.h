// Archives and compressed files, opened by what they hold and not by their names: every member is a stream of its own.
//
// libarchive reads them; it is loaded at the first archive (dlopen), because most runs need none of it. Formats and
// filters are enabled by name: some of libarchive's others start outside programs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "engine/content.h"

namespace staunch {

enum class Container : std::uint8_t { none, archive, sqlite, pyc };

// Tells what begins with `head`, the first kHeadBytes of an item or all of a shorter one. `archive` is anything that
// libarchive is asked to open: zip and its relatives, tar, 7z, and gz, xz, bz2, zst files around one content.
inline constexpr std::size_t kHeadBytes = 512;
Container container_of(std::string_view head);

// Limits on what one outermost item may expand to, shared by all archives inside it. Reaching one ends the expansion and
// is said.
struct ArchiveBudget {
  std::uint64_t bytes = 16ull << 30;    // of expanded content
  std::uint64_t members = 1'000'000;
  std::uint64_t ratio = 1000;           // expanded bytes a byte read, counted from kFreeBytes on
};
inline constexpr std::uint64_t kFreeBytes = 64u << 20;

// Called for each member that holds bytes: its path inside the archive ("" for the content of a .gz without a name) and
// its bytes, which are valid during the call only. Returns false to stop.
using OnMember = std::function<bool(const std::string& path, ByteStream& bytes)>;

// Reads the archive `name` from `bytes` from its beginning. `budget` is lessened by what was read. Returns what could not
// be expanded, as notes that name the archive or its member ("outer.zip!inner/path"): encrypted or damaged members, cut
// limits.
std::vector<Note> read_archive(ByteStream& bytes, const std::string& name, ArchiveBudget& budget,
                               const OnMember& on_member);

}  // namespace staunch
