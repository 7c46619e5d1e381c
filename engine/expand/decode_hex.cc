#include "engine/expand/decode_hex.h"

#include <cctype>

namespace staunch {
namespace {

constexpr std::size_t kTornPairs = 4;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = c | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool is_text(int byte) { return (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n' || byte == '\r'; }

}  // namespace

int hex_pair(std::string_view text, std::size_t at) {
  if (at + 2 > text.size()) return -1;
  const int high = hex_digit(text[at]), low = hex_digit(text[at + 1]);
  return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool hex_begins(std::string_view text, std::size_t at) {
  int words = 0, changes = 0, before = -1;
  for (std::size_t i = 0; i < kHexFirst; i += 2) {
    const int byte = hex_pair(text, at + i);
    if (!is_text(byte)) return false;
    if (std::isalnum(byte) != 0) ++words;
    if (byte != before) ++changes;
    before = byte;
  }
  return words >= 6 && changes > 2;
}

bool hex_torn(std::string_view text, std::size_t at) {
  for (std::size_t i = 0; i < kTornPairs; ++i) {
    const int byte = hex_pair(text, at + 2 * i);
    if (byte < 0 || is_text(byte)) return false;
  }
  return true;
}

}  // namespace staunch
