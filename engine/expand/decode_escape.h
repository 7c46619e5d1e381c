// Escapes that stand for one character: %2F, \u002F, \x2f, \/, \n, &#x2F;, &sol;.
//
// Pure functions over hostile bytes. They look at kEscapeBytes from the escape's begin on at most.
// Sources: RFC 3986 section 2.1, RFC 8259 section 7, the named character references of the HTML standard.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/expand/expansion.h"

namespace staunch {

struct Escape {
  std::uint8_t length = 0;  // in the source; 0: there is no escape
  std::uint8_t size = 0;    // of what it decodes to
  Codec codec = Codec::none;
  bool simple = false;  // a backslash and one character: \n, \", \/, \\ ...
  char bytes[4] = {};

  std::string_view text() const { return {bytes, size}; }
};

inline constexpr std::size_t kEscapeBytes = 16;

// The escape that begins at text[at]. Percent and \x escapes give the byte that they say, the others UTF-8; half a
// surrogate pair becomes U+FFFD. The backslash of \u and \x may stand doubled, as in JSON inside JSON.
Escape decode_escape(std::string_view text, std::size_t at);

// The bytes of escapes such as \x1f that stand one directly behind another from text[at] on, as many as fit into `to`.
std::size_t decode_bytes(std::string_view text, std::size_t at, std::span<char> to);

// Writes a code point as UTF-8 and returns its length; U+FFFD in place of what is none.
std::uint8_t put_utf8(std::uint32_t code, char* to);

}  // namespace staunch
