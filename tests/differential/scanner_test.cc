// The Scanner whole against the Scanner in segments, and many threads against one: an item's findings, places and texts
// included, depend on neither.
#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <random>
#include <thread>

#include "engine/locate.h"
#include "engine/scan.h"
#include "engine/stream.h"
#include "tests/differential/build.h"
#include "tests/differential/oracle.h"
#include "tests/differential/texts.h"

namespace {

using namespace staunch;
using namespace staunch::test;

// A Content in memory that gives its bytes in portions, as a slow file would.
class Memory : public Content {
 public:
  explicit Memory(std::string_view text) : text_(text) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    if (offset >= text_.size()) return std::size_t{0};
    const std::size_t size = std::min({into.size(), text_.size() - offset, std::size_t{100'003}});
    std::memcpy(into.data(), text_.data() + offset, size);
    return size;
  }

 private:
  std::string_view text_;
};

// Everything about an occurrence that tests can compare.
struct Seen {
  std::uint32_t rule;
  std::uint64_t offset, length, match_offset, match_length, lines_offset;
  std::array<std::uint64_t, 8> lines_and_columns;
  std::string secret, match, lines, fingerprint;
  auto operator<=>(const Seen&) const = default;
};

std::vector<Seen> seen(const ItemReport& report) {
  std::vector<Seen> out;
  for (const Occurrence& o : report.occurrences)
    out.push_back({o.rule,
                   o.offset,
                   o.length,
                   o.match_offset,
                   o.match_length,
                   o.lines_offset,
                   {o.begin.line, o.begin.column, o.end.line, o.end.column, o.match_begin.line, o.match_begin.column,
                    o.match_end.line, o.match_end.column},
                   std::string(o.secret.reveal()),
                   std::string(o.match.reveal()),
                   std::string(o.lines.reveal()),
                   o.fingerprint});
  return out;
}

// The first of those that the other lacks.
std::string only(const std::vector<Seen>& from, const std::vector<Seen>& without, const Catalogue& catalogue) {
  for (const Seen& p : from)
    if (std::find(without.begin(), without.end(), p) == without.end())
      return catalogue.rules[p.rule].regex + " at " + std::to_string(p.match_offset) + ", " +
             std::to_string(p.match_length) + " bytes, line " + std::to_string(p.lines_and_columns[0]) + ": " +
             p.match.substr(0, 80);
  return "nothing";
}

// Scans `text` whole and in segments; both must find the same. Returns what they found.
std::vector<Seen> same_in_segments(const Catalogue& catalogue, const std::string& text,
                                   std::uint64_t segment_bytes = 64u << 10) {
  Scanner scanner(compiled(catalogue), {.fingerprint_key = {}, .segment_bytes = segment_bytes});
  ItemReport whole;
  {
    auto lease = scanner.lease();
    whole = scanner.scan(lease, text, "item");
  }
  const ItemReport cut = scanner.scan(Memory(text), text.size(), "item");
  const std::vector<Seen> expected = seen(whole), actual = seen(cut);
  REQUIRE(cut.incomplete.empty());
  REQUIRE(cut.bytes == text.size());
  REQUIRE(whole.partial.empty() == cut.partial.empty());
  if (actual != expected) {
    CAPTURE(text.size(), expected.size(), actual.size());
    CAPTURE(only(expected, actual, catalogue), only(actual, expected, catalogue));
    REQUIRE(actual == expected);
  }
  return expected;
}

// Feeds `text` in portions of up to `most` bytes; pauses now and then where asked.
std::vector<Seen> streamed(Scanner& scanner, const std::string& text, std::mt19937& random, std::size_t most,
                           bool pauses) {
  ItemReport report;
  ItemStream stream(scanner, "item", [&](Occurrence o) { report.occurrences.push_back(std::move(o)); });
  for (std::size_t at = 0; at < text.size();) {
    const std::span<char> space = stream.space();
    const std::size_t size = std::min({space.size(), text.size() - at, 1 + random() % most});
    std::memcpy(space.data(), text.data() + at, size);
    stream.took(size);
    at += size;
    if (pauses && random() % 4 == 0) stream.pause();
    else if (random() % 2 == 0) stream.scan();
  }
  stream.finish(report.partial);
  std::vector<Seen> found = seen(report);
  std::sort(found.begin(), found.end());
  return found;
}

Rule rule(std::string id, std::string regex, std::vector<std::string> keywords = {}) {
  Rule out;
  out.id = std::move(id);
  out.regex = std::move(regex);
  out.keywords = std::move(keywords);
  return out;
}

Catalogue catalogue_of(std::vector<Rule> rules) {
  Catalogue catalogue;
  catalogue.rules = std::move(rules);
  return catalogue;
}

std::string noise(std::mt19937& random, std::size_t size) {
  static const std::string letters = "abcdefghijklmnopqrstuvwxyz      \n";
  std::string out(size, ' ');
  for (char& c : out) c = letters[random() % letters.size()];
  return out;
}

// Pieces of trouble between noise that no rule asks for.
std::string large_text(std::mt19937& random, std::size_t size) {
  std::string text;
  while (text.size() < size) {
    text += random_text(random, random() % 300);
    text += noise(random, random() % 40'000);
  }
  return text;
}

std::string key_block(std::mt19937& random, std::size_t lines) {
  std::string block = "-----BEGIN RSA KEY-----\n";
  for (; lines > 0; --lines) {
    for (int i = 0; i < 64; ++i) block += static_cast<char>('A' + random() % 26);
    block += '\n';
  }
  return block + "-----END RSA KEY-----\n";
}

}  // namespace

TEST_CASE("segments find what a whole text gives") {
  std::mt19937 random(seed(11));
  std::size_t found = 0;
  for (int round = 0; round < rounds(30); ++round) {
    const Catalogue catalogue = random_catalogue(random);
    found += same_in_segments(catalogue, large_text(random, 200'000 + random() % 1'000'000)).size();
  }
  REQUIRE(found > static_cast<std::size_t>(rounds(1000)));
}

TEST_CASE("regions that cross many segments") {
  std::mt19937 random(seed(12));
  SECTION("a bundle of key blocks") {
    std::string text = noise(random, 50'000);
    for (int i = 0; i < 250; ++i) text += key_block(random, 20 + random() % 120) + noise(random, random() % 60);
    const auto blocks = same_in_segments(
        catalogue_of({rule("block", R"(-----BEGIN [A-Z ]{0,20}KEY-----[\s\S]{4,}?-----END [A-Z ]{0,20}KEY-----)")}),
        text);
    REQUIRE(blocks.size() == 250);
  }
  SECTION("one line of key=key=") {
    std::string text = noise(random, 70'001);
    const std::size_t size = 150'000 + 1000 * static_cast<std::size_t>(rounds(150));
    while (text.size() < size) text += "key=";
    text += noise(random, 70'001);
    REQUIRE(same_in_segments(catalogue_of({rule("pair", R"((?i)key=([\w=]{6,20}))")}), text).size() > 3'000);
    REQUIRE(same_in_segments(catalogue_of({rule("odd", R"(key=key=key=[a-z]{2})")}), text).size() > 4'000);
    REQUIRE(same_in_segments(catalogue_of({rule("left", R"([\w=]{5}key=y?)")}), text).size() > 4'000);
  }
  SECTION("tails without a bound") {
    std::string text;
    while (text.size() < 1'500'000) {
      text += noise(random, random() % 30'000) + "tail_";
      text.append(random() % 90'000, 'q');
      text += " " + std::string(random() % 90'000, 'z') + "_head";
    }
    const Catalogue catalogue = catalogue_of({rule("tail", "tail_[a-z]+"), rule("head", R"(\w+_head)")});
    REQUIRE(same_in_segments(catalogue, text).size() > 15);
  }
  SECTION("chains of matches, each of which begins where the one before let it") {
    // Which matches there are depends on where the chain began, far to the left.
    for (int round = 0; round < rounds(20); ++round) {
      const Catalogue catalogue = catalogue_of(
          {round % 4 < 2 ? rule("chain", R"(\w{4}ab\w{0,300})") : rule("dots", R"([^\n]{0,90}ab[^\n]{0,90})")});
      std::string text = noise(random, random() % 70'000);
      while (text.size() < 300'000) {
        text.append(random() % (round % 2 == 0 ? 60 : 400), 'x');
        text += random() % 200 == 0 ? "\n" : "ab";
      }
      REQUIRE(same_in_segments(catalogue, text).size() > 500);
    }
  }
}

TEST_CASE("a keyword opens its gate for the whole item") {
  std::mt19937 random(seed(13));
  const Catalogue catalogue = catalogue_of({
      rule("digits", R"(\b\d{3}-[a-z]{4}-\d{3}\b)", {"AcmeCorp"}),      // no needle
      rule("needle", R"(tok_([a-z0-9]{8}))", {"acmecorp", "another"}),  // its needle is not a keyword
      rule("closed", R"(tok_([a-z0-9]{7}))", {"elsewhere"}),
  });
  for (const std::size_t keyword_at : {0u, 150'000u, 1'400'000u, 2'490'000u}) {
    std::string text = noise(random, 2'500'000);
    for (std::size_t at : {5u, 65'530u, 400'000u, 1'048'570u, 1'310'715u, 2'400'000u}) {
      text.replace(at, 14, " 123-abcd-456 ");
      text.replace(at + 20, 14, " tok_abcdefg8 ");
    }
    CHECK(same_in_segments(catalogue, text).empty());
    text.replace(keyword_at + 40, 10, " aCMEcORP ");
    CHECK(same_in_segments(catalogue, text).size() == 12);
  }
}

TEST_CASE("items that end where a block of lines ends") {
  const Catalogue catalogue =
      catalogue_of({rule("empty", R"(q*\z)"), rule("newline", "\n$"), rule("end", R"(last\n?$)")});
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{kLineBlock - 1}, std::size_t{kLineBlock},
                                 std::size_t{2 * kLineBlock}}) {
    std::string text(size, '\n');
    if (size > 5) text.replace(size - 5, 4, "last");
    CAPTURE(size);
    REQUIRE(same_in_segments(catalogue, text).size() >= 1);
  }
}

TEST_CASE("limits that bite are told, whole and in segments") {
  std::mt19937 random(seed(14));
  Scanner scanner(compiled(catalogue_of({rule("block", R"(-----BEGIN KEY-----[\s\S]{4,}?-----END KEY-----)")})),
                  {.fingerprint_key = {}, .segment_bytes = 64u << 10});
  const std::string text =
      noise(random, 9000) + "-----BEGIN KEY-----\n" + noise(random, 400'000) + "-----END KEY-----\n";
  {
    auto lease = scanner.lease();
    CHECK(scanner.scan(lease, text, "item").partial.size() == 1);
  }
  CHECK(scanner.scan(Memory(text), text.size(), "item").partial.size() == 1);
}

TEST_CASE("any number of threads finds the same") {
  std::mt19937 random(seed(15));
  const Catalogue catalogue = random_catalogue(random);
  std::vector<std::string> texts;
  for (int i = 0; i < rounds(120); ++i) texts.push_back(random_text(random, random() % 900));
  for (int i = 0; i < 3; ++i) texts.push_back(large_text(random, 300'000));
  std::vector<std::vector<Seen>> expected;
  for (unsigned threads = 1; threads <= 8; ++threads) {
    // A Scanner of its own, so that the threads also race for the rules' first use.
    Scanner scanner(compiled(catalogue), {.fingerprint_key = "a key", .segment_bytes = 64u << 10});
    std::vector<std::vector<Seen>> found(texts.size());
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> team;
    for (unsigned i = 0; i < threads; ++i) {
      team.emplace_back([&] {
        for (std::size_t item = next++; item < texts.size(); item = next++) {
          const std::string& text = texts[item];
          if (item % 2 == 0) {
            auto lease = scanner.lease();
            found[item] = seen(scanner.scan(lease, text, "item"));
          } else {
            found[item] = seen(scanner.scan(Memory(text), text.size(), "item"));
          }
        }
      });
    }
    for (std::thread& thread : team) thread.join();
    if (threads == 1) expected = found;
    REQUIRE(found == expected);
  }
  std::size_t total = 0;
  for (const auto& list : expected) total += list.size();
  REQUIRE(total > 100);
}

TEST_CASE("a stream finds what the whole text gives, however it comes") {
  std::mt19937 random(seed(23));
  std::size_t found = 0;
  for (int round = 0; round < rounds(40); ++round) {
    const Catalogue catalogue = random_catalogue(random);
    Scanner scanner(compiled(catalogue), {});
    const std::string text = large_text(random, 100'000 + random() % 3'000'000);
    std::vector<Seen> whole;
    {
      auto lease = scanner.lease();
      whole = seen(scanner.scan(lease, text, "item"));
    }
    std::sort(whole.begin(), whole.end());
    const std::size_t most = random() % 3 == 0 ? 300'000 : 5'000;
    const std::vector<Seen> actual = streamed(scanner, text, random, most, false);
    CAPTURE(round, text.size(), only(whole, actual, catalogue), only(actual, whole, catalogue));
    REQUIRE((actual == whole));
    found += whole.size();
  }
  REQUIRE(found > static_cast<std::size_t>(rounds(1000)));
}

TEST_CASE("a stream that pauses tells whole lines once, and nothing else") {
  std::mt19937 random(seed(29));
  Scanner scanner(compiled(catalogue_of({rule("a", R"(\b(ghp_[0-9A-Za-z]{8})\b)"),
                                         rule("b", R"((?i)(?:secret|token)[ \t]*[=:][ \t]*([\w.-]{6,20}))"),
                                         rule("c", R"(-----BEGIN KEY-----[\s\S]{4,}?-----END KEY-----)")})),
                  {});
  for (int round = 0; round < rounds(20); ++round) {
    std::string text;
    for (int line = 0; line < 2000; ++line) {
      text += noise(random, random() % 90);
      const auto kind = random() % 6;
      if (kind == 0) text += " ghp_" + std::to_string(10'000'000 + random() % 1000);
      if (kind == 1) text += " token: value-" + std::to_string(random() % 1000);
      if (kind == 2) text += "\n-----BEGIN KEY-----\n" + noise(random, 40) + "\n-----END KEY-----";
      text += "\n";
    }
    auto lease = scanner.lease();
    std::vector<Seen> whole = seen(scanner.scan(lease, text, "item"));
    std::sort(whole.begin(), whole.end());
    REQUIRE(whole.size() > 500);
    REQUIRE((streamed(scanner, text, random, 700, true) == whole));
  }
}

TEST_CASE("a pause tells what stands in whole lines, and no more") {
  Scanner scanner(compiled(catalogue_of({rule("a", R"(\b(ghp_[0-9A-Za-z]{8})\b)")})), {});
  std::size_t told = 0;
  ItemStream stream(scanner, "item", [&](Occurrence) { ++told; });
  const auto write = [&](std::string_view text) {
    std::memcpy(stream.space().data(), text.data(), text.size());
    stream.took(text.size());
    stream.pause();
  };
  write("x ghp_");
  write("12345678");
  REQUIRE(told == 0);
  write("\n");
  REQUIRE(told == 1);
  write("ghp_abcdefgh\nghp_1234");
  REQUIRE(told == 2);
  write("5678");
  REQUIRE(told == 2);
  std::vector<Note> partial;
  stream.finish(partial);
  REQUIRE(told == 3);
}
