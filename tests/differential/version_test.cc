// Texts made of one another by random copies and insertions, cut inside tokens, runs and escapes: scan_version finds in
// each what a scan of it alone finds.
#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

#include "engine/version.h"
#include "tests/differential/build.h"
#include "tests/differential/encoded.h"
#include "tests/differential/texts.h"

namespace {

using namespace staunch;
using namespace staunch::test;

using Told =
    std::tuple<std::uint64_t, std::uint32_t, std::uint64_t, std::uint64_t, std::string, std::vector<std::string>>;

std::vector<Told> told(const ItemReport& report) {
  std::vector<Told> out;
  for (const Occurrence& o : report.occurrences)
    out.emplace_back(o.offset, o.rule, o.length, o.begin.line, std::string(o.secret.reveal()), o.decoded);
  std::sort(out.begin(), out.end());
  return out;
}

struct Version {
  std::string text;
  std::vector<Copy> copies;
};

// What the rules "behind" and "before" want, or nearly: what decides lies as far from the needle as the scan of a
// version looks back and ahead, give or take a few bytes.
std::string far_off(Random& random) {
  const std::string run(56 + pick(random, 16), static_cast<char>('a' + pick(random, 4)));
  const std::string middle = pick(random, 4) == 0 ? " " : "";
  return pick(random, 2) == 0 ? "far:" + run + middle + "!" : "!" + middle + run + ":raf";
}

// As delta compression makes them, and worse: pieces of the base in any order, joined or with something between them.
Version changed(const std::string& base, Random& random, bool tidy) {
  Version next;
  const auto copy = [&](std::size_t from, std::size_t size) {
    size = std::min(size, base.size() - from);
    if (size == 0) return;
    next.copies.push_back({from, next.text.size(), size});
    next.text += base.substr(from, size);
  };
  const auto insert = [&] {
    switch (pick(random, 7)) {
      case 0: next.text += random_text(random, pick(random, 6)); break;
      case 1: next.text += wanted(random); break;
      case 2: next.text += wanted(random).substr(0, 4); break;
      case 3: next.text += plain_noise(random, pick(random, 200)); break;
      case 4: next.text += far_off(random); break;
      case 5: next.text += far_off(random).substr(0, 40); break;
      default:
        if (pick(random, tidy ? 12 : 3) == 0) next.text += encoded(random, secretive(random));
    }
  };
  std::size_t at = pick(random, 3) == 0 ? pick(random, 1 + base.size() / 4) : 0;
  for (std::size_t edits = 1 + pick(random, tidy ? 3 : 12); edits > 0 && at < base.size(); --edits) {
    const std::size_t size = pick(random, 1 + base.size() - at);
    copy(at, size);
    at += size;
    if (pick(random, 3) > 0) insert();
    if (pick(random, 3) == 0) at += pick(random, std::min<std::size_t>(base.size() - at, 300) + 1);
    if (!tidy && pick(random, 5) == 0) at = pick(random, base.size());
  }
  if (pick(random, 4) > 0) copy(at, base.size() - at);
  if (pick(random, 6) == 0) insert();
  return next;
}

Catalogue catalogue_for(Random& random, bool paths_matter) {
  Catalogue catalogue = random_catalogue(random);
  Rule gated;
  gated.id = "gated";
  gated.regex = "[a-z]{5}_head";
  gated.keywords = {"secret", "needle"};
  catalogue.rules.push_back(gated);
  for (const auto& [id, regex] : {std::pair("behind", "far:[a-d]{50,70}!"), std::pair("before", "![a-d]{50,70}:raf")}) {
    Rule rule;
    rule.id = id;
    rule.regex = regex;
    if (paths_matter) rule.allowlists.emplace_back().paths = {"^tests/"};
    catalogue.rules.push_back(rule);
  }
  return catalogue;
}

struct Counts {
  std::size_t found = 0, decoded = 0, in_parts = 0, at_paths = 0;
};

void follow(const std::string& first, bool tidy, bool paths_matter, Random& random, Counts& counts) {
  Scanner scanner(compiled(catalogue_for(random, paths_matter)), {.fingerprint_key = {}, .max_archive_depth = 0});
  std::string text = first;
  Carried base, carried;
  const Carried* given = nullptr;
  Version next{text, {}};
  for (int generation = 0; generation < 8; ++generation) {
    CAPTURE(generation, next.text.size(), next.copies.size());
    auto lease = scanner.lease();
    const VersionReport report = scan_version(scanner, lease, next.text, given, next.copies, carried);
    const auto expected = told(scanner.scan(lease, next.text, ""));
    const auto actual = told(report.item);
    if (report.asks_path) REQUIRE(std::includes(actual.begin(), actual.end(), expected.begin(), expected.end()));
    else REQUIRE(actual == expected);
    if (report.matches) {
      for (const char* path : {"tests/one", "two"})
        REQUIRE(told(scan_matches(scanner, lease, next.text, path, *report.matches)) ==
                told(scanner.scan(lease, next.text, path)));
      ++counts.at_paths;
    }
    counts.found += expected.size();
    counts.decoded += static_cast<std::size_t>(
        std::count_if(expected.begin(), expected.end(), [](const Told& t) { return !std::get<5>(t).empty(); }));
    counts.in_parts += given != nullptr && !given->decode_whole && !carried.decode_whole ? 1 : 0;
    std::swap(base, carried);
    given = &base;
    text = next.text;
    next = changed(text, random, tidy);
  }
}

}  // namespace

