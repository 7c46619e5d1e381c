// Random regexes: whatever RE2 matches, the tree, the automata and the needles made of it must allow.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include "engine/parts.h"
#include "tests/differential/build.h"
#include "tests/differential/language.h"
#include "tests/differential/random_regex.h"

namespace {

using namespace staunch;
using namespace staunch::test;

std::string shaken(std::mt19937& random, std::string text) {
  static const std::string letters = "abkKsS01_-. \n\xff\xc3\xa9";
  for (std::size_t n = random() % 3; n > 0 && !text.empty(); --n) {
    const std::size_t at = random() % text.size();
    if (random() % 2 == 0)
      text[at] = letters[random() % letters.size()];
    else
      text.insert(at, 1, letters[random() % letters.size()]);
  }
  return text;
}

}  // namespace

TEST_CASE("what RE2 matches is in the tree, the automata and the needles") {
  std::mt19937 random(31);
  int accepted = 0, matched = 0, unknown = 0, with_anchors = 0;
  for (int round = 0; round < rounds(40'000); ++round) {
    const RandomRegex regex = RegexMaker(random, round % 2 == 0).make(static_cast<int>(1 + random() % 4));
    const RE2 re2(regex.pattern, re2_options(regex.pattern));
    if (!re2.ok()) continue;
    ++accepted;
    const auto syntax = Syntax::parse(regex.pattern, encoding_of(regex.pattern));
    if (!syntax) ++unknown;
    if (syntax && choose_anchors(*syntax)) ++with_anchors;
    for (const std::string& text : regex.texts) {
      const std::string around = shaken(random, "k " + text + " \n");
      re2::StringPiece match;
      if (around.size() > 2000 || !re2.Match(around, 0, around.size(), RE2::UNANCHORED, &match, 1)) continue;
      ++matched;
      const auto begin = static_cast<std::size_t>(match.data() - around.data());
      const std::string broken = broken_promise(regex.pattern, around, begin, begin + match.size());
      if (broken.empty()) continue;
      CAPTURE(regex.pattern, around, begin, match.size());
      REQUIRE(broken == "");
    }
  }
  REQUIRE(accepted > rounds(30'000));
  REQUIRE(matched > rounds(50'000));
  REQUIRE(with_anchors > rounds(3'000));
  REQUIRE(unknown == 0);
}
