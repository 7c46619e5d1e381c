#include "engine/expand/gather_base64.h"

#include "engine/expand/decode_base64.h"
#include "engine/expand/decode_escape.h"

namespace staunch {
namespace {

constexpr std::size_t kIndent = 64;

// The line end at text[at], as itself or as two characters in a string, with the indentation behind it; 0 if none.
std::size_t line_end_length(std::string_view text, std::size_t at) {
  std::size_t length = 0;
  for (const std::string_view end : {"\n", "\r\n", "\\n", "\\r\\n"})
    if (text.substr(at, 4).starts_with(end)) length = end.size();
  if (length == 0) return 0;
  for (std::size_t i = 0; i < kIndent && at + length < text.size(); ++i, ++length)
    if (text[at + length] != ' ' && text[at + length] != '\t') break;
  return length;
}

// The base64 character at text[at], as itself or escaped.
struct Character {
  std::uint8_t value = kNoValue;
  std::uint8_t length = 0;
};

Character base64_character(std::string_view text, std::size_t at, bool padding) {
  if (at >= text.size()) return {};
  const auto value = [padding](char c) { return padding ? (c == '=' ? std::uint8_t{0} : kNoValue) : base64_value(c); };
  if (const std::uint8_t plain = value(text[at]); plain != kNoValue) return {plain, 1};
  const Escape escape = decode_escape(text, at);
  if (escape.size != 1 || value(escape.bytes[0]) == kNoValue) return {};
  return {value(escape.bytes[0]), escape.length};
}

// Whether what stands at text[at] ends a value, as what stands behind a word in a program does not.
bool ends_base64(std::string_view text, std::size_t at) {
  return at >= text.size() || std::string_view("=\n\r\"'\\,;)]}<").find(text[at]) != std::string_view::npos;
}

// Whether base64 of text goes on at text[at], a line's first character, after a quad's first `count` characters.
bool goes_on(std::string_view text, std::size_t at, std::uint32_t quad, std::size_t count) {
  std::size_t i = at;
  for (; count < 4 && i < text.size() && base64_value(text[i]) != kNoValue; ++i, ++count)
    quad = quad << 6 | base64_value(text[i]);
  if (count < 4) {
    const unsigned spare = count == 2 ? 15 : 3;
    return count >= 2 && i > at && (quad & spare) == 0 && ends_base64(text, i);
  }
  int quads = 0, good = 0;
  for (; quads < 4 && quad != kNoQuad; ++quads, quad = quad_at(text, i), i += 4) good += text_quad(quad) ? 1 : 0;
  if (quads == 4) return good >= 3;
  for (i -= 4; i < text.size() && base64_value(text[i]) != kNoValue;) ++i;
  return good == quads && ends_base64(text, i);
}

}  // namespace

GatheredQuad gather_quad(std::string_view text, std::size_t at, bool may_wrap) {
  GatheredQuad got{0, 0, at, at};
  while (got.count < 4) {
    if (const Character c = base64_character(text, got.end, false); c.value != kNoValue) {
      if (got.count == 0) got.begin = got.end;
      got.quad = got.quad << 6 | c.value;
      got.end += c.length;
      ++got.count;
      continue;
    }
    const std::size_t length = may_wrap && got.line_begin == GatheredQuad::kNoLine ? line_end_length(text, got.end) : 0;
    if (length == 0 || !goes_on(text, got.end + length, got.quad, got.count)) break;
    got.end += length;
    got.line_begin = got.count;
  }
  return got;
}

std::size_t base64_padding_length(std::string_view text, std::size_t at) {
  return base64_character(text, at, true).length;
}

}  // namespace staunch
