// What is packed comes back, and what is damaged comes back as nothing.
#include "rules/archive.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "rules/reader.h"

namespace staunch {
namespace {

using Random = std::mt19937;

std::string some_text(Random& random) {
  std::string text(random() % (random() % 20 == 0 ? 300 : 12), 0);
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

template <typename Make>
auto some(Random& random, Make make) {
  std::vector<decltype(make(random))> items(random() % 4);
  for (auto& item : items) item = make(random);
  return items;
}

Place some_place(Random& random) {
  return {some_text(random), static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random())};
}

Allowlist some_allowlist(Random& random) {
  Allowlist list;
  list.description = some_text(random);
  list.all = random() % 2;
  list.target = static_cast<AllowTarget>(random() % 3);
  list.commits = some(random, some_text);
  list.paths = some(random, some_text);
  list.regexes = some(random, some_text);
  list.stopwords = some(random, some_text);
  list.target_rules = some(random, some_text);
  list.place = some_place(random);
  return list;
}

Required some_required(Random& random) {
  return {some_text(random), static_cast<std::int64_t>(random()) - 5, -1, some_place(random)};
}

Rule some_rule(Random& random) {
  Rule rule;
  rule.id = some_text(random);
  rule.regex = some_text(random);
  rule.keywords = some(random, some_text);
  rule.secret_group = static_cast<std::uint32_t>(random());
  rule.entropy = static_cast<double>(random()) / 7.0;
  rule.allowlists = some(random, some_allowlist);
  rule.required = some(random, some_required);
  rule.skip_report = random() % 2;
  rule.severity = static_cast<Severity>(random() % 4);
  rule.confidence = static_cast<Confidence>(random() % 3);
  rule.check = {some_text(random), static_cast<std::uint32_t>(random()), static_cast<OnFail>(random() % 2)};
  rule.format.template_ = some_text(random);
  rule.format.forms = some(random, some_text);
  rule.format.length = static_cast<std::uint32_t>(random() % 100);
  rule.proof = static_cast<Proof>(random() % 4);
  rule.generic = random() % 2;
  rule.decoys = some(random, some_text);
  rule.place = some_place(random);
  return rule;
}

Provider some_provider(Random& random) {
  Provider provider;
  provider.id = some_text(random);
  provider.verify.resize(random() % 3);
  for (Verify& verify : provider.verify) {
    verify.request.headers = {{some_text(random), some_text(random)}};
    verify.live = {{200, some_text(random), some_text(random), some_text(random)}};
    verify.parts = verify.tells = {{some_text(random), some_text(random)}};
    verify.hosts = some(random, some_text);
    verify.body = static_cast<BodyKind>(random() % 3);
    verify.tested = static_cast<Tried>(random() % 3);
    verify.source = some_text(random);
    verify.named = random() % 2;
  }
  provider.revoke.resize(random() % 3);
  for (Revoke& revoke : provider.revoke) {
    revoke.batch = static_cast<std::uint32_t>(random());
    revoke.locate.resize(random() % 3);
    for (Locate& locate : revoke.locate) locate.take = {{some_text(random), some_text(random)}};
    revoke.disable.resize(random() % 2);
    revoke.no_disable = {some_text(random), some_text(random)};
    revoke.settle = {static_cast<std::uint32_t>(random()), some_text(random)};
    revoke.live = random() % 2;
  }
  provider.rotate.sessions = static_cast<std::uint32_t>(random());
  provider.rotate.kills_old = random() % 2;
  provider.rotate.no_disable.why = some_text(random);
  return provider;
}

CanaryService some_canary(Random& random) {
  return {some_text(random), some(random, some_text), some(random, some_text), some(random, some_text)};
}

Catalogue some_catalogue(std::uint32_t seed) {
  Random random(seed);
  return {some(random, some_provider), some(random, some_rule), some(random, some_allowlist),
          some(random, some_canary)};
}

Catalogue case_catalogue() {
  std::ifstream file(std::string(STAUNCH_SOURCE_DIR) + "/tests/cases/rules/provider_good.toml", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return read_provider_file(text, "acme.toml").catalogue;
}

// The archive with a checksum that fits, so that the reader behind it is what is tested.
std::string mended(std::string bytes) {
  if (bytes.size() < kArchiveHead) return bytes;
  const std::uint64_t checksum = archive_checksum(std::string_view(bytes).substr(kArchiveHead));
  for (int i = 0; i < 8; ++i) bytes[8 + i] = static_cast<char>(checksum >> (8 * i));
  return bytes;
}

}  // namespace

TEST_CASE("a catalogue survives its archive", "[rules][archive]") {
  const Catalogue before = case_catalogue();
  REQUIRE(before.rules.size() == 2);
  const std::optional<Catalogue> after = unpack_catalogue(pack_catalogue(before));
  REQUIRE(after);
  REQUIRE(after->rules.size() == 2);
  const Rule& token = after->rules[1];
  CHECK(token.id == "acme-token");
  CHECK(token.provider == "acme");
  CHECK(token.regex == before.rules[1].regex);
  CHECK(token.entropy == 3.0);
  CHECK(token.severity == Severity::critical);
  CHECK(token.check.prefix == 5);
  CHECK(token.check.on_fail == OnFail::drop);
  CHECK(token.place.line == before.rules[1].place.line);
  CHECK(after->rules[0].required.at(0).within_columns == 80);
  REQUIRE(after->providers.size() == 1);
  CHECK(after->providers[0].verify.at(0).request.headers.at(0).second == "Bearer {secret}");
  CHECK(after->providers[0].revoke.at(0).batch == 10);
  CHECK(after->providers[0].revoke.at(0).no_disable.why == "a deleted token stays so");
  CHECK(after->providers[0].rotate.last_used_lag == 900);
}

TEST_CASE("packing what was unpacked gives the same bytes", "[rules][archive]") {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    const Catalogue before = some_catalogue(seed);
    const std::string bytes = pack_catalogue(before);
    const std::optional<Catalogue> after = unpack_catalogue(bytes);
    REQUIRE(after);
    CHECK(after->rules.size() == before.rules.size());
    CHECK(pack_catalogue(*after) == bytes);
  }
}

TEST_CASE("negative distances and large numbers survive", "[rules][archive]") {
  Catalogue catalogue;
  catalogue.rules.resize(1);
  catalogue.rules[0].required = {{"a", -1, INT64_MAX}, {"b", INT64_MIN, 0}};
  catalogue.rules[0].secret_group = UINT32_MAX;
  catalogue.rules[0].entropy = -0.1;
  const std::optional<Catalogue> after = unpack_catalogue(pack_catalogue(catalogue));
  REQUIRE(after);
  CHECK(after->rules[0].required[0].within_lines == -1);
  CHECK(after->rules[0].required[0].within_columns == INT64_MAX);
  CHECK(after->rules[0].required[1].within_lines == INT64_MIN);
  CHECK(after->rules[0].secret_group == UINT32_MAX);
  CHECK(after->rules[0].entropy == -0.1);
}

TEST_CASE("every truncation and every changed byte of an archive is seen", "[rules][archive]") {
  const std::string bytes = pack_catalogue(case_catalogue());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    REQUIRE_FALSE(unpack_catalogue(std::string_view(bytes).substr(0, size)));
  REQUIRE_FALSE(unpack_catalogue(bytes + '\0'));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 + i % 255));
    REQUIRE_FALSE(unpack_catalogue(damaged));
  }
}

