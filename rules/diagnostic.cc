// A message names keys and values of a hostile file, and goes to a terminal: control characters are shown, not sent.
#include "rules/diagnostic.h"

#include <fmt/format.h>

#include <string_view>

namespace staunch {
namespace {

// The longest message and file name that are printed whole; a longer one comes from a file that means no good.
constexpr std::size_t kMaxShown = 600;

// `text` on one line, with control characters (C0, DEL, and C1 as UTF-8 spells them) as \xNN.
std::string printable(std::string_view text) {
  std::string out;
  const bool cut = text.size() > kMaxShown;
  if (cut) text = text.substr(0, kMaxShown);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
      out += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return cut ? out + "…" : out;
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  const Place& place = diagnostic.place;
  std::string out;
  if (!place.file.empty()) out += printable(place.file) + ":";
  if (place.line != 0) out += fmt::format("{}:{}:", place.line, place.column);
  if (!out.empty()) out += " ";
  out += diagnostic.level == Diagnostic::Level::error ? "error: " : "warning: ";
  out += printable(diagnostic.message);
  if (!diagnostic.hint.empty()) out += " (" + printable(diagnostic.hint) + ")";
  return out;
}

}  // namespace staunch