TEST_CASE("versions of small texts, full of what is looked for") {
  Random random(seed(301));
  Counts counts;
  for (int round = 0; round < rounds(150); ++round) {
    CAPTURE(round);
    // What may count at some path is told of texts in which nothing is hidden.
    const bool plain = round % 3 == 0;
    const std::string text =
        plain ? random_text(random, pick(random, 40)) : encoded_text(random, pick(random, 4000), 1 + pick(random, 600));
    follow(text, plain, plain || round % 3 == 1, random, counts);
  }
  REQUIRE(counts.decoded > static_cast<std::size_t>(rounds(500)));
  REQUIRE(counts.at_paths > 0);
}

TEST_CASE("versions of larger texts, of which little changes") {
  Random random(seed(302));
  Counts counts;
  for (int round = 0; round < rounds(150); ++round) {
    CAPTURE(round);
    std::string text;
    while (text.size() < 40'000)
      text += plain_noise(random, pick(random, 9000)) + random_text(random, 3) + wanted(random) + far_off(random);
    for (int i = 0; round % 5 == 1 && i < 3; ++i) text += encoded(random, secretive(random));
    follow(text, true, round % 3 == 0, random, counts);
  }
  REQUIRE(counts.found > static_cast<std::size_t>(rounds(3000)));
  REQUIRE(counts.decoded > 0);
  REQUIRE(counts.in_parts > static_cast<std::size_t>(rounds(300)));
}

TEST_CASE("the marks of UTF-16 come and go from version to version") {
  Random random(seed(303));
  Counts counts;
  for (int round = 0; round < rounds(60); ++round) {
    CAPTURE(round);
    const std::string plain = plain_noise(random, 6000) + "\n" + wanted(random) + "\n" + plain_noise(random, 6000);
    follow("\xff\xfe" + utf16(plain, false).text, true, round % 3 == 0, random, counts);
    follow(utf16(plain, true).text, true, round % 3 == 0, random, counts);
  }
  REQUIRE(counts.decoded > 0);
}

TEST_CASE("what is cut off in one version is whole in the next, wherever the cut is") {
  Catalogue catalogue;
  for (const char* regex : {"far:[a-d]{60}!", "![a-d]{60}:raf"}) {
    Rule& rule = catalogue.rules.emplace_back();
    rule.id = "r" + std::to_string(catalogue.rules.size());
    rule.regex = regex;
  }
  Scanner scanner(compiled(catalogue), {.fingerprint_key = {}, .max_archive_depth = 0});
  auto lease = scanner.lease();
  const std::string run(60, 'a'), around(500, '.'), wrong = "?";
  for (std::size_t kept = 0; kept <= run.size(); ++kept) {
    CAPTURE(kept);
    // The copy begins, or ends, `kept` bytes from the needle; beyond it stood something else.
    const std::string lefts = run.substr(0, kept) + ":raf" + around, rights = around + "far:" + run.substr(0, kept);
    const std::string left = around + "!" + run.substr(kept), right = run.substr(kept) + "!" + around;
    Carried base, carried;
    CHECK(scan_version(scanner, lease, around + wrong + lefts, nullptr, {}, base).item.occurrences.empty());
    const Copy begins{around.size() + wrong.size(), left.size(), lefts.size()};
    CHECK(scan_version(scanner, lease, left + lefts, &base, {&begins, 1}, carried).item.occurrences.size() == 1);
    CHECK(scan_version(scanner, lease, rights + wrong + around, nullptr, {}, base).item.occurrences.empty());
    const Copy ends{0, 0, rights.size()};
    CHECK(scan_version(scanner, lease, rights + right, &base, {&ends, 1}, carried).item.occurrences.size() == 1);
  }
}
