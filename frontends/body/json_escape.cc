#include "frontends/body/json_escape.h"

#include <cstdint>
#include <cstring>

namespace staunch {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits behind "\u" at `at`, or -1.
std::int32_t unit_at(std::string_view text, std::size_t at, std::size_t end) {
  if (at + 6 > end || text[at] != '\\' || text[at + 1] != 'u') return -1;
  std::int32_t unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

char short_escape(char c) {
  switch (c) {
    case '"': case '\\': case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
  }
}

// The escape at `at`, appended; its size in the text, or 0.
std::size_t undo_one(std::string_view text, std::size_t at, std::size_t end, std::string& out) {
  if (at + 2 > end) return 0;
  if (text[at + 1] != 'u') {
    const char c = short_escape(text[at + 1]);
    if (c == '\0') return 0;
    out += c;
    return 2;
  }
  const std::int32_t first = unit_at(text, at, end);
  if (first < 0) return 0;
  if (first >= 0xD800 && first < 0xDC00) {
    const std::int32_t second = unit_at(text, at + 6, end);
    if (second >= 0xDC00 && second < 0xE000) {
      append_utf8(0x10000u + (static_cast<std::uint32_t>(first - 0xD800) << 10) +
                      static_cast<std::uint32_t>(second - 0xDC00), out);
      return 12;
    }
  }
  append_utf8(static_cast<std::uint32_t>(first), out);
  return 6;
}

}  // namespace

void add_piece(std::vector<EscapePiece>* pieces, EscapePiece piece) {
  if (pieces == nullptr || piece.out_size == 0) return;
  if (!piece.whole && !pieces->empty()) {
    EscapePiece& last = pieces->back();
    if (!last.whole && last.out + last.out_size == piece.out && last.from + last.from_size == piece.from) {
      last.out_size += piece.out_size;
      last.from_size += piece.from_size;
      return;
    }
  }
  pieces->push_back(piece);
}

bool unescape_json(std::string_view text, std::size_t begin, std::size_t end, std::string& out,
                   std::vector<EscapePiece>* pieces) {
  for (std::size_t at = begin; at < end;) {
    const void* found = std::memchr(text.data() + at, '\\', end - at);
    const std::size_t stop = found == nullptr ? end : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    add_piece(pieces, {out.size(), stop - at, at, stop - at, false});
    out.append(text, at, stop - at);
    if (stop == end) return true;
    const std::size_t before = out.size();
    const std::size_t size = undo_one(text, stop, end, out);
    if (size == 0) return false;
    add_piece(pieces, {before, out.size() - before, stop, size, true});
    at = stop + size;
  }
  return true;
}

}  // namespace staunch
