// Fences: what they let pass, and that they never refuse the needle of a match.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

#include "engine/fence.h"

namespace staunch {
namespace {

struct Fenced {
  explicit Fenced(const std::string& regex) {
    const auto syntax = Syntax::parse(regex, encoding_of(regex));
    const auto anchors = choose_anchors(*syntax);
    REQUIRE(anchors->all.size() == 1);
    literal = anchors->all.front().literal;
    fence = make_fence(anchors->all.front(), sets);
  }
  bool passes(const std::string& text) const {
    const std::size_t at = text.find(literal);
    REQUIRE(at != std::string::npos);
    return fits(fence, sets, text, at, at + literal.size());
  }
  std::string literal;
  ByteSets sets;
  Fence fence;
};

TEST_CASE("a fence asks for the bytes that stand next to the needle", "[fence]") {
  const Fenced key(R"(\bpat[0-9A-Za-z]{14}\.[a-f0-9]{64}\b)");
  CHECK(key.literal == "pat");
  CHECK(key.passes("patAb12"));
  CHECK_FALSE(key.passes("path/"));
  CHECK_FALSE(key.passes("pat ab"));
  CHECK(key.passes("pat"));  // cut by the end of the text: more may come
}

TEST_CASE("what may be missing is not asked for", "[fence]") {
  const Fenced maybe(R"([0-9]?secret(?:_key)?[0-9a-f]{2}x?)");
  CHECK(maybe.passes("secret_key"));
  CHECK(maybe.passes("secret0a"));
  CHECK_FALSE(maybe.passes("secrets"));
  CHECK(maybe.passes("?secret00"));  // the digit is optional
}

TEST_CASE("both sides are read away from the needle", "[fence]") {
  const Fenced left(R"([0-9a-f][xyz]needle)");
  CHECK(left.passes("9yneedle"));
  CHECK_FALSE(left.passes("y9needle"));
  CHECK(left.passes("yneedle"));  // what stands before the text may be anything
}

TEST_CASE("alternatives and repeats of words leave every way open", "[fence]") {
  const std::string regex = R"(begin(?:ab|cde|(?:f|gh){2,3})(?:0|12)+end)";
  const Fenced fenced(regex);
  const RE2 oracle(regex);
  for (const char* middle : {"ab", "cde", "ff", "ghgh", "fgh", "ghf", "fff", "ghfgh"})
    for (const char* digits : {"0", "12", "012", "00"}) {
      const std::string text = std::string("begin") + middle + digits + "end";
      REQUIRE(RE2::FullMatch(text, oracle));
      CHECK(fenced.passes(text));
    }
  CHECK_FALSE(fenced.passes("beginzz0end"));
  CHECK_FALSE(fenced.passes("begina0end"));
}

TEST_CASE("a fence looks into a token, where no blank can be", "[fence]") {
  const Fenced key(R"(key {0,9}[:=] {0,9}[0-9a-f]{32})");
  const std::string digits(32, 'a');
  CHECK(key.passes("key = " + digits));
  CHECK_FALSE(key.passes("key = a bad one, as sentences have it a lot"));
  CHECK_FALSE(key.passes("key = " + digits.substr(0, 19) + " a0a0a0a0a0a0a0"));
  CHECK(key.passes("key = " + digits.substr(0, 20)));
}

TEST_CASE("a fan lets pass what its fences do", "[fence]") {
  std::mt19937 random(7);
  ByteSets sets;
  std::vector<Fence> fences;
  for (int i = 0; i < 150; ++i) {
    const std::string least = std::to_string(random() % 30), before = random() % 2 == 0 ? "[a-f]?[ x]" : "";
    const std::string regex = before + "needle[ =:]{1,2}" + (i % 3 == 0 ? "[0-9]{" : "[a-f0-9]{") + least + "}";
    const auto syntax = Syntax::parse(regex, encoding_of(regex));
    const auto anchors = choose_anchors(*syntax);
    REQUIRE(anchors->all.size() == 1);
    fences.push_back(make_fence(anchors->all.front(), sets));
  }
  std::size_t passed = 0;
  for (const std::size_t count : {1, 64, 65, 128, 150}) {
    std::vector<const Fence*> some;
    for (std::size_t i = 0; i < count; ++i) some.push_back(&fences[i]);
    const Fan fan(some, sets);
    for (int round = 0; round < 200; ++round) {
      std::string text(random() % 4, 'x');
      for (char& c : text) c = "af x"[random() % 4];
      const std::size_t begin = text.size();
      text += "needle";
      for (std::size_t size = random() % 40; size > 0; --size)
        text += "=: a0123456789"[random() % (size < 30 ? 14 : 3)];
      std::vector<std::size_t> expected, actual;
      for (std::size_t i = 0; i < count; ++i)
        if (fits(fences[i], sets, text, begin, begin + 6)) expected.push_back(i);
      fan.for_each_fit(text, begin, begin + 6, [&](std::size_t i) { actual.push_back(i); });
      REQUIRE(actual == expected);
      passed += expected.size();
    }
  }
  REQUIRE(passed > 500);
}

}  // namespace
}  // namespace staunch
