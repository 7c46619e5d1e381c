// A Database packed and unpacked finds the same; a damaged one is refused, or at the least finds the same.
#include <catch2/catch.hpp>

#include <random>
#include <tuple>

#include "engine/guard.h"
#include "engine/scan.h"
#include "engine/width.h"
#include "tests/differential/build.h"
#include "tests/differential/texts.h"

namespace {

using namespace staunch;
using namespace staunch::test;

using Where = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, std::string>;

std::vector<Where> found(const std::shared_ptr<const Database>& database, const std::vector<std::string>& texts) {
  Scanner scanner(database, {});
  auto lease = scanner.lease();
  std::vector<Where> out;
  for (const std::string& text : texts)
    for (const Occurrence& o : scanner.scan(lease, text, "item").occurrences)
      out.emplace_back(o.rule, o.offset, o.length, std::string(o.match.reveal()));
  return out;
}

Catalogue gated_catalogue(std::mt19937& random) {
  Catalogue catalogue = random_catalogue(random);
  for (Rule& rule : catalogue.rules)
    if (random() % 3 == 0) rule.keywords = {"key", "token"};
  return catalogue;
}

std::vector<std::string> some_texts(std::mt19937& random) {
  std::vector<std::string> texts;
  for (int i = 0; i < 6; ++i) texts.push_back(random_text(random, 200));
  return texts;
}

}  // namespace

TEST_CASE("a packed database finds what it found before") {
  std::mt19937 random(seed(51));
  std::size_t total = 0;
  for (int round = 0; round < rounds(100); ++round) {
    const auto database = compiled(gated_catalogue(random));
    const auto texts = some_texts(random);
    const auto again = Database::unpack(database->pack());
    REQUIRE(again);
    REQUIRE((*again)->digest() == database->digest());
    REQUIRE((*again)->pack() == database->pack());
    const auto expected = found(database, texts);
    REQUIRE(found(*again, texts) == expected);
    total += expected.size();
  }
  REQUIRE(total > static_cast<std::size_t>(rounds(1000)));
}

TEST_CASE("a damaged database is refused") {
  std::mt19937 random(seed(52));
  const auto database = compiled(gated_catalogue(random));
  const std::string packed = database->pack();
  auto texts = some_texts(random);
  while (found(database, texts).empty()) texts = some_texts(random);
  const auto expected = found(database, texts);
  SECTION("cut short anywhere") {
    for (int round = 0; round < rounds(2000); ++round)
      REQUIRE_FALSE(Database::unpack(std::string_view(packed).substr(0, random() % packed.size())));
  }
  SECTION("bytes behind the end") { REQUIRE_FALSE(Database::unpack(packed + '\0')); }
  SECTION("a flipped bit anywhere") {
    int refused = 0;
    for (int round = 0; round < rounds(2000); ++round) {
      std::string damaged = packed;
      const std::size_t at = round < 40 ? static_cast<std::size_t>(round) : random() % packed.size();
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
      const auto loaded = Database::unpack(damaged);
      CAPTURE(at, packed.size());
      if (loaded) REQUIRE(found(*loaded, texts) == expected);
      else ++refused;
    }
    REQUIRE(refused > rounds(2000) * 9 / 10);
  }
  SECTION("a part that says it is empty") {
    // The last number before Hyperscan's bytes is their length: with none of them nothing would ever be found.
    for (std::size_t at = 0; at + 8 <= packed.size(); ++at) {
      std::uint64_t number = 0;
      for (std::size_t i = 8; i > 0; --i) number = number << 8 | static_cast<unsigned char>(packed[at + i - 1]);
      if (number == 0 || at + 8 + number != packed.size()) continue;
      REQUIRE_FALSE(Database::unpack(packed.substr(0, at) + std::string(8, '\0')));
    }
  }
}

TEST_CASE("a database packed for several processors is the same on this one") {
  std::mt19937 random(seed(53));
  const auto database = compiled(gated_catalogue(random));
  const auto texts = some_texts(random);
  const Platform both[] = {Platform::baseline, this_platform()};
  const std::string packed = database->pack(both);
  REQUIRE(packed.size() > database->pack().size());
  const auto again = Database::unpack(packed);
  REQUIRE(again);
  REQUIRE((*again)->pack() == database->pack());
  REQUIRE(found(*again, texts) == found(database, texts));
}

TEST_CASE("guards of damaged bytes let everything pass") {
  const std::string pattern = "key[0-9]{4}[a-f]+end|token=\"[a-z]{20}\"";
  const auto syntax = Syntax::parse(pattern, encoding_of(pattern));
  const auto anchors = choose_anchors(*syntax);
  REQUIRE(anchors);
  const std::string packed = pack_guards(anchors->all);
  REQUIRE(packed_anchors(packed) == anchors->all.size());
  for (std::size_t size = sizeof(std::uint64_t); size < packed.size(); ++size) {
    const Guards guards(std::string_view(packed).substr(0, size));
    for (std::size_t i = 0; i < anchors->all.size(); ++i) {
      for (const Automaton* side : {guards[i].left, guards[i].right}) {
        const Walk walk = side->walk("nothing that matches", 7, 5);
        REQUIRE(walk.accepted);
        REQUIRE(side->open());
      }
      REQUIRE(guards[i].right_width == kNoWidthLimit);
    }
  }
}
