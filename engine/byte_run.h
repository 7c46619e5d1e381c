// A run of bytes that every match of a rule holds: the 32 letters and digits of a key, wherever in the match they are.
//
// Guards look at what is near a needle. Of a rule that looks for a random value behind a word, most regions that they
// let pass hold no such value at all; looking for the run takes a look at each 32nd byte, and RE2 need not even be
// made where it is in none.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/syntax.h"

namespace staunch {

struct ByteRun {
  ByteSet set;
  std::uint64_t length = 0;
};

// The run that says most about a match; nothing where every one of them is short, or of nearly any bytes.
std::optional<ByteRun> demanded_run(const Node& root);

// Whether `length` bytes of `set` stand next to one another in `text`.
inline bool holds_run(const ByteSet& set, std::uint64_t length, std::string_view text) {
  for (std::uint64_t begin = 0; begin + length <= text.size();) {
    std::uint64_t at = begin + length;
    while (at > begin && set[static_cast<unsigned char>(text[at - 1])]) --at;
    if (at == begin) return true;
    begin = at;
  }
  return false;
}

}  // namespace staunch
