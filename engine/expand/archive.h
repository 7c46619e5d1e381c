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
// libarchive is asked to open: zip and its relatives, tar, 7z, ar (deb), cpio, and gz, xz, lzma, bz2, zst files around
// one content.
inline constexpr std::size_t kHeadBytes = 512;
Container container_of(std::string_view head);

// Limits on what one outermost item may expand to, and what was used up; shared by all archives inside it, which are
// read while their members are (one budget, one thread). Reaching a limit ends the expansion and is said.
struct ArchiveBudget {
  std::uint64_t bytes = 16ull << 30;  // of expanded content
  std::uint64_t members = 1'000'000;  // empty ones, folders and links too
  std::uint64_t ratio = 1000;         // expanded bytes a byte read, counted from kFreeBytes on

  std::uint64_t used_bytes = 0;
  std::uint64_t used_members = 0;
  std::uint64_t read_bytes = 0;  // of the outermost archive, each once
  std::uint32_t depth = 0;       // archives that are being read
};
inline constexpr std::uint64_t kFreeBytes = 64u << 20;

// Called for each member that holds bytes: its path inside the archive ("" for the one content of a compressed file;
// the raw bytes of the name, which may be anything) and its bytes, which can be read during the call only, to the end
// or not. Where a member is damaged, what stands before the damage is read first and then an Error. A member that a
// limit cut ends there. Holes of a sparse member count as 64 KiB at most. Returns false to stop.
using OnMember = std::function<bool(const std::string& path, ByteStream& bytes)>;

// Reads the archive `name` from `bytes` from its beginning. A compressed tar or cpio is one archive: its members come
// directly. `budget` is charged with what was read. Returns what could not be expanded, as notes that name the archive
// or its member ("outer.zip!inner/path"): encrypted or damaged members, limits; an Error of `bytes` itself as "could
// not be read: ".
std::vector<Note> read_archive(ByteStream& bytes, const std::string& name, ArchiveBudget& budget,
                               const OnMember& on_member);

}  // namespace staunch
