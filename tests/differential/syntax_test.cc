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
    if (random() % 2 == 0) text[at] = letters[random() % letters.size()];
    else text.insert(at, 1, letters[random() % letters.size()]);
  }
  return text;
}

}  // namespace

TEST_CASE("what RE2 matches is in the tree, the automata and the needles", "[catalogue]") {
  std::mt19937 random(seed(31));
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

TEST_CASE("a repeated part that is not cut may be followed by what it was followed by") {
  // Behind the needle stands an alternative that is too large for an automaton; its repeat of spaces fits.
  const std::string pattern =
      R"~((?i:discord|\btoken|\bbot\.run|\bclient\.(?:login|run))(?:[\w.\- \t"'\[\]\\)]{0,30}?(?:(?:)~"
      R"~([\s+>|",]|\\n){0,28}\\?["']?[vV]alue\\?["']?\s?)?(?:=>?|:{1,2}=?|->|,|>|[({]|\|\||\?\?|:[ )~"
      R"~(\t]?[&\w.<>\[\]|]{3,16}[ \t]?=|:[ \t]?[|>][+-]?[ \t]?\r?\n[ \t]{0,12}|[ \t]["']|\{\s{0,8}()~"
      R"~(?:type[ \t]{0,8}=[ \t]?\w{1,8}\s{1,8})?default[ \t]{0,8}=)[ \t"'`\\]{0,5}|\(\\?["\'`])([MN)~"
      R"~(O][0-9A-Za-z_-]{21,30}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40})(?:[^A-Za-z0-9_-]|$))~";
  const std::string text = "- name: DISCORD_TOKEN\n  value: \"M" + std::string(23, 'a') + "." + std::string(6, 'b') +
                           "." + std::string(30, 'c') + "\"\n";
  const RE2 re2(pattern, re2_options(pattern));
  re2::StringPiece match;
  REQUIRE(re2.Match(text, 0, text.size(), RE2::UNANCHORED, &match, 1));
  const auto begin = static_cast<std::size_t>(match.data() - text.data());
  CHECK(broken_promise(pattern, text, begin, begin + match.size()) == "");
}
