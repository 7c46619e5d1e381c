// Against the textbook recursion, word by word.
#include "rules/nearest.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace staunch {
namespace {

// Optimal string alignment, straight from its definition.
std::size_t edits(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return std::max(a.size(), b.size());
  const std::string_view a1 = a.substr(1), b1 = b.substr(1);
  std::size_t best = edits(a1, b1) + (a[0] == b[0] ? 0 : 1);
  best = std::min({best, edits(a1, b) + 1, edits(a, b1) + 1});
  if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
    best = std::min(best, edits(a.substr(2), b.substr(2)) + 1);
  return best;
}

std::string some_word(std::mt19937& random) {
  std::string word(1 + random() % 6, 'a');
  for (char& c : word) c = static_cast<char>('a' + random() % 3);
  return word;
}

}  // namespace

TEST_CASE("the nearest word is the one of fewest edits", "[rules]") {
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> words(5);
    for (std::string& word : words) word = some_word(random);
    const std::string word = some_word(random);
    const std::vector<std::string_view> views(words.begin(), words.end());
    const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
    std::string expected;
    std::size_t fewest = limit + 1;
    for (const std::string& one : words)
      if (edits(word, one) < fewest) fewest = edits(word, one), expected = one;
    INFO(word);
    CHECK(std::string(nearest(word, views)) == expected);
  }
}

TEST_CASE("nothing is near to what is far, empty or endless", "[rules]") {
  const std::vector<std::string_view> words = {"", "regex", "keywords", std::string_view()};
  CHECK(nearest("", words).empty());
  CHECK(nearest("zebra", words).empty());
  CHECK(nearest(std::string(1000, 'r'), words).empty());
  CHECK(nearest("KEYWORD", words) == "keywords");
  CHECK(nearest("rgeex", words) == "regex");
}

}  // namespace staunch
