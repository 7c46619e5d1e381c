#include "engine/expand/decode_escape.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace staunch {
namespace {

constexpr std::array<std::int8_t, 256> kDigits = [] {
  std::array<std::int8_t, 256> digits{};
  for (auto& digit : digits) digit = -1;
  for (int i = 0; i < 10; ++i) digits['0' + i] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) digits['a' + i] = digits['A' + i] = static_cast<std::int8_t>(10 + i);
  return digits;
}();

// The value of `count` hex digits, or -1.
int hex_value(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    const int digit = kDigits[static_cast<unsigned char>(text[i])];
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

Escape one_byte(Codec codec, std::size_t length, int byte) {
  Escape escape{static_cast<std::uint8_t>(length), 1, codec};
  escape.bytes[0] = static_cast<char>(byte);
  return escape;
}

Escape code_point(Codec codec, std::size_t length, std::uint32_t code) {
  Escape escape{static_cast<std::uint8_t>(length), 0, codec};
  escape.size = put_utf8(code, escape.bytes);
  return escape;
}

// `slashes` backslashes, u, four digits; two of them make a surrogate pair.
Escape decode_u(std::string_view text, std::size_t at, std::size_t slashes) {
  const std::size_t length = slashes + 5;
  const int unit = hex_value(text, at + slashes + 1, 4);
  if (unit < 0) return {};
  const auto high = static_cast<std::uint32_t>(unit);
  if (high < 0xd800 || high > 0xdbff) return code_point(Codec::escape, length, high);
  const std::size_t next = at + length;
  if (next + length > text.size() || text.compare(next, slashes + 1, text, at, slashes + 1) != 0)
    return code_point(Codec::escape, length, high);
  const int low = hex_value(text, next + slashes + 1, 4);
  if (low < 0xdc00 || low > 0xdfff) return code_point(Codec::escape, length, high);
  const std::uint32_t code = 0x10000 + ((high - 0xd800) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00);
  return code_point(Codec::escape, 2 * length, code);
}

Escape simple(char byte) {
  Escape escape = one_byte(Codec::escape, 2, byte);
  escape.simple = true;
  return escape;
}

Escape decode_backslash(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return {};
  const std::size_t slashes = text[at + 1] == '\\' && at + 2 < text.size() ? 2 : 1;
  const char kind = text[at + slashes];
  if (kind == 'u')
    if (const Escape escape = decode_u(text, at, slashes); escape.length > 0) return escape;
  if (kind == 'x')
    if (const int byte = hex_value(text, at + slashes + 1, 2); byte >= 0)
      return one_byte(Codec::escape, slashes + 3, byte);
  switch (text[at + 1]) {
    case 'n': return simple('\n');
    case 'r': return simple('\r');
    case 't': return simple('\t');
    case '"':
    case '\'':
    case '/':
    case '\\': return simple(text[at + 1]);
    default: return {};
  }
}

struct Name {
  std::string_view name;  // with its semicolon
  std::uint32_t code;
};

// Those that stand in and around tokens, addresses and quoted values.
constexpr Name kNames[] = {
    {"amp;", '&'},    {"lt;", '<'},     {"gt;", '>'},     {"quot;", '"'},  {"apos;", '\''},    {"nbsp;", 0xa0},
    {"sol;", '/'},    {"equals;", '='}, {"plus;", '+'},   {"colon;", ':'}, {"commat;", '@'},   {"lowbar;", '_'},
    {"period;", '.'}, {"dollar;", '$'}, {"percnt;", '%'}, {"num;", '#'},   {"quest;", '?'},    {"bsol;", '\\'},
    {"lpar;", '('},   {"rpar;", ')'},   {"lsqb;", '['},   {"rsqb;", ']'},  {"lcub;", '{'},     {"rcub;", '}'},
    {"comma;", ','},  {"semi;", ';'},   {"excl;", '!'},   {"ast;", '*'},   {"NewLine;", '\n'}, {"Tab;", '\t'},
};

// "&#47;" and "&#x2f;", up to 7 digits.
Escape decode_number(std::string_view text, std::size_t at) {
  std::size_t i = at + 2;
  const bool hex = i < text.size() && (text[i] == 'x' || text[i] == 'X');
  if (hex) ++i;
  const std::size_t begin = i;
  std::uint32_t code = 0;
  for (; i < text.size() && i - begin < 7; ++i) {
    const int digit = kDigits[static_cast<unsigned char>(text[i])];
    if (digit < 0 || (!hex && digit > 9)) break;
    code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
  }
  if (i == begin || i >= text.size() || text[i] != ';') return {};
  return code_point(Codec::entity, i + 1 - at, code);
}

Escape decode_entity(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at + 1, 10);
  if (rest.empty()) return {};
  if (rest[0] == '#') return decode_number(text, at);
  for (const Name& name : kNames)
    if (rest[0] == name.name[0] && rest.starts_with(name.name))
      return code_point(Codec::entity, 1 + name.name.size(), name.code);
  return {};
}

}  // namespace

std::uint8_t put_utf8(std::uint32_t code, char* to) {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) code = 0xfffd;
  if (code < 0x80) {
    to[0] = static_cast<char>(code);
    return 1;
  }
  if (code < 0x800) {
    to[0] = static_cast<char>(0xc0 | code >> 6);
    to[1] = static_cast<char>(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    to[0] = static_cast<char>(0xe0 | code >> 12);
    to[1] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    to[2] = static_cast<char>(0x80 | (code & 0x3f));
    return 3;
  }
  to[0] = static_cast<char>(0xf0 | code >> 18);
  to[1] = static_cast<char>(0x80 | (code >> 12 & 0x3f));
  to[2] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
  to[3] = static_cast<char>(0x80 | (code & 0x3f));
  return 4;
}

std::size_t decode_bytes(std::string_view text, std::size_t at, std::span<char> to) {
  std::size_t count = 0;
  for (; count < to.size() && at + 4 <= text.size() && text[at] == '\\' && text[at + 1] == 'x'; ++count, at += 4) {
    const int byte = hex_value(text, at + 2, 2);
    if (byte < 0) break;
    to[count] = static_cast<char>(byte);
  }
  return count;
}

Escape decode_escape(std::string_view text, std::size_t at) {
  switch (text[at]) {
    case '\\': return decode_backslash(text, at);
    case '&': return decode_entity(text, at);
    case '%':
      if (const int byte = hex_value(text, at + 1, 2); byte >= 0) return one_byte(Codec::percent, 3, byte);
      return {};
    default: return {};
  }
}

}  // namespace staunch
