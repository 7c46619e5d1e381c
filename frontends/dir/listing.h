// One folder's names in the order of their paths, read with few system calls.
//
// Names are raw bytes. A folder sorts as if its name ended in '/', so that visiting a tree entry by entry gives the
// byte order of whole paths.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

enum class EntryKind : std::uint8_t { file, folder, link, fifo, socket, device };

struct Entry {
  std::uint32_t name = 0;  // offset into Listing::names
  std::uint16_t length = 0;
  EntryKind kind = EntryKind::file;
};

struct Listing {
  std::string names;  // each name followed by a NUL
  std::vector<Entry> entries;
  int error = 0;  // errno that ended the reading early; what stands in `entries` was read before it

  std::string_view name(const Entry& entry) const { return {names.data() + entry.name, entry.length}; }
  const Entry* find(std::string_view wanted) const;
};

// What stat says a file is; `file` is only a regular file.
EntryKind kind_of_mode(std::uint32_t mode);

// Reads the folder behind `fd`, which stays open.
Listing list_folder(int fd);

// A folder below `root` by its relative path ("" is the root itself), whatever the path's length; no part of it may be
// a symbolic link. Returns the descriptor, or -1 with errno set.
int open_folder(int root, std::string_view relative);

}  // namespace staunch
