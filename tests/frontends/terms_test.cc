// Blocked terms against an oracle that tries every place from word to word: Levenshtein's distance by its definition,
// breaks counted one by one.
#include "frontends/stream/terms.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {
namespace {

std::size_t levenshtein(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) d[i][j] = i + j;
      else d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
    }
  return d[a.size()][b.size()];
}

// Of texts of lower case and spaces.
std::size_t words_of(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
}

std::size_t mistakes(std::string_view said, std::string_view term) {
  const std::string letters = folded(said);
  if (letters == folded(term)) return 0;
  const std::size_t words = words_of(said), wanted = words_of(term);
  const std::size_t breaks = words == letters.size() ? 0 : std::max(words, wanted) - std::min(words, wanted);
  return levenshtein(letters, folded(term)) + breaks;
}

bool is_somewhere(std::string_view text, std::string_view term, std::size_t distance) {
  if (folded(text).find(folded(term)) != std::string::npos) return true;
  const auto breaks = [&](std::size_t at) {
    return at == 0 || at == text.size() || text[at - 1] == ' ' || text[at] == ' ';
  };
  for (std::size_t begin = 0; begin < text.size(); ++begin)
    for (std::size_t end = begin + 1; end <= text.size(); ++end)
      if (text[begin] != ' ' && text[end - 1] != ' ' && breaks(begin) && breaks(end) &&
          mistakes(text.substr(begin, end - begin), term) <= distance)
        return true;
  return false;
}

// The term with some letters and breaks changed, among words of its own letters.
std::string some_text(std::mt19937& random, std::string text) {
  for (auto left = random() % 4; left > 0; --left) {
    const std::size_t at = random() % text.size();
    switch (random() % 5) {
      case 0: text.erase(at, 1); break;
      case 1: text.insert(at, 1, text[random() % text.size()]); break;
      case 2: text[at] = "abcdefx"[random() % 7]; break;
      case 3: text.insert(at, 1, ' '); break;
      default: text = std::string(1 + random() % 2, "ab xy"[random() % 5]) + text + "cd "[random() % 3];
    }
    if (text.empty()) text.push_back('a');
  }
  // One space at a time, and none at the ends.
  text.erase(std::unique(text.begin(), text.end(), [](char a, char b) { return a == ' ' && b == ' '; }), text.end());
  if (text.front() == ' ') text.erase(0, 1);
  if (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.empty()) text.push_back('a');
  return text;
}

TEST_CASE("terms stand where every place from word to word is tried", "[filter][policy]") {
  std::mt19937 random(11);
  unsigned found = 0, missing = 0;
  for (const std::string term : {"abcd efab", "abab cdcd efef", "fedcba abcdef", "aabbccddeeffab"})
    for (unsigned distance = 0; distance <= 3 && folded(term).size() >= 4 * (distance + 1); ++distance) {
      const TermFinder finder({{term, distance}});
      for (int round = 0; round < 3000; ++round) {
        const std::string text = some_text(random, term);
        INFO("'" << text << "' for '" << term << "' at " << distance);
        const std::vector<TermHit> hits = finder.find(text, true);
        const bool wanted = is_somewhere(text, term, distance);
        REQUIRE(hits.empty() != wanted);
        for (const TermHit& hit : hits) REQUIRE(mistakes(text.substr(hit.offset, hit.length), term) <= distance);
        (wanted ? found : missing) += 1;
      }
    }
  CHECK(found > 1000);
  CHECK(missing > 1000);
}

}  // namespace
}  // namespace staunch
