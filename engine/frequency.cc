#include "engine/frequency.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <string>

#include "engine/frequency_symbols.h"

namespace staunch {
namespace {

struct Word {
  std::string_view text;
  double per_megabyte;
};

#include "engine/frequency_tables.inc"

// Text written in one case is found less often by a needle that insists on the rarer one.
constexpr double kUpperCaseShare = 0.1;

double pair_model(std::string_view literal) {
  double log2 = -kFirstLog2[frequency_symbol(literal.front())];
  for (std::size_t i = 1; i < literal.size(); ++i) {
    const std::size_t pair = frequency_symbol(literal[i - 1]) * kFrequencySymbols + frequency_symbol(literal[i]);
    log2 -= (kPairLog2[pair] - '!') / 4.0;
  }
  return 1e6 * std::exp2(log2);
}

}  // namespace

double hits_per_megabyte(std::string_view literal, bool caseless) {
  if (literal.empty()) return 1e6;
  std::string lower(literal);
  bool upper_case = false;
  for (char& c : lower) {
    upper_case = upper_case || std::isupper(static_cast<unsigned char>(c)) != 0;
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  // A word inside the literal bounds it from above; the literal as a word of the list has the last say.
  double price = pair_model(lower);
  double bound = 1e6;
  for (const Word& word : kWords) {
    if (word.text == lower) {
      price = word.per_megabyte;
      bound = price;
      break;
    }
    if (lower.find(word.text) != std::string::npos) bound = std::min(bound, word.per_megabyte);
  }
  price = std::min(price, bound);
  return !caseless && upper_case ? price * kUpperCaseShare : price;
}

}  // namespace staunch
