// Runs that rules demand: which they are, and that each match that RE2 finds holds its own.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <random>
#include <string>

#include "engine/byte_run.h"

namespace staunch {
namespace {

std::optional<ByteRun> run_of(const std::string& regex) {
  const auto syntax = Syntax::parse(regex, encoding_of(regex));
  REQUIRE(syntax);
  return demanded_run(*syntax->root());
}

ByteSet bytes_of(std::string_view text) {
  ByteSet set;
  for (const char c : text) set.set(static_cast<unsigned char>(c));
  return set;
}

const std::string kHex = "0123456789abcdef";

TEST_CASE("the run of a rule is its value, whatever stands before it", "[run]") {
  for (const char* regex :
       {R"((?i:fred)[^\n]{0,40}?(?:key|token)["' ]{0,3}[:=]["' ]{0,3}\b([0-9a-f]{32})\b)",
        R"(name(?:.{0,9}([0-9a-f]{40})\s?|[^a]{1,9}([0-9a-f]{32})[^a]{2}))", R"(id[^\n]{1,9}(?:[0-9a-f]{8}){4}\s?)"}) {
    CAPTURE(regex);
    const auto run = run_of(regex);
    REQUIRE(run);
    CHECK(run->length == 32);
    CHECK(run->set == bytes_of(kHex));
  }
}

TEST_CASE("neighbours are one run of what they all may be, where that says more", "[run]") {
  const auto uuid = run_of("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}");
  REQUIRE(uuid);
  CHECK(uuid->length == 18);
  CHECK(uuid->set == bytes_of(kHex + "-"));
  const auto prefixed = run_of("ab_[0-9a-f]{32}");
  REQUIRE(prefixed);
  CHECK(prefixed->length == 35);
  CHECK(prefixed->set == bytes_of(kHex + "_"));
}

TEST_CASE("what may be missing, is short or may be anything is no run", "[run]") {
  for (const char* regex : {"key([0-9a-f]{32})?", "key[^a]=(?:[0-9a-f]{32}|secret)", "key=[0-9]{4}",
                            R"(key="[^"\n]{40,80}")", "key", "key=(?:[0-9a-f]{32}){0,2}"}) {
    CAPTURE(regex);
    CHECK_FALSE(run_of(regex));
  }
}

TEST_CASE("a run is found wherever it is, and nowhere else", "[run]") {
  std::mt19937 random(5);
  const ByteSet set = bytes_of(kHex);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto left = random() % 60; left > 0; --left) text += random() % 9 == 0 ? '.' : kHex[random() % kHex.size()];
    const std::uint64_t length = random() % 14;
    const RE2 oracle("[0-9a-f]{" + std::to_string(length) + "}");
    CAPTURE(text, length);
    REQUIRE(holds_run(set, length, text) == RE2::PartialMatch(text, oracle));
  }
}

TEST_CASE("every match holds the run of its regex", "[run]") {
  std::mt19937 random(6);
  const std::string regex = R"(k=?(?:v(?:[a-c]{10,12}|[b-d]{11})|(?:w[ab]){6}|x[a-d]{6}(?:[ab][cd]?){4,}))";
  const auto run = run_of(regex);
  REQUIRE(run);
  const RE2 oracle(regex);
  int seen = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string text = "k";
    text += "=vwx"[random() % 4];
    for (auto left = 10 + random() % 9; left > 0; --left) text += "aabbbbbbccccddwwvw"[random() % 18];
    re2::StringPiece match;
    if (!oracle.Match(text, 0, text.size(), RE2::UNANCHORED, &match, 1)) continue;
    ++seen;
    CAPTURE(text);
    REQUIRE(holds_run(run->set, run->length, {match.data(), match.size()}));
  }
  REQUIRE(seen > 500);
}

}  // namespace
}  // namespace staunch
