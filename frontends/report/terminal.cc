#include "frontends/report/terminal.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontends/report/utf8.h"

namespace staunch {
namespace {

struct Range {
  char32_t first, last;
};

template <std::size_t n>
bool in_any(const Range (&ranges)[n], char32_t code) {
  return std::any_of(ranges, ranges + n, [&](Range r) { return code >= r.first && code <= r.last; });
}

// East Asian wide and fullwidth (UAX 11), in blocks.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                           {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE20, 0xFE2F}};

std::size_t width_of(char32_t code) { return in_any(kCombining, code) ? 0 : in_any(kWide, code) ? 2 : 1; }

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    if (c.code == '\t' && c.valid) out += ' ';
    else if (c.code == '\n' && c.valid) out += "\\n";
    else if (!c.valid || c.code < 0x20 || c.code == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c.code));
    else if (is_invisible(c.code)) out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c.code));
    else out += text.substr(at, c.length);
    at += c.length;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    width += width_of(c.code);
    at += c.length;
  }
  return width;
}

std::string_view fit_front(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t width = 0; at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    width += width_of(c.code);
    if (width > columns) break;
    at += c.length;
  }
  return text.substr(0, at);
}

std::string_view fit_back(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  std::size_t at = 0;
  for (std::size_t left = width; left > columns && at < text.size();) {
    const Utf8 c = decode_utf8(text, at);
    left -= width_of(c.code);
    at += c.length;
  }
  return text.substr(at);
}

}  // namespace staunch
