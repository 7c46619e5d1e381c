// The Matcher against the plain oracle: random rule sets, random texts, random cuts.
#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

#include "engine/byte_run.h"
#include "engine/match.h"
#include "engine/width.h"
#include "tests/differential/build.h"
#include "tests/differential/oracle.h"
#include "tests/differential/texts.h"

namespace {

using namespace staunch;
using namespace staunch::test;

std::vector<Found> sorted(const std::vector<RawMatch>& raw) {
  std::vector<Found> out;
  for (const RawMatch& match : raw) out.push_back({match.rule, match.begin, match.end});
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<Found> in_windows(const Database& database, const std::string& text, std::mt19937& random,
                              std::size_t largest) {
  Worker worker(database.parts());
  Matcher matcher(database.parts(), worker);
  std::vector<RawMatch> raw;
  std::string window;
  for (std::size_t at = 0;;) {
    const std::size_t size = std::min<std::size_t>(text.size() - at, 1 + random() % largest);
    const std::size_t carried = window.size();
    window += text.substr(at, size);
    at += size;
    const bool last = at == text.size();
    matcher.feed(window, carried, last, raw);
    if (last) return sorted(raw);
    window.erase(0, window.size() - matcher.carry());
  }
}

// What stands in `found` and not in `other`.
std::string only(const Catalogue& catalogue, const std::vector<Found>& found, const std::vector<Found>& other,
                 const std::string& text) {
  std::vector<Found> difference;
  std::set_difference(found.begin(), found.end(), other.begin(), other.end(), std::back_inserter(difference));
  std::string out;
  for (const Found& f : difference)
    out += catalogue.rules[f.rule].regex + " at " + std::to_string(f.begin) + ": " +
           text.substr(f.begin, f.end - f.begin) + "\n";
  return out;
}

}  // namespace

TEST_CASE("runs of one byte, where a needle stands at each, give the oracle's matches") {
  std::mt19937 random(seed(31));
  Catalogue catalogue;
  for (const char* regex : {R"(\b[a-z]{2}aaaaaa[a-z]{2,30}(?:;|$))", R"(AAAA[A-Z]{20,40}=)", R"([^=;]{3}aaaa)",
                            R"((?i)aaaaaaaa[a-z]*b)", R"(a{7}\n)", R"(^aaaaa)"}) {
    Rule& rule = catalogue.rules.emplace_back();
    rule.id = "r" + std::to_string(catalogue.rules.size());
    rule.regex = regex;
  }
  const auto database = compiled(catalogue);
  std::size_t found = 0;
  for (int round = 0; round < rounds(300); ++round) {
    std::string text;
    for (std::size_t parts = random() % 12; parts > 0; --parts) {
      text += std::string(random() % (random() % 8 == 0 ? 3000 : 90), random() % 2 == 0 ? 'a' : 'A');
      if (random() % 3 > 0) text += random_text(random, random() % 3) + "; =\nb"[random() % 5];
    }
    CAPTURE(round, text);
    const std::vector<Found> expected = oracle(catalogue, text);
    Worker worker(database->parts());
    std::vector<RawMatch> raw;
    Matcher(database->parts(), worker).feed(text, 0, true, raw);
    for (const std::vector<Found>& actual : {sorted(raw), in_windows(*database, text, random, 200)}) {
      CAPTURE(only(catalogue, expected, actual, text), only(catalogue, actual, expected, text));
      REQUIRE(actual == expected);
    }
    found += expected.size();
  }
  REQUIRE(found > static_cast<std::size_t>(rounds(1000)));
}

TEST_CASE("a whole text gives the oracle's matches") {
  std::mt19937 random(seed(1));
  for (int round = 0; round < rounds(300); ++round) {
    const Catalogue catalogue = random_catalogue(random);
    const auto database = compiled(catalogue);
    for (int texts = 0; texts < 5; ++texts) {
      const std::string text = random_text(random, random() % 400);
      const std::vector<Found> expected = oracle(catalogue, text);
      Worker worker(database->parts());
      Matcher matcher(database->parts(), worker);
      std::vector<RawMatch> raw;
      matcher.feed(text, 0, true, raw);
      const std::vector<Found> actual = sorted(raw);
      if (actual != expected) {
        CAPTURE(text, only(catalogue, expected, actual, text), only(catalogue, actual, expected, text));
        REQUIRE(actual == expected);
      }
    }
  }
}

TEST_CASE("random windows give the oracle's matches") {
  std::mt19937 random(seed(2));
  for (int round = 0; round < rounds(300); ++round) {
    const Catalogue catalogue = random_catalogue(random);
    const auto database = compiled(catalogue);
    for (int texts = 0; texts < 5; ++texts) {
      const std::string text = random_text(random, random() % 400);
      const std::vector<Found> expected = oracle(catalogue, text);
      const std::vector<Found> actual = in_windows(*database, text, random, 1 + random() % 300);
      if (actual != expected) {
        CAPTURE(round, text, only(catalogue, expected, actual, text), only(catalogue, actual, expected, text));
        REQUIRE(actual == expected);
      }
    }
  }
}

TEST_CASE("every match of the oracle holds a needle whose guard passes") {
  std::mt19937 random(seed(3));
  std::uint64_t seen = 0;
  for (int round = 0; round < rounds(200); ++round) {
    const Catalogue catalogue = random_catalogue(random);
    const auto database = compiled(catalogue);
    const Database::Parts& parts = database->parts();
    const std::string text = random_text(random, 300);
    for (const Found& found : oracle(catalogue, text)) {
      if (parts.plans[found.rule].approach != Approach::needles) continue;
      ++seen;
      bool covered = false;
      for (const NeedleEntry& needle : parts.needles) {
        for (const NeedleUse& use : needle.uses) {
          if (use.rule != found.rule) continue;
          const Guard& guard = parts.guards(use.rule)[use.anchor];
          for (std::uint64_t at = found.begin; at + needle.literal.size() <= found.end; ++at) {
            const std::string piece = text.substr(at, needle.literal.size());
            const bool same = needle.caseless ? strncasecmp(piece.data(), needle.literal.data(), piece.size()) == 0
                                              : piece == needle.literal;
            if (!same) continue;
            const std::uint64_t end = at + piece.size();
            const Walk left = guard.left->walk(text, at, kMaxReach);
            const Walk right = guard.right->walk(text, end, kMaxReach);
            const bool left_reaches = left.accepted && (guard.left->open() || at - found.begin <= left.length);
            const bool right_reaches = right.accepted && (guard.right->open() || found.end - end <= right.length);
            covered = covered || (left_reaches && right_reaches);
          }
        }
      }
      CAPTURE(catalogue.rules[found.rule].regex, text.substr(found.begin, found.end - found.begin));
      REQUIRE(covered);
    }
  }
  REQUIRE(seen > rounds(1000));
}

TEST_CASE("widths and runs bound every match") {
  std::mt19937 random(seed(4));
  for (const std::string& regex : regex_pool()) {
    Catalogue catalogue;
    catalogue.rules.emplace_back().regex = regex;
    const auto syntax = Syntax::parse(regex, encoding_of(regex));
    REQUIRE(syntax);
    const auto run = demanded_run(*syntax->root());
    for (int round = 0; round < 50; ++round) {
      const std::string text = random_text(random, 200);
      for (const Found& found : oracle(catalogue, text)) {
        CAPTURE(regex);
        REQUIRE(found.end - found.begin >= min_width(*syntax->root()));
        REQUIRE(found.end - found.begin <= max_width(*syntax->root()));
        if (run) REQUIRE(holds_run(run->set, run->length, text.substr(found.begin, found.end - found.begin)));
      }
    }
  }
}

TEST_CASE("many long needles are found, whatever bytes stand between them") {
  Catalogue catalogue;
  std::string text = "\xC0\xC1";
  for (int i = 0; i < 150; ++i) {
    const std::string word = "word" + std::to_string(1000 + i) + "x";
    catalogue.rules.emplace_back().regex = word + "[0-9]{4}";
    text += word + (i % 3 == 0 ? "12345 " : "\xC0\xC1\xC0\xC1 ");
  }
  const auto database = compiled(catalogue);
  Worker worker(database->parts());
  Matcher matcher(database->parts(), worker);
  std::vector<RawMatch> raw;
  matcher.feed(text, 0, true, raw);
  REQUIRE(raw.size() == 50);
  REQUIRE(sorted(raw) == oracle(catalogue, text));
}
