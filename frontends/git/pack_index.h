// A pack's index (.idx version 2, gitformat-pack(5)): which objects the pack holds, and where.
//
// It is read whole: 28 bytes an object. An index is hostile too: its size, its fan-out and the order of its names are
// checked here; whether an offset is true shows when the entry is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

// A pack's objects in the order in which they stand in it, one number for each: its offset and which one it is.
// Offsets are true up to 2^(64 - bits) - 1, where every larger one is put: no pack reaches as far.
struct PackPlaces {
  std::vector<std::uint64_t> keys;
  unsigned bits = 0;

  std::uint64_t offset(std::size_t place) const { return keys[place] >> bits; }
  std::uint32_t object(std::size_t place) const {
    return static_cast<std::uint32_t>(keys[place] & ((std::uint64_t{1} << bits) - 1));
  }
  // The (first) object at an offset.
  std::optional<std::size_t> find(std::uint64_t offset) const;
  // Where the entry ends: the next offset, `data_end` behind the last. O(1) but for many objects at one offset.
  std::uint64_t end(std::size_t place, std::uint64_t data_end) const;
};

class PackIndex {
 public:
  // `id_bytes` is 20 or 32. Errors name the file.
  static Result<PackIndex> read(const std::string& path, std::size_t id_bytes);
  // The same of bytes in memory; `name` for errors.
  static Result<PackIndex> parse(std::string bytes, std::size_t id_bytes, const std::string& name);

  std::uint32_t size() const { return count_; }  // objects; they are numbered by the order of their ids
  std::string_view id(std::uint32_t object) const;
  std::uint64_t offset(std::uint32_t object) const;  // ~0 where the index points outside itself
  std::uint32_t crc(std::uint32_t object) const;     // of the entry's packed bytes
  std::optional<std::uint32_t> find(std::string_view raw_id) const;
  // Where many are to be found: brings what find() looks at nearer, the first step for all of them, then the second.
  void prepare(std::string_view raw_id, int step) const;
  std::string_view pack_checksum() const;  // what the pack's trailer is said to be

  // The objects in the order in which they stand in the pack. Of two at one offset, both.
  std::vector<std::uint32_t> by_offset() const;
  PackPlaces places() const;  // the same, with the offsets

 private:
  void make_fine();

  std::string bytes_;
  // The fan-out again, by as many first bits as leave an id or two to each: ids are looked up by the million.
  std::vector<std::uint32_t> fine_;
  unsigned fine_shift_ = 0;
  std::size_t id_bytes_ = 0;
  std::uint32_t count_ = 0, large_ = 0;  // large_: 64-bit offsets
};

}  // namespace staunch
