#include "frontends/body/json_escape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

// What an escape stands for.
struct Undone {
  std::size_t size = 0;  // in the text; 0: it is none
  std::size_t count = 0;
  char bytes[4] = {};

  void put(std::uint32_t byte) { bytes[count++] = static_cast<char>(byte); }
};

void put_utf8(std::uint32_t code, Undone& out) {
  if (code < 0x80) return out.put(code);
  if (code < 0x800) {
    out.put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    out.put(0xE0 | code >> 12);
    out.put(0x80 | (code >> 6 & 0x3F));
  } else {
    out.put(0xF0 | code >> 18);
    out.put(0x80 | (code >> 12 & 0x3F));
    out.put(0x80 | (code >> 6 & 0x3F));
  }
  out.put(0x80 | (code & 0x3F));
}

// What a letter behind a backslash stands for; NUL where it is none of these.
constexpr std::array<char, 256> make_short_escapes() {
  std::array<char, 256> out{};
  for (const char c : {'"', '\\', '/'}) out[static_cast<unsigned char>(c)] = c;
  out['b'] = '\b';
  out['f'] = '\f';
  out['n'] = '\n';
  out['r'] = '\r';
  out['t'] = '\t';
  return out;
}
constexpr auto kShortEscapes = make_short_escapes();

char short_escape(char c) { return kShortEscapes[static_cast<unsigned char>(c)]; }

Undone undo_one(std::string_view text, std::size_t at, std::size_t end) {
  Undone out;
  if (at + 2 > end) return out;
  if (text[at + 1] != 'u') {
    const char c = short_escape(text[at + 1]);
    if (c == '\0') return out;
    out.bytes[out.count++] = c;
    out.size = 2;
    return out;
  }
  const std::int32_t first = unit_at(text, at, end);
  if (first < 0) return out;
  out.size = 6;
  if (first >= 0xD800 && first < 0xDC00) {
    const std::int32_t second = unit_at(text, at + 6, end);
    if (second >= 0xDC00 && second < 0xE000) {
      out.size = 12;
      put_utf8(
          0x10000u + (static_cast<std::uint32_t>(first - 0xD800) << 10) + static_cast<std::uint32_t>(second - 0xDC00),
          out);
      return out;
    }
  }
  put_utf8(static_cast<std::uint32_t>(first), out);
  return out;
}

constexpr std::size_t kStep = 32;

// Copies bytes of [from, end) up to a backslash, kStep at most, and returns how many; `to` has room for kStep.
std::size_t copy_plain(const char* from, const char* end, char* to) {
#if defined(__SSE2__)
  if (static_cast<std::size_t>(end - from) >= kStep) {
    const __m128i sign = _mm_set1_epi8('\\');
    unsigned found = 0;
    for (unsigned i = 0; i < kStep; i += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), bytes);
      found |= static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, sign))) << i;
    }
    return static_cast<std::size_t>(std::countr_zero(found));
  }
#endif
  std::size_t count = 0;
  for (; count < kStep && from + count != end && from[count] != '\\'; ++count) to[count] = from[count];
  return count;
}

// As unescape_json, where nobody asks for pieces: escapes are near each other, and a call for each costs more than it.
bool unescape_all(std::string_view text, std::size_t begin, std::size_t end, std::string& out) {
  char buffer[1024];
  std::size_t held = 0;
  for (std::size_t at = begin; at < end;) {
    if (held > sizeof buffer - kStep) {
      out.append(buffer, held);
      held = 0;
    }
    if (text[at] != '\\') {
      const std::size_t count = copy_plain(text.data() + at, text.data() + end, buffer + held);
      held += count;
      at += count;
      continue;
    }
    if (const char c = at + 1 < end ? short_escape(text[at + 1]) : '\0'; c != '\0') {
      buffer[held++] = c;
      at += 2;
      continue;
    }
    const Undone undone = undo_one(text, at, end);
    if (undone.size == 0) return false;
    std::memcpy(buffer + held, undone.bytes, sizeof undone.bytes);
    held += undone.count;
    at += undone.size;
  }
  out.append(buffer, held);
  return true;
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
  if (pieces == nullptr) return unescape_all(text, begin, end, out);
  for (std::size_t at = begin; at < end;) {
    const void* found = std::memchr(text.data() + at, '\\', end - at);
    const std::size_t stop =
        found == nullptr ? end : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    add_piece(pieces, {out.size(), stop - at, at, stop - at, false});
    out.append(text, at, stop - at);
    if (stop == end) return true;
    const std::size_t before = out.size();
    const Undone undone = undo_one(text, stop, end);
    if (undone.size == 0) return false;
    out.append(undone.bytes, undone.count);
    add_piece(pieces, {before, undone.count, stop, undone.size, true});
    at = stop + undone.size;
  }
  return true;
}

}  // namespace staunch
