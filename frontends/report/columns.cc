#include "frontends/report/columns.h"

#include <string_view>

#include "frontends/report/utf8.h"

namespace staunch {
namespace {

// UTF-16 units from the beginning of its line to byte `at` of `lines`; 0 where the line's beginning is not held.
// `column` is the byte column of `at` and shows whether it is.
std::uint64_t utf16_column(std::string_view lines, std::uint64_t at, std::uint64_t column) {
  if (at > lines.size()) return 0;
  const std::size_t newline = at == 0 ? lines.npos : lines.rfind('\n', at - 1);
  const std::size_t begin = newline == lines.npos ? 0 : newline + 1;
  if (at - begin + 1 != column) return 0;
  const std::string_view text = lines.substr(begin, at - begin);
  std::uint64_t units = 1;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 c = decode_utf8(text, i);
    units += c.valid && c.code > 0xFFFF ? 2 : 1;
    i += c.length;
  }
  return units;
}

}  // namespace

Utf16Columns utf16_columns(const Occurrence& place) {
  if (place.begin.line == 0 || place.offset < place.lines_offset || place.length == 0) return {};
  const std::string_view lines = place.lines.reveal();
  const std::uint64_t at = place.offset - place.lines_offset;
  const Utf16Columns columns{utf16_column(lines, at, place.begin.column),
                             utf16_column(lines, at + place.length, place.end.column + 1)};
  return columns.begin == 0 || columns.end == 0 ? Utf16Columns{} : columns;
}

}  // namespace staunch
