// Goes through the marks of a text (find_runs.h) from left to right, a block of them at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/expand/find_runs.h"

namespace staunch {

// Of which marks: reasons to copy, or every escape besides.
enum class Marked : std::uint8_t { reasons, all };

class MarkCursor {
 public:
  MarkCursor(std::string_view text, Simd simd) : text_(text), simd_(simd) {}

  // The first mark in [from, to), or `to`.
  std::size_t next(std::size_t from, std::size_t to, Marked wanted) {
    while (from < to) {
      if (from < begin_ || from >= begin_ + Marks::kBytes) {
        find_runs(text_, from, simd_, marks_);
        begin_ = from;
      }
      std::size_t word = (from - begin_) / 64;
      std::uint64_t bits = word_of(word, wanted) & ~std::uint64_t{0} << (from - begin_) % 64;
      while (bits == 0 && ++word < Marks::kWords) bits = word_of(word, wanted);
      from = begin_ + 64 * word;
      if (bits != 0) return std::min(to, from + static_cast<std::size_t>(std::countr_zero(bits)));
    }
    return to;
  }

 private:
  std::uint64_t word_of(std::size_t word, Marked wanted) const {
    return marks_.triggers[word] | (wanted == Marked::all ? marks_.escapes[word] : 0);
  }

  std::string_view text_;
  Simd simd_;
  std::size_t begin_ = static_cast<std::size_t>(-1) - Marks::kBytes;  // where marks_ begin
  Marks marks_;
};

// How many marks behind the one at text[at] need no look: where one byte stands again and again no run begins, whatever
// it is, and a text may hold nothing else. Counted before `limit`.
inline std::size_t marks_alike(std::string_view text, std::size_t at, std::size_t limit) {
  constexpr std::size_t kLook = 64;
  if (at + kLook > text.size() || std::memcmp(text.data() + at, text.data() + at + 1, kLook - 1) != 0) return 0;
  const std::size_t end = std::min(text.find_first_not_of(text[at], at + kLook), limit);
  return end - at > kLook ? end - at - kLook : 0;
}

}  // namespace staunch
