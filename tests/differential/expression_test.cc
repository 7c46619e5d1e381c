// A rule's regex without its wide bounds first: the same match and the same groups as RE2's of the regex as it is
// written, whatever the bounds and however long the text.
#include "engine/expression.h"

#include <array>
#include <catch2/catch.hpp>

#include "engine/parts.h"
#include "tests/differential/build.h"
#include "tests/differential/random_regex.h"

namespace {

using namespace staunch;
using namespace staunch::test;

// A character or class with counts, some of them wide, and texts that stay below them or pass them.
RandomRegex counted(std::mt19937& random) {
  static const std::vector<std::pair<std::string, std::string>> parts = {
      {"a", "a"},   {"[ab]", "ab"},     {"[^k\\n]", "a0 b"},     {"\\w", "abk"},
      {".", "a.b"}, {"[]a]", "a]"},     {"[[:alpha:]}]", "ab}"}, {"\\x61", "a"},
      {"\\.", "."}, {"[a\\]{]", "a]{"}, {"\\pL", "ab"},          {"-", "-"}};
  const auto& [pattern, letters] = parts[random() % parts.size()];
  const std::size_t least = random() % 6, most = least + random() % 90;
  RandomRegex out{pattern + "{" + std::to_string(least) + "," + std::to_string(most) + "}", {}};
  if (random() % 3 == 0) out.pattern += "?";
  if (random() % 3 == 0) out.pattern = "(" + out.pattern + ")";
  for (std::string& text : out.texts)
    for (std::size_t n = random() % 3 == 0 ? random() % 12 : random() % (most + 20); n > 0; --n)
      text += letters[random() % letters.size()];
  return out;
}

RandomRegex with_counts(std::mt19937& random) {
  RandomRegex out;
  for (std::size_t n = 2 + random() % 4; n > 0; --n) {
    const RandomRegex part = random() % 2 == 0
                                 ? counted(random)
                                 : RegexMaker(random, random() % 8 == 0).make(static_cast<int>(random() % 3));
    out.pattern += part.pattern;
    for (std::size_t i = 0; i < out.texts.size(); ++i) out.texts[i] += part.texts[i];
  }
  if (random() % 4 == 0) out.pattern = "(?:" + out.pattern + "|" + counted(random).pattern + ")";
  return out;
}

std::vector<re2::StringPiece> groups_of(const RE2& regex, const std::string& text) {
  std::vector<re2::StringPiece> groups(1 + static_cast<std::size_t>(regex.NumberOfCapturingGroups()));
  if (!regex.Match(text, 0, text.size(), RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) groups = {};
  return groups;
}

}  // namespace

TEST_CASE("a regex without its wide bounds finds what the regex finds", "[catalogue]") {
  std::mt19937 random(seed(77));
  int narrow = 0, wide = 0, none = 0;
  for (int round = 0; round < rounds(20'000); ++round) {
    const RandomRegex regex = with_counts(random);
    const RE2 written(regex.pattern, re2_options(regex.pattern));
    if (!written.ok()) continue;
    const Expression expression(regex.pattern);
    REQUIRE(expression.groups() == written.NumberOfCapturingGroups());
    for (const std::string& part : regex.texts) {
      // Of a long text the regex as it is written is asked at once.
      const std::string text = "k " + part + " \n" + part + (random() % 8 == 0 ? std::string(1'100, '~') : "");
      const auto expected = groups_of(written, text);
      auto groups = std::vector<re2::StringPiece>(1 + static_cast<std::size_t>(expression.groups()));
      const bool found = expression.match(text, 0, text.size(), groups.data(), static_cast<int>(groups.size()));
      CAPTURE(regex.pattern, without_bounds(regex.pattern).pattern, text);
      REQUIRE(found == !expected.empty());
      if (!found) {
        ++none;
        continue;
      }
      (groups[0].size() < 32 ? narrow : wide) += 1;
      for (std::size_t i = 0; i < groups.size(); ++i) {
        CAPTURE(i);
        REQUIRE(groups[i].data() == expected[i].data());
        REQUIRE(groups[i].size() == expected[i].size());
      }
    }
  }
  CHECK(narrow > rounds(20'000));
  CHECK(wide > rounds(5'000));
  CHECK(none > rounds(2'000));
}

// Found to take 39 seconds where the regex as it is written takes one.
TEST_CASE("a long line with many matches is read once, not once for each") {
  const Expression expression("kk([^\\n]{0,64}?)vv[^\\n]{0,64}zz|kk1vv");
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += "kk1vv";
  std::array<re2::StringPiece, 2> groups;
  int matches = 0;
  for (std::size_t at = 0; expression.match(text, at, text.size(), groups.data(), groups.size()); ++matches)
    at = static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size();
  CHECK(matches == 60'000);
}

TEST_CASE("which bounds are left out") {
  const auto of = [](const std::string& pattern) { return without_bounds(pattern).pattern; };
  CHECK(of("a{20,900}") == "a{20,}");
  CHECK(of("a{2,31}[b]{0,32}?") == "a{2,31}[b]{0,}?");
  CHECK(of("[]{3,99}x]{1,40}") == "[]{3,99}x]{1,}");
  CHECK(of("[[:^space:]{1,99}]{1,40}") == "[[:^space:]{1,99}]{1,}");
  CHECK(of("\\{1,99}\\S{1,40}") == "\\{1,99}\\S{1,}");
  CHECK(of("(?:ab?){1,40}") == "(?:ab?){1,40}");
  CHECK(of("\\b{1,40}a*b{1,40}") == "\\b{1,40}a*b{1,}");
  CHECK(of("a{40}b{40,}") == "a{40}b{40,}");
  CHECK(of("\\Qa{1,40}\\Eb{1,40}") == "\\Qa{1,40}\\Eb{1,40}");
  CHECK(without_bounds("a{20,900}b{3,50}").slack == 47);
}
