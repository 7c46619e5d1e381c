#include "engine/expand/decode_utf16.h"

namespace staunch {
namespace {

constexpr int kTornCharacters = 4;

std::uint32_t unit_at(std::string_view text, std::size_t at, bool big_endian) {
  const auto first = static_cast<unsigned char>(text[at]), second = static_cast<unsigned char>(text[at + 1]);
  return big_endian ? static_cast<std::uint32_t>(first << 8 | second) : static_cast<std::uint32_t>(second << 8 | first);
}

}  // namespace

Utf16Character utf16_at(std::string_view text, std::size_t at, bool big_endian) {
  if (at + 1 >= text.size()) return {0xfffd, static_cast<std::uint8_t>(text.size() - at)};
  const std::uint32_t unit = unit_at(text, at, big_endian);
  if (unit < 0xd800 || unit > 0xdfff) return {unit, 2};
  if (unit > 0xdbff || at + 4 > text.size()) return {0xfffd, 2};
  const std::uint32_t low = unit_at(text, at + 2, big_endian);
  if (low < 0xdc00 || low > 0xdfff) return {0xfffd, 2};
  return {0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), 4};
}

bool utf16_begins(std::string_view text, std::size_t at, bool big_endian) {
  if (at + kUtf16First > text.size() || text[at] == '\n') return false;
  for (std::size_t i = at; i < at + kUtf16First; i += 2)
    if (!utf16_ascii(unit_at(text, i, big_endian))) return false;
  return true;
}

bool utf16_torn(std::string_view text, std::size_t at, bool big_endian) {
  for (int i = 0; i < kTornCharacters; ++i) {
    if (at + 2 > text.size()) return true;
    const Utf16Character next = utf16_at(text, at, big_endian);
    if (utf16_ascii(next.code)) return false;
    if (next.code < 0xa0 || next.code >= 0xfffd) return true;
    at += next.length;
  }
  return true;
}

}  // namespace staunch
