#include "engine/entropy.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <map>

namespace staunch {
namespace {

// One code point from the front of `text`; a byte that is not valid UTF-8 counts as U+FFFD, as Go has it.
std::uint32_t take_code_point(std::string_view& text) {
  constexpr std::uint32_t kBad = 0xfffd;
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t size = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  std::uint32_t point = size == 1 ? first : size == 0 ? kBad : first & (0x7fu >> size);
  bool good = size != 0 && size <= text.size() && first < 0xf5;
  for (std::size_t i = 1; good && i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    good = (next & 0xc0) == 0x80;
    point = point << 6 | (next & 0x3f);
  }
  constexpr std::uint32_t kLowest[] = {0, 0, 0x80, 0x800, 0x10000};
  good = good && point >= kLowest[size] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  text.remove_prefix(good ? size : 1);
  return good ? point : kBad;
}

double term(std::uint64_t count, double length) {
  const double share = static_cast<double>(count) / length;
  return count == 0 ? 0 : -share * std::log2(share);
}

}  // namespace

double shannon_entropy(std::string_view text) {
  const auto length = static_cast<double>(text.size());
  std::array<std::uint64_t, 128> ascii{};
  std::map<std::uint32_t, std::uint64_t> others;
  for (std::string_view rest = text; !rest.empty();) {
    const std::uint32_t point = take_code_point(rest);
    if (point < ascii.size()) ++ascii[point];
    else ++others[point];
  }
  double entropy = 0;
  for (std::uint64_t count : ascii) entropy += term(count, length);
  for (const auto& [point, count] : others) entropy += term(count, length);
  return entropy;
}

}  // namespace staunch
