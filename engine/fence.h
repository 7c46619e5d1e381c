// The bytes round a needle that every match of a rule has: a first look at a hit, before its guard is asked.
//
// A fence says of some places behind the needle and before it which bytes can stand there. It refuses most hits of
// short or common needles within a few bytes; the places further behind know that a token has no blank in it. A word
// that many rules look for has a Fan beside its fences: all of them at once, a bit each.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/needle.h"
#include "engine/syntax.h"

namespace staunch {

// Where a fence looks, counted from the needle, nearest first.
inline constexpr std::array<std::uint8_t, 12> kPlacesBehind = {0, 1, 2, 3, 4, 6, 8, 11, 14, 18, 22, 27};
inline constexpr std::array<std::uint8_t, 2> kPlacesBefore = {0, 1};
// How many bytes it depends on.
inline constexpr std::size_t kFenceBehind = kPlacesBehind.back() + 1, kFenceBefore = kPlacesBefore.back() + 1;

struct Fence {
  static constexpr std::uint16_t kAny = 0;  // an index into ByteSets: whatever stands there, also nothing
  std::array<std::uint16_t, kPlacesBehind.size()> behind{};
  std::array<std::uint16_t, kPlacesBefore.size()> before{};
};

// Sets of bytes that fences name by their index. The first is the one of all bytes.
class ByteSets {
 public:
  ByteSets() { sets_.emplace_back().set(); }

  // The index of `set`; that of all bytes where too many are known already.
  std::uint16_t index_of(const ByteSet& set);
  bool holds(std::uint16_t index, char byte) const { return sets_[index][static_cast<unsigned char>(byte)]; }

  const std::vector<ByteSet>& all() const { return sets_; }
  // `sets` as all() gave it.
  void assign(std::vector<ByteSet> sets) { sets_ = std::move(sets); }

 private:
  std::vector<ByteSet> sets_;
};

Fence make_fence(const Anchor& anchor, ByteSets& sets);

// Whether a match may have its needle at [begin, end) of `text`. What lies outside of the text may be anything.
inline bool fits(const Fence& fence, const ByteSets& sets, std::string_view text, std::size_t begin, std::size_t end) {
  for (std::size_t i = 0; i < kPlacesBehind.size() && end + kPlacesBehind[i] < text.size(); ++i)
    if (!sets.holds(fence.behind[i], text[end + kPlacesBehind[i]])) return false;
  for (std::size_t i = 0; i < kPlacesBefore.size() && kPlacesBefore[i] < begin; ++i)
    if (!sets.holds(fence.before[i], text[begin - 1 - kPlacesBefore[i]])) return false;
  return true;
}

// The fences of all uses of one needle.
class Fan {
 public:
  Fan(std::span<const Fence* const> fences, const ByteSets& sets);

  // Calls `each` with the number of every fence that fits().
  template <typename Each>
  void for_each_fit(std::string_view text, std::size_t begin, std::size_t end, Each each) const {
    for (std::size_t word = 0; word < words_; ++word) {
      std::uint64_t left = ~std::uint64_t{0};
      for (std::size_t i = 0; i < kPlacesBehind.size() && end + kPlacesBehind[i] < text.size() && left != 0; ++i)
        left &= masks_[at(i, text[end + kPlacesBehind[i]]) + word];
      for (std::size_t i = 0; i < kPlacesBefore.size() && kPlacesBefore[i] < begin && left != 0; ++i)
        left &= masks_[at(kPlacesBehind.size() + i, text[begin - 1 - kPlacesBefore[i]]) + word];
      if (word + 1 == words_) left &= last_;
      for (; left != 0; left &= left - 1) each(word * 64 + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }

 private:
  std::size_t at(std::size_t place, char byte) const {
    return (place * 256 + static_cast<unsigned char>(byte)) * words_;
  }

  std::size_t words_;
  std::uint64_t last_;                // the fences that the last word has
  std::vector<std::uint64_t> masks_;  // by place, byte and word: fences that let the byte stand there
};

}  // namespace staunch
