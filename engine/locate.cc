#include "engine/locate.h"

#include <algorithm>
#include <cstring>

namespace staunch {
namespace {

constexpr std::size_t kLanes = 16;  // what every x86-64 and ARMv8 has
using Lanes = std::uint8_t __attribute__((vector_size(kLanes)));

}  // namespace

// In lanes, each of which counts to at most 255: std::count widens every byte to eight.
std::uint64_t count_newlines(std::string_view text) {
  std::uint64_t count = 0;
  while (text.size() >= kLanes) {
    const std::size_t rounds = std::min<std::size_t>(text.size() / kLanes, 255);
    Lanes sums = {};
    for (std::size_t i = 0; i < rounds; ++i) {
      Lanes bytes;
      std::memcpy(&bytes, text.data() + i * kLanes, kLanes);
      sums -= static_cast<Lanes>(bytes == static_cast<std::uint8_t>('\n'));
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) count += sums[lane];
    text.remove_prefix(rounds * kLanes);
  }
  return count + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

void LineIndex::append(std::string_view bytes) {
  for (std::uint64_t at = 0; at < bytes.size(); at += kLineBlock) {
    blocks_.push_back({newlines_, line_begin_});
    const std::string_view block = bytes.substr(at, kLineBlock);
    newlines_ += count_newlines(block);
    if (const std::size_t last = block.rfind('\n'); last != std::string_view::npos) line_begin_ = size_ + last + 1;
    size_ += block.size();
  }
}

void LineIndex::append(const LineIndex& next) {
  for (const Block& block : next.blocks_)
    blocks_.push_back({newlines_ + block.newlines, block.newlines > 0 ? size_ + block.line_begin : line_begin_});
  if (next.newlines_ > 0) line_begin_ = size_ + next.line_begin_;
  newlines_ += next.newlines_;
  size_ += next.size_;
}

Position LineIndex::position(std::uint64_t offset, std::string_view block) const {
  // Where the item ends with a whole block, its end stands in a block that was never begun.
  const std::size_t index = offset / kLineBlock;
  const Block begin = index < blocks_.size() ? blocks_[index] : Block{newlines_, line_begin_};
  const std::string_view before = block.substr(0, offset % kLineBlock);
  const std::size_t last = before.rfind('\n');
  const std::uint64_t line_begin = last == std::string_view::npos ? begin.line_begin : block_begin(offset) + last + 1;
  return {begin.newlines + count_newlines(before) + 1, offset - line_begin + 1};
}

}  // namespace staunch
