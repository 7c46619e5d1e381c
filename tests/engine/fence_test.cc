// Fences: what they let pass, and that they never refuse the needle of a match.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <string>

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

}  // namespace
}  // namespace staunch
