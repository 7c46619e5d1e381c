// Halves that find each other.
#include "engine/pairs.h"

#include <catch2/catch.hpp>

namespace staunch {
namespace {

constexpr std::uint32_t kId = 0, kSecret = 1, kOther = 2;

Catalogue catalogue() {
  Catalogue out;
  out.rules.resize(3);
  out.rules[kId].id = "id";
  out.rules[kId].half_of = {{"secret", 5, -1, {}}};
  out.rules[kSecret].id = "secret";
  out.rules[kOther].id = "other";
  return out;
}

Occurrence at(std::uint32_t rule, std::uint64_t line, const char* secret, Confidence confidence = Confidence::high) {
  Occurrence o;
  o.rule = rule;
  o.secret = Secret(std::string_view(secret));
  o.confidence = confidence;
  o.offset = line * 100;
  o.length = 8;
  o.begin = o.match_begin = {line, 1};
  return o;
}

std::string ids_of(const Occurrence& o) {
  std::string ids;
  for (const Part& part : o.parts) ids += std::string(part.secret.reveal()) + " ";
  return ids;
}

}  // namespace

TEST_CASE("an id near its secret becomes a part of it", "[pairs]") {
  std::vector<Occurrence> found = {at(kId, 3, "one"), at(kSecret, 4, "s1"), at(kOther, 5, "x")};
  CHECK_FALSE(join_pairs(catalogue(), true, found));
  REQUIRE(found.size() == 2);
  CHECK(ids_of(found[0]) == "one ");
  CHECK(found[0].parts[0].begin.line == 3);
  CHECK(found[0].confidence == Confidence::high);
  CHECK(found[1].parts.empty());
  CHECK(found[1].confidence == Confidence::high);
}

TEST_CASE("what is read from an id is told of the pair", "[pairs]") {
  std::vector<Occurrence> found = {at(kId, 3, "one"), at(kSecret, 4, "s1")};
  found[0].derived["account"] = "000000000000";
  found[1].derived["kind"] = "key";
  join_pairs(catalogue(), true, found);
  REQUIRE(found.size() == 1);
  CHECK(found[0].derived == std::map<std::string, std::string>{{"account", "000000000000"}, {"kind", "key"}});
}

TEST_CASE("of a list of pairs each id finds its own secret", "[pairs]") {
  std::vector<Occurrence> found;
  for (std::uint64_t i = 0; i < 4; ++i) {
    found.push_back(at(kId, 1 + 2 * i, ("i" + std::to_string(i)).c_str()));
    found.push_back(at(kSecret, 2 + 2 * i, ("s" + std::to_string(i)).c_str()));
  }
  join_pairs(catalogue(), true, found);
  REQUIRE(found.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(ids_of(found[i]) == "i" + std::to_string(i) + " ");
}

TEST_CASE("a lone id is doubted, a lone secret is as certain as it is by itself", "[pairs]") {
  for (const Confidence alone : {Confidence::high, Confidence::medium, Confidence::low}) {
    std::vector<Occurrence> found = {at(kId, 1, "one"), at(kSecret, 7, "s1", alone)};
    CHECK_FALSE(join_pairs(catalogue(), true, found));
    REQUIRE(found.size() == 2);
    CHECK(found[0].confidence == Confidence::medium);
    CHECK(found[1].confidence == alone);
    for (const Occurrence& o : found) CHECK(o.reasons == std::vector<std::string>{"its other half is not near"});
  }
}

TEST_CASE("a whole pair is certain, but not in a test", "[pairs]") {
  for (bool certain : {true, false}) {
    std::vector<Occurrence> found = {at(kId, 1, "one"), at(kSecret, 2, "s1", Confidence::medium)};
    CHECK(join_pairs(catalogue(), certain, found) == certain);
    REQUIRE(found.size() == 1);
    CHECK(found[0].confidence == (certain ? Confidence::high : Confidence::medium));
  }
}

TEST_CASE("the same id twice is one part", "[pairs]") {
  std::vector<Occurrence> found = {at(kId, 1, "one"), at(kSecret, 2, "s1"), at(kId, 3, "one"), at(kId, 4, "two")};
  join_pairs(catalogue(), true, found);
  REQUIRE(found.size() == 2);
  CHECK(ids_of(found[0]) == "one ");
  CHECK(found[1].secret.reveal() == "two");
}

}  // namespace staunch
