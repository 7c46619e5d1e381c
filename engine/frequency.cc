#include "engine/frequency.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "engine/frequency_symbols.h"

namespace staunch {
namespace {

struct Words {
  double per_megabyte;      // of each of them
  std::string_view spaced;  // a blank behind each
};

#include "engine/frequency_tables.inc"

// Text written in one case is found less often by a needle that insists on the rarer one.
constexpr double kUpperCaseShare = 0.1;
// Shorter runs of letters stand in too many words to be known by the common ones.
constexpr std::size_t kShortestRun = 3;
// Zeros in base64, rulers of dashes: where such a run stands it stands at every byte, however long the literal is.
constexpr std::size_t kShortestRuler = 4;
constexpr double kRulersPerMegabyte = 100;

double share(char symbol) { return std::exp2(-kFirstLog2[frequency_symbol(symbol)]); }

// How often `second` follows `first`.
double pair_share(char first, char second) {
  const std::size_t pair = frequency_symbol(first) * kFrequencySymbols + frequency_symbol(second);
  return std::exp2(-(kPairLog2[pair] - '!') / 4.0);
}

double chain(std::string_view text) {
  double out = share(text.front());
  for (std::size_t i = 1; i < text.size(); ++i) out *= pair_share(text[i - 1], text[i]);
  return out;
}

// The common words by all their endings, so that those which hold a run of letters stand side by side.
class Endings {
 public:
  Endings() {
    for (const auto& [per_megabyte, spaced] : kWords)
      for (std::size_t i = 0; i < spaced.size(); ++i)
        if (spaced[i] != ' ') endings_.push_back({spaced.substr(i, spaced.find(' ', i) - i), per_megabyte});
    std::sort(endings_.begin(), endings_.end(), [](const Ending& a, const Ending& b) { return a.text < b.text; });
  }

  // Of all common words; 0 where none holds the run.
  double per_megabyte(std::string_view run) const {
    double sum = 0;
    auto at = std::lower_bound(endings_.begin(), endings_.end(), run,
                               [](const Ending& ending, std::string_view text) { return ending.text < text; });
    for (; at != endings_.end() && at->text.starts_with(run); ++at) sum += at->per_megabyte;
    return sum;
  }

 private:
  struct Ending {
    std::string_view text;
    double per_megabyte;
  };
  std::vector<Ending> endings_;
};

// What stands round a run of letters makes it rarer.
double with_surroundings(double run, std::string_view literal, std::size_t begin, std::size_t end) {
  double out = run;
  if (begin > 0) {
    const double before = chain(literal.substr(0, begin)) * pair_share(literal[begin - 1], literal[begin]);
    out *= std::min(1.0, before / share(literal[begin]));
  }
  for (std::size_t i = end; i < literal.size(); ++i) out *= pair_share(literal[i - 1], literal[i]);
  return out;
}

bool is_lower_letter(char c) { return c >= 'a' && c <= 'z'; }

bool is_ruler(std::string_view literal) {
  return literal.size() >= kShortestRuler && literal.find_first_not_of(literal.front()) == std::string_view::npos;
}

// Pairs of bytes know nothing of words, so the best known run of letters in the literal may say more.
double rate(std::string_view literal) {
  static const Endings endings;
  double out = 1e6 * chain(literal);
  if (is_ruler(literal)) out = std::max(out, kRulersPerMegabyte);
  for (std::size_t begin = 0; begin < literal.size();) {
    std::size_t end = begin;
    while (end < literal.size() && is_lower_letter(literal[end])) ++end;
    if (end - begin >= kShortestRun) {
      const double known = endings.per_megabyte(literal.substr(begin, end - begin));
      if (known > 0 && end - begin == literal.size()) return known;
      out = std::max(out, with_surroundings(known, literal, begin, end));
    }
    begin = end + 1;
  }
  return out;
}

}  // namespace

double hits_per_megabyte(std::string_view literal, bool caseless) {
  if (literal.empty()) return 1e6;
  std::string lower;
  std::transform(literal.begin(), literal.end(), std::back_inserter(lower),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool upper_case = lower != literal;
  return rate(lower) * (!caseless && upper_case ? kUpperCaseShare : 1.0);
}

}  // namespace staunch
