// What a regex demands on one side of a needle, as a set of at most 64 positions: the form in which it is built, packed
// and walked (engine/automaton.h).
//
// Glushkov's construction: a position is one byte of the regex, and a set of them is one word. The positions accept at
// least what RE2 would match there: long counts are loosened into loops, and what does not fit is left off, which
// `open` tells.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/syntax.h"

namespace staunch {

enum class Direction : std::uint8_t { right, left };

struct Positions {
  static constexpr int kMost = 64;

  bool open = false;     // they stand for a prefix of the sequence only: a match may reach beyond where they accept
  bool nullable = true;  // accepts before the first byte, whatever stands there
  int count = 0;
  std::uint64_t first = 0, last = 0;          // where a walk may begin, and where it accepts
  std::array<std::uint64_t, kMost> follow{};  // by position: what may stand behind it
  std::array<std::uint64_t, 256> by_byte{};   // positions that a byte can stand at
};

// `sequence` is what follows the needle in reading order of `direction`: nearest part first.
Positions positions_of(const std::vector<const Node*>& sequence, Direction direction);

}  // namespace staunch
