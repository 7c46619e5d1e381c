// UTF-8 one character at a time, for text that may be anything: paths, commit messages, binary lines.
//
// Decoding is strict (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). An invalid byte is a
// character of its own with `valid` false and length 1, so that callers can replace or show each one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace staunch {

struct Utf8 {
  char32_t code = 0;  // the byte itself where not valid
  std::uint32_t length = 1;
  bool valid = false;
};

// Requires at < text.size().
inline Utf8 decode_utf8(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::uint32_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return {first, 1, false};
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {first, 1, false};
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {first, 1, false};
  return {code, length, true};
}

inline bool valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    if (!c.valid) return false;
    at += c.length;
  }
  return true;
}

// Characters of Unicode 15 that terminals act on or show nothing for: C1 controls and DEL, and the format characters
// and separators (Cf, Zl, Zp) that hide, reorder or break text.
inline bool is_invisible(char32_t code) {
  struct Range {
    char32_t first, last;
  };
  static constexpr Range kRanges[] = {{0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},    {0x180E, 0x180E},
                                      {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},  {0xFE00, 0xFE0F},
                                      {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF}};
  for (const Range range : kRanges)
    if (code >= range.first && code <= range.last) return true;
  return false;
}

}  // namespace staunch
