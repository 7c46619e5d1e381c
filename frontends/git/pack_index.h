// A pack's index (.idx version 2, gitformat-pack(5)): which objects the pack holds, and where.
//
// It is read whole: 28 bytes an object. An index is hostile too: its size, its fan-out and the order of its names are
// checked here; whether an offset is true shows when the entry is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

class PackIndex {
 public:
  // `id_bytes` is 20 or 32. Errors name the file.
  static Result<PackIndex> read(const std::string& path, std::size_t id_bytes);
  // The same of bytes in memory; `name` for errors.
  static Result<PackIndex> parse(std::string bytes, std::size_t id_bytes, const std::string& name);

  std::uint32_t size() const { return count_; }  // objects; they are numbered by the order of their ids
  std::string_view id(std::uint32_t object) const;
  std::uint64_t offset(std::uint32_t object) const;
  std::uint32_t crc(std::uint32_t object) const;  // of the entry's packed bytes
  std::optional<std::uint32_t> find(std::string_view raw_id) const;

  // The objects in the order in which they stand in the pack. Of two at one offset, both.
  std::vector<std::uint32_t> by_offset() const;

 private:
  std::string bytes_;
  std::size_t id_bytes_ = 0;
  std::uint32_t count_ = 0, large_ = 0;  // large_: 64-bit offsets
};

}  // namespace staunch
