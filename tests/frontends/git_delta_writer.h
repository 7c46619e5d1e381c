// Instructions of deltas, written by hand.
#pragma once

#include <cstdint>
#include <string>

namespace staunch::test {

inline std::string seven_bits(std::uint64_t number) {
  std::string text;
  for (; number >= 0x80; number >>= 7) text += static_cast<char>(number | 0x80);
  return text + static_cast<char>(number);
}

inline std::string copy_instruction(std::uint64_t from, std::uint64_t size) {
  std::string text(1, '\x80');
  const std::uint64_t numbers = from | size << 32;
  for (unsigned i = 0; i < 7; ++i)
    if (const auto byte = static_cast<char>(numbers >> (8 * i)); byte != 0 && !(size == 0x10000 && i >= 4)) {
      text[0] = static_cast<char>(text[0] | 1 << i);
      text += byte;
    }
  return text;
}

}  // namespace staunch::test
