// Which of several occurrences stay: properties that hold whatever stands where.
#include "engine/overlap.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <tuple>

namespace {

using namespace staunch;

using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t, std::uint32_t>;

Key key(const Occurrence& o) { return {o.offset, o.length, o.match_offset, o.match_length, o.rule}; }

std::vector<Key> keys(const std::vector<Occurrence>& occurrences) {
  std::vector<Key> out;
  for (const Occurrence& o : occurrences) out.push_back(key(o));
  return out;
}

Catalogue random_rules(std::mt19937& random) {
  Catalogue catalogue;
  for (std::size_t i = 2 + random() % 5; i > 0; --i) {
    Rule& rule = catalogue.rules.emplace_back();
    rule.id = "r" + std::to_string(i);
    rule.generic = random() % 3 == 0;
    rule.guessable = random() % 3 == 0;
    rule.format.prefix.assign(random() % 3, 'p');
  }
  return catalogue;
}

// Matches of one rule never overlap, as RE2 gives them; matches of several do.
std::vector<Occurrence> random_occurrences(const Catalogue& catalogue, std::mt19937& random) {
  std::vector<Occurrence> out;
  for (std::uint32_t rule = 0; rule < catalogue.rules.size(); ++rule) {
    for (std::uint64_t at = random() % 8; at < 60; at += random() % 10) {
      Occurrence& o = out.emplace_back();
      o.rule = rule;
      o.match_offset = at;
      o.match_length = 1 + random() % 12;
      o.offset = at + random() % o.match_length;
      o.length = 1 + random() % (at + o.match_length - o.offset);
      o.confidence = static_cast<Confidence>(random() % 3);
      o.check = static_cast<CheckOutcome>(random() % 3);
      at += o.match_length;
    }
  }
  return out;
}

bool meets(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

}  // namespace

TEST_CASE("what stays does not depend on the order, and nothing that stays is superfluous") {
  std::mt19937 random(43);
  std::size_t dropped = 0;
  for (int round = 0; round < 2000; ++round) {
    const Catalogue catalogue = random_rules(random);
    const std::vector<Occurrence> all = random_occurrences(catalogue, random);
    std::vector<Occurrence> left = all;
    resolve_overlaps(catalogue, left);
    dropped += all.size() - left.size();
    REQUIRE(left.empty() == all.empty());

    std::vector<Occurrence> shuffled = all;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    resolve_overlaps(catalogue, shuffled);
    REQUIRE(keys(shuffled) == keys(left));

    std::vector<Occurrence> again = left;
    resolve_overlaps(catalogue, again);
    REQUIRE(keys(again) == keys(left));

    REQUIRE(std::is_sorted(left.begin(), left.end(), [](const Occurrence& a, const Occurrence& b) {
      return std::tie(a.offset, a.rule) < std::tie(b.offset, b.rule);
    }));
    for (const Occurrence& one : left) {
      const bool generic = catalogue.rules[one.rule].generic;
      for (const Occurrence& other : all) {
        if (other.rule == one.rule) continue;
        const bool other_generic = catalogue.rules[other.rule].generic;
        // A generic secret that a specific rule's match touches is the specific rule's.
        if (generic && !other_generic)
          REQUIRE_FALSE(meets(other.match_offset, other.match_length, one.offset, one.length));
        // A check that passed beats one that did not, on the same bytes and among rules of one kind.
        if (generic == other_generic && other.offset == one.offset && other.length == one.length)
          REQUIRE_FALSE((other.check == CheckOutcome::passed && one.check != CheckOutcome::passed));
      }
      for (const Occurrence& other : left)
        REQUIRE_FALSE((other.rule != one.rule && other.offset == one.offset && other.length == one.length));
    }
    // A specific occurrence that no other rule's match touches stays.
    const auto stayed = keys(left);
    for (const Occurrence& one : all) {
      const bool alone = std::none_of(all.begin(), all.end(), [&](const Occurrence& other) {
        return other.rule != one.rule &&
               meets(other.match_offset, other.match_length, one.match_offset, one.match_length);
      });
      if (alone) REQUIRE(std::find(stayed.begin(), stayed.end(), key(one)) != stayed.end());
    }
  }
  REQUIRE(dropped > 5000);
}

TEST_CASE("what a person may have chosen never hides a key with a form, however sure it is") {
  Catalogue catalogue;
  catalogue.rules.resize(2);
  catalogue.rules[0].guessable = true;
  Occurrence password, token;
  password.rule = 0;
  password.confidence = Confidence::high;
  password.match_length = 40;
  token.rule = 1;
  token.confidence = Confidence::medium;
  password.offset = token.offset = token.match_offset = 20;
  password.length = token.length = token.match_length = 20;
  std::vector<Occurrence> all;
  all.push_back(std::move(password));
  all.push_back(std::move(token));
  resolve_overlaps(catalogue, all);
  REQUIRE(all.size() == 1);
  CHECK(all[0].rule == 1);
}
