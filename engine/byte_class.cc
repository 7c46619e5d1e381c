#include "engine/byte_class.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace staunch {
namespace {

struct NamedClass {
  std::string_view name;
  std::string_view ranges;  // pairs of first and last byte
};

constexpr NamedClass kNamedClasses[] = {
    {"alnum", "09AZaz"},
    {"alpha", "AZaz"},
    {"ascii", std::string_view("\0\x7f", 2)},
    {"blank", "\t\t  "},
    {"cntrl", std::string_view("\0\x1f\x7f\x7f", 4)},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "\t\r  "},
    {"upper", "AZ"},
    {"word", "09AZaz__"},
    {"xdigit", "09AFaf"},
};

ByteSet set_of_ranges(std::string_view ranges) {
  ByteSet set;
  for (std::size_t i = 0; i + 1 < ranges.size(); i += 2)
    add_range(set, static_cast<unsigned char>(ranges[i]), static_cast<unsigned char>(ranges[i + 1]));
  return set;
}

}  // namespace

void add_range(ByteSet& set, unsigned low, unsigned high) {
  for (unsigned c = low; c <= high && c < 256; ++c) set.set(c);
}

std::optional<ByteSet> perl_class(char letter) {
  ByteSet set;
  switch (letter) {
    case 'd':
    case 'D': set = set_of_ranges("09"); break;
    case 's':
    case 'S': set = set_of_ranges("\t\n\f\r  "); break;
    case 'w':
    case 'W': set = set_of_ranges("09AZaz__"); break;
    default: return std::nullopt;
  }
  return std::isupper(static_cast<unsigned char>(letter)) ? ~set : set;
}

std::optional<ByteSet> named_class(std::string_view name) {
  const auto found = std::find_if(std::begin(kNamedClasses), std::end(kNamedClasses),
                                  [&](const NamedClass& each) { return each.name == name; });
  if (found == std::end(kNamedClasses)) return std::nullopt;
  return set_of_ranges(found->ranges);
}

}  // namespace staunch
