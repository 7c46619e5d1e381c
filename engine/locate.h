// Offsets to lines and columns.
//
// Lines end at '\n' and count from 1; columns count bytes from 1. A LineIndex remembers, for each block of an item, how
// many lines ended before it and where the last one did, so that a place is found by reading at most one block again.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/finding.h"

namespace staunch {

inline constexpr std::uint64_t kLineBlock = 4u << 10;

std::uint64_t count_newlines(std::string_view text);

class LineIndex {
 public:
  // Counts the next bytes of the item; every call but the last gives whole blocks.
  void append(std::string_view bytes);
  // Appends the index of the part of the item that follows this one's.
  void append(const LineIndex& next);

  // Where `offset` is. `block` holds the item's bytes from block_begin(offset) up to `offset` at least.
  Position position(std::uint64_t offset, std::string_view block) const;
  static std::uint64_t block_begin(std::uint64_t offset) { return offset / kLineBlock * kLineBlock; }

 private:
  struct Block {
    std::uint64_t newlines = 0;    // before the block
    std::uint64_t line_begin = 0;  // offset of the line that the block begins in
  };
  std::vector<Block> blocks_;
  std::uint64_t size_ = 0, newlines_ = 0, line_begin_ = 0;
};

}  // namespace staunch
