// UTF-16 in either byte order (RFC 2781), in sources that say so and in stretches of those that do not.
//
// Pure functions over hostile bytes, each of which looks at a bounded number of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace staunch {

struct Utf16Character {
  std::uint32_t code = 0;   // U+FFFD for half a surrogate pair, and for a byte that is left over at the end
  std::uint8_t length = 0;  // bytes; 0 at the end of the text
};

Utf16Character utf16_at(std::string_view text, std::size_t at, bool big_endian);

// Printable ASCII or a line break or tab.
inline bool utf16_ascii(std::uint32_t code) {
  return (code >= 0x20 && code < 0x7f) || code == '\t' || code == '\n' || code == '\r';
}

// Whether twelve characters of ASCII text begin at text[at], which is no line end by itself.
inline constexpr std::size_t kUtf16First = 24;
bool utf16_begins(std::string_view text, std::size_t at, bool big_endian);

// Whether text has ended at `at`: no ASCII in four characters, or one that text does not hold.
bool utf16_torn(std::string_view text, std::size_t at, bool big_endian);

}  // namespace staunch