TEST_CASE("truncation behind a right checksum is seen too", "[rules][archive]") {
  const std::string bytes = pack_catalogue(case_catalogue());
  for (std::size_t size = kArchiveHead; size < bytes.size(); ++size)
    REQUIRE_FALSE(unpack_catalogue(mended(bytes.substr(0, size))));
  REQUIRE_FALSE(unpack_catalogue(mended(bytes + '\0')));
}

TEST_CASE("changed bytes behind a right checksum do no harm", "[rules][archive]") {
  const std::string bytes = pack_catalogue(case_catalogue());
  Random random(11);
  std::size_t refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = bytes;
    for (std::uint32_t flips = 1 + random() % 4; flips > 0; --flips)
      damaged[kArchiveHead + random() % (damaged.size() - kArchiveHead)] = static_cast<char>(random());
    if (!unpack_catalogue(mended(damaged))) ++refused;
  }
  CHECK(refused > 1000);
}

TEST_CASE("a length that cannot be is refused before it is believed", "[rules][archive]") {
  const std::string head = pack_catalogue({}).substr(0, kArchiveHead);
  CHECK_FALSE(unpack_catalogue(mended(head + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")));  // 2^64-1 providers
  CHECK_FALSE(unpack_catalogue(mended(head + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f")));  // more than 64 bits
  CHECK_FALSE(unpack_catalogue(mended(head + std::string(20, '\xff'))));
  CHECK(unpack_catalogue(mended(head + std::string(4, '\0'))));
}

}  // namespace staunch
