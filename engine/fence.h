// The bytes next to a needle that every match of a rule has: a first look at a hit, before its guard is asked.
//
// A fence says of up to four bytes behind the needle and two before it which values they can have. It is so small that
// it lies beside the needle's own entry, and refuses most hits of short or common needles without another access to
// memory.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/needle.h"
#include "engine/syntax.h"

namespace staunch {

// How far a fence looks.
inline constexpr std::size_t kFenceBehind = 4, kFenceBefore = 2;

struct Fence {
  static constexpr std::uint8_t kAny = 0;  // an index into ByteSets: whatever stands there, also nothing
  std::array<std::uint8_t, kFenceBehind> right{};   // nearest first
  std::array<std::uint8_t, kFenceBefore> left{};
};

// Sets of bytes that fences name by their index. The first is the one of all bytes.
class ByteSets {
 public:
  ByteSets() { sets_.emplace_back().set(); }

  // The index of `set`; that of all bytes where too many are known already.
  std::uint8_t index_of(const ByteSet& set);
  bool holds(std::uint8_t index, char byte) const { return sets_[index][static_cast<unsigned char>(byte)]; }

  const std::vector<ByteSet>& all() const { return sets_; }
  // `sets` as all() gave it.
  void assign(std::vector<ByteSet> sets) { sets_ = std::move(sets); }

 private:
  std::vector<ByteSet> sets_;
};

Fence make_fence(const Anchor& anchor, ByteSets& sets);

// Whether a match may have its needle at [begin, end) of `text`. What lies outside of the text may be anything.
inline bool fits(const Fence& fence, const ByteSets& sets, std::string_view text, std::size_t begin, std::size_t end) {
  for (std::size_t i = 0; i < fence.right.size(); ++i) {
    if (fence.right[i] == Fence::kAny || end + i >= text.size()) break;
    if (!sets.holds(fence.right[i], text[end + i])) return false;
  }
  for (std::size_t i = 0; i < fence.left.size(); ++i) {
    if (fence.left[i] == Fence::kAny || begin <= i) break;
    if (!sets.holds(fence.left[i], text[begin - 1 - i])) return false;
  }
  return true;
}

}  // namespace staunch
