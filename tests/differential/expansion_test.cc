// What hides behind encodings, found by the Scanner whole, in segments and in streams, against the plain oracle of
// hidden.h: an expanded copy scanned plainly gives the same findings.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

#include "engine/scan.h"
#include "engine/stream.h"
#include "tests/differential/build.h"
#include "tests/differential/encoded.h"
#include "tests/differential/hidden.h"
#include "tests/engine/made_files.h"

namespace {

using namespace staunch;
using namespace staunch::test;

struct Stretch {
  std::uint64_t offset, length, line, column;
  auto operator<=>(const Stretch&) const = default;
};

// What oracle and Scanner both tell.
struct Told {
  std::uint32_t rule;
  Stretch secret_place, match_place;
  std::string secret, match;
  std::vector<std::string> decoded;
  auto operator<=>(const Told&) const = default;
};

std::vector<Told> told(const std::vector<Occurrence>& occurrences) {
  std::vector<Told> out;
  for (const Occurrence& o : occurrences)
    out.push_back({o.rule,
                   {o.offset, o.length, o.begin.line, o.begin.column},
                   {o.match_offset, o.match_length, o.match_begin.line, o.match_begin.column},
                   std::string(o.secret.reveal()),
                   std::string(o.match.reveal()),
                   o.decoded});
  std::sort(out.begin(), out.end());
  return out;
}

// Lines and columns in the most obvious way.
void count_lines(std::string_view text, std::vector<Occurrence>& occurrences) {
  std::vector<std::uint64_t> newlines;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') newlines.push_back(i);
  const auto position = [&](std::uint64_t offset) {
    const auto next = std::lower_bound(newlines.begin(), newlines.end(), offset);
    const std::uint64_t line_begin = next == newlines.begin() ? 0 : *(next - 1) + 1;
    return Position{1 + static_cast<std::uint64_t>(next - newlines.begin()), offset - line_begin + 1};
  };
  for (Occurrence& o : occurrences) {
    o.begin = position(o.offset);
    o.match_begin = position(o.match_offset);
  }
}

std::string said(const Told& t, const Catalogue& catalogue) {
  std::string out = catalogue.rules[t.rule].regex + " at " + std::to_string(t.match_place.offset) + "+" +
                    std::to_string(t.match_place.length) + " line " + std::to_string(t.match_place.line) + ", secret " +
                    std::to_string(t.secret_place.offset) + "+" + std::to_string(t.secret_place.length) + ": " +
                    t.secret.substr(0, 60) + " through";
  for (const std::string& codec : t.decoded) out += " " + codec;
  return out;
}

std::string only(const std::vector<Told>& from, const std::vector<Told>& without, const Catalogue& catalogue) {
  std::string out;
  int count = 0;
  for (const Told& t : from)
    if (!std::binary_search(without.begin(), without.end(), t) && ++count <= 3) out += "\n    " + said(t, catalogue);
  return count == 0 ? "nothing" : std::to_string(count) + " of " + std::to_string(from.size()) + out;
}

void same(const char* how, const std::vector<Told>& expected, const std::vector<Told>& actual,
          const Catalogue& catalogue) {
  if (actual == expected) return;
  CAPTURE(how, only(expected, actual, catalogue), only(actual, expected, catalogue));
  REQUIRE(actual.size() == expected.size());
  REQUIRE((actual == expected));
}

struct Setup {
  explicit Setup(Catalogue catalogue, std::uint64_t segment_bytes = 64u << 10, unsigned max_depth = 5)
      : database(compiled(std::move(catalogue))),
        depth(max_depth),
        scanner(database, {.fingerprint_key = {},
                           .segment_bytes = segment_bytes,
                           .max_decode_depth = max_depth,
                           .max_archive_depth = 0}) {}
  const Catalogue& catalogue() const { return database->parts().catalogue; }

  std::vector<Told> oracle(std::string_view text) const {
    auto found = HiddenOracle(database->parts()).find(text, depth);
    count_lines(text, found);
    return told(found);
  }
  std::vector<Told> whole(std::string_view text) {
    auto lease = scanner.lease();
    return told(scanner.scan(lease, text, "item").occurrences);
  }
  std::vector<Told> cut(std::string_view text) {
    const ItemReport report = scanner.scan(TextContent(text), text.size(), "item");
    REQUIRE(report.incomplete.empty());
    REQUIRE(report.bytes == text.size());
    return told(report.occurrences);
  }
  std::vector<Told> streamed(std::string_view text, Random& random, std::size_t most, bool pauses) {
    ItemReport report;
    ItemStream stream(scanner, "item", [&](Occurrence o) { report.occurrences.push_back(std::move(o)); });
    for (std::size_t at = 0; at < text.size();) {
      const std::span<char> space = stream.space();
      const std::size_t size = std::min({space.size(), text.size() - at, 1 + random() % most});
      std::memcpy(space.data(), text.data() + at, size);
      stream.took(size);
      at += size;
      const auto read = [&](std::span<char> into) {
        const std::size_t more = std::min({into.size(), text.size() - at, 1 + random() % most});
        std::memcpy(into.data(), text.data() + at, more);
        at += more;
        return more;
      };
      if (pauses && random() % 4 == 0) stream.pause();
      else if (random() % 3 == 0) stream.scan(read);
      else if (random() % 2 == 0) stream.scan();
    }
    stream.finish(report.partial);
    return told(report.occurrences);
  }

  std::shared_ptr<const Database> database;
  unsigned depth;
  Scanner scanner;
};

// The Scanner in every way against the oracle. Returns how many findings are behind an encoding.
std::size_t agree(Setup& setup, std::string_view text, Random& random) {
  const std::vector<Told> expected = setup.oracle(text);
  same("whole", expected, setup.whole(text), setup.catalogue());
  same("cut", expected, setup.cut(text), setup.catalogue());
  const std::size_t most = random() % 3 == 0 ? 300'000 : random() % 3 == 0 ? 60'000 : 3'000;
  same("streamed", expected, setup.streamed(text, random, most, false), setup.catalogue());
  return static_cast<std::size_t>(
      std::count_if(expected.begin(), expected.end(), [](const Told& t) { return !t.decoded.empty(); }));
}

Rule rule(std::string id, std::string regex, std::vector<std::string> keywords = {}, bool generic = false) {
  Rule out;
  out.id = std::move(id);
  out.regex = std::move(regex);
  out.keywords = std::move(keywords);
  out.generic = generic;
  return out;
}

const std::string kToken = R"(\b(tok_[A-Za-z0-9]{16})\b)";

// Rules of texts.h, and some that look at values.
Catalogue catalogue_for(Random& random) {
  Catalogue catalogue = random_catalogue(random);
  catalogue.rules.push_back(rule("token", kToken));
  catalogue.rules.push_back(
      rule("value", R"((?i)(?:secret|password|token|api_key)["']?[ \t]*[=:][ \t]*["']?([\w+/=.-]{8,120}))", {}, true));
  if (pick(random, 2) == 0) catalogue.rules.push_back(rule("gated", R"([a-z]{5}_head)", {"secret", "needle"}));
  return catalogue;
}

std::string token(Random& random) {
  return "tok_" + random_from(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 16);
}

Catalogue tokens_only() {
  Catalogue catalogue;
  catalogue.rules.push_back(rule("token", kToken));
  return catalogue;
}

}  // namespace

TEST_CASE("what hides in small texts is what the expanded copies hold") {
  Random random(seed(101));
  std::size_t hidden = 0;
  for (int round = 0; round < rounds(60); ++round) {
    Setup setup(catalogue_for(random));
    for (int text = 0; text < 8; ++text) {
      CAPTURE(round, text);
      hidden += agree(setup, encoded_text(random, pick(random, 3000), 1 + pick(random, 600)), random);
    }
  }
  REQUIRE(hidden > static_cast<std::size_t>(rounds(500)));
}

TEST_CASE("what hides in large texts is what the expanded copies hold") {
  Random random(seed(102));
  std::size_t hidden = 0;
  for (int round = 0; round < rounds(24); ++round) {
    Catalogue catalogue = catalogue_for(random);
    if (round % 4 < 3) catalogue = narrow_rules(std::move(catalogue));
    Setup setup(std::move(catalogue));
    CAPTURE(round);
    const std::size_t far = round % 3 == 0 ? 300 : round % 3 == 1 ? 6000 : 40'000;
    hidden += agree(setup, encoded_text(random, 100'000 + pick(random, 300'000), far), random);
  }
  REQUIRE(hidden > static_cast<std::size_t>(rounds(500)));
}

TEST_CASE("a copy that begins like a byte order mark is no UTF-16") {
  Random random(seed(111));
  Setup setup(tokens_only());
  const std::string mark = "\n\xff\xfe \\x41bcdefghijk\n";
  const auto nested = [&] { return "\nx = " + base64(hex("it is " + token(random), false).text, {}).text + "\n"; };
  std::string first = mark, often;
  for (int i = 0; i < 60; ++i) {
    first += plain_noise(random, 4000) + nested();
    often += plain_noise(random, 2000) + mark + plain_noise(random, 2000) + nested();
  }
  CHECK(agree(setup, first, random) == 60);
  CHECK(agree(setup, often, random) == 60);
}

TEST_CASE("UTF-16 does not go on from one fragment to the next") {
  Random random(seed(112));
  Setup setup(tokens_only());
  // Behind this one a reader that goes on takes the other byte order, and loses each fragment's last letter.
  std::string text = x_escape(utf16("it is the first", false).text + "?").text + "\n";
  constexpr std::size_t kCount = 1000;
  for (std::size_t i = 0; i < kCount; ++i) text += x_escape(utf16("it is " + token(random), true).text).text + "\n";
  REQUIRE(agree(setup, text, random) == kCount);
}

TEST_CASE("runs that show by their beginning only, across the borders of segments") {
  Random random(seed(113));
  Catalogue catalogue;
  catalogue.rules.push_back(rule("short", R"(key-[0-9]{4})"));
  const auto value = [&] { return "key-" + random_from(random, "0123456789", 4); };
  std::string run;
  SECTION("UTF-16 with few letters of ASCII") {
    run = utf16("text that is long enough: ", false).text;
    for (int i = 0; i < 1200; ++i) run += "\x2d\x4e\x87\x65\x57\x5b" + utf16(value(), false).text;
  }
  SECTION("base64 of such text in UTF-8") {
    run = "text that is long enough: ";
    for (int i = 0; i < 700; ++i) run += "\xe4\xb8\xad\xe6\x96\x87\xe5\xad\x97\xe7\xac\xa6" + value();
    run = base64(run, {}).text;
  }
  Setup setup(std::move(catalogue));
  std::string text;
  // Fragments everywhere else, so that none seems to go on for long.
  const auto fill_to = [&](std::size_t size) {
    while (text.size() + 1000 < size) text += plain_noise(random, 800) + "\n" + x_escape("an escape").text + "\n";
    text += plain_noise(random, size - text.size()) + "\n";
  };
  for (std::size_t border = 128u << 10; const std::size_t before : {19'000u, 20'000u, 23'000u, 22'000u}) {
    fill_to(border - before);
    text += run + "\n";
    border += 128u << 10;
  }
  fill_to(text.size() + 50'000);
  REQUIRE(agree(setup, text, random) > 2000);
}

TEST_CASE("however deep the copies may go") {
  Random random(seed(103));
  for (unsigned depth : {0u, 1u, 2u, 3u}) {
    Setup setup(catalogue_for(random), 64u << 10, depth);
    std::size_t hidden = 0;
    for (int text = 0; text < rounds(10); ++text)
      hidden += agree(setup, encoded_text(random, 5000 + pick(random, 5000), 100), random);
    REQUIRE((hidden > 0) == (depth > 0));
  }
}

TEST_CASE("nothing generic is told of a stream that turns out to be binary") {
  Random random(seed(108));
  Catalogue catalogue = tokens_only();
  catalogue.rules.push_back(rule("value", R"(password = ([a-z0-9]{8,24}))", {}, true));
  Setup setup(std::move(catalogue), 64u << 10, 0);
  for (const std::size_t zero : {200u, 5000u, 8191u, 8192u}) {
    std::string text = "password = " + random_from(random, "abcdefgh0123456789", 24) + "\n";
    while (text.size() < 12'000) text += plain_noise(random, 300) + "\n" + token(random) + "\n";
    std::erase(text, '\0');
    text[zero] = '\0';
    CAPTURE(zero);
    for (int round = 0; round < 4; ++round)
      same("streamed", setup.oracle(text), setup.streamed(text, random, 700, false), setup.catalogue());
  }
}

TEST_CASE("fragments that are too large to hold") {
  Random random(seed(104));
  Setup setup(tokens_only());
  std::string inner;
  std::size_t count = 0;
  const std::size_t size = 300'000 + 1000 * static_cast<std::size_t>(rounds(2700));
  for (; inner.size() < size; ++count) inner += plain_noise(random, pick(random, 3000)) + " " + token(random) + "\n";
  std::string text = plain_noise(random, 1000) + "\n";
  SECTION("one line of base64") { text += base64(inner, {}).text; }
  SECTION("wrapped") {
    Base64Style style;
    style.width = 76;
    text += base64(inner, style).text;
  }
  SECTION("hex") { text += hex(inner, false).text; }
  SECTION("base64 in base64") { text += base64("data: " + base64(inner, {}).text, {}).text; }
  SECTION("base64 whose pieces hold hex") {
    std::string mixed;
    for (std::size_t at = 0; at < inner.size(); at += 5000)
      mixed += "k=" + hex(inner.substr(at, 5000), true).text + "\n";
    text += base64(mixed, {}).text;
    count -= std::min(count, inner.size() / 5000 + 1);  // those that a line end cuts
  }
  SECTION("UTF-16 with its mark, as a whole") { text = "\xff\xfe" + utf16(text + inner, false).text; }
  SECTION("UTF-16 of letters that are not ASCII") {
    text = "\xff\xfe";
    for (std::size_t at = 0; at < inner.size(); at += 40)
      text += std::string("\x04\x30", 2) + utf16(inner.substr(at, 40), false).text;
    count = 1;
  }
  text += "\n" + plain_noise(random, 1000);
  REQUIRE(agree(setup, text, random) >= count);
}

TEST_CASE("tens of thousands of fragments, with hits at their borders") {
  Random random(seed(105));
  Catalogue catalogue = tokens_only();
  catalogue.rules.push_back(rule("first", R"(\A.{0,3}start[0-9]{2,4})"));
  catalogue.rules.push_back(rule("across", R"(left[ \n]{0,3}right)"));
  catalogue.rules.push_back(rule("ends", R"((?:key|ends)$)"));
  catalogue.rules.push_back(rule("no needle", R"(\d\d\d-[a-z]{4}-\d\d\d)"));
  Setup setup(std::move(catalogue), 256u << 10);
  std::string text;
  for (int i = 0; i < rounds(30'000); ++i) {
    text += "\n";
    switch (pick(random, 6)) {
      case 0: text += base64(token(random), {}).text; break;
      case 1: text += base64("start123 and more; left", {}).text; break;
      case 2: text += base64("right, and what ends", {}).text; break;
      case 3: text += hex("what is it, a key", false).text; break;
      case 4: text += base64("number 123-abcd-456 ..", {}).text; break;
      default: text += "\\u0074ok_" + token(random).substr(4); break;
    }
    text += "\n" + plain_noise(random, 5) + std::string(300, ' ');
  }
  REQUIRE(agree(setup, text, random) > static_cast<std::size_t>(rounds(20'000)));
}

TEST_CASE("a keyword opens the gate for what hides, wherever it stands") {
  Random random(seed(106));
  Catalogue catalogue;
  catalogue.rules.push_back(rule("digits", R"(\b\d{3}-[a-z]{4}-\d{3}\b)", {"acmecorp"}));
  catalogue.rules.push_back(rule("needle", R"(tok_([a-z0-9]{8}))", {"acmecorp", "other"}));
  catalogue.rules.push_back(rule("closed", R"(tok_([a-z0-9]{7}))", {"elsewhere"}));
  Setup setup(std::move(catalogue));
  const std::string hidden = "\n" + base64("123-abcd-456 tok_abcdefg8 ", {}).text + "\n";
  const std::string open = "\n AcmeCorp \n", key = "\n" + base64("the key word is acmeCORP", {}).text + "\n";
  const std::string deep = "\n" + base64(hex("the key word is acmeCORP", false).text, {}).text + "\n";
  const auto far = [&] { return plain_noise(random, 150'000); };
  REQUIRE(agree(setup, far() + hidden + far(), random) == 0);
  for (const std::string& word : {open, key, deep}) {
    CHECK(agree(setup, word + hidden, random) == 2);
    CHECK(agree(setup, word + far() + hidden, random) == 2);
    CHECK(agree(setup, hidden + far() + word, random) == 2);
    CHECK(agree(setup, hidden + far() + far() + hidden + far() + word + far(), random) == 4);
  }
  CHECK(agree(setup, far() + "\n" + base64("123-abcd-456 tok_abcdefg8 acmecorp", {}).text, random) == 2);
}

TEST_CASE("a stream that waits for a keyword keeps the places of what hides") {
  Random random(seed(107));
  Catalogue catalogue;
  catalogue.rules.push_back(rule("digits", R"(\b\d{3}-[a-z]{4}-\d{3}\b)", {"acmecorp"}));
  Setup setup(std::move(catalogue), 8u << 20);
  const std::string text = plain_noise(random, 5000) + "\n" + base64("123-abcd-456 tok_abcdefg8 ", {}).text + "\n" +
                           plain_noise(random, 12'000'000) + " acmecorp";
  REQUIRE(agree(setup, text, random) == 1);
}

TEST_CASE("generic rules leave binary items alone, and others look at their UTF-16") {
  Random random(seed(108));
  Catalogue catalogue = tokens_only();
  catalogue.rules.push_back(rule("value", R"((?i)secret[ \t]*=[ \t]*([a-z0-9]{8,20}))", {}, true));
  Setup setup(std::move(catalogue));
  const auto wide = [](std::string_view text) { return utf16(text, false).text; };
  std::string text = random_from(random, std::string_view("\0\1\2\xff\x80 ab", 8), 3000);
  for (int i = 0; i < 20; ++i) {
    text +=
        wide("secret = abcdefgh12345 " + token(random)) + random_from(random, std::string_view("\0\xff\x80", 3), 500);
    text += base64("secret = abcdefgh12345 " + token(random), {}).text + " ";
  }
  REQUIRE(agree(setup, text, random) == 40);
  // The same bytes without a NUL in front.
  REQUIRE(agree(setup, plain_noise(random, 10'000) + text, random) > 40);
}

TEST_CASE("a stream that pauses tells all that hides, once") {
  Random random(seed(109));
  Catalogue catalogue = tokens_only();
  catalogue.rules.push_back(rule("value", R"((?i)secret[ \t]*=[ \t]*([\w+/=]{8,120}))", {}, true));
  Setup setup(std::move(catalogue));
  for (int round = 0; round < rounds(20); ++round) {
    std::string text;
    for (int line = 0; line < 1000; ++line) {
      text += plain_noise(random, pick(random, 90));
      switch (pick(random, 6)) {
        case 0: text += "\nsecret = " + base64("it is " + token(random) + " here", {}).text; break;
        case 1: text += " " + hex(base64("no " + token(random), {}).text, true).text; break;
        case 2: text += "\nsecret = " + random_from(random, "abcdefgh01234567", 20); break;
        case 3: text += " " + token(random); break;
        default: break;
      }
      text += "\n";
    }
    const std::vector<Told> expected = setup.oracle(text);
    REQUIRE(expected.size() > 400);
    same("paused", expected, setup.streamed(text, random, 700, true), setup.catalogue());
  }
}

TEST_CASE("a stream that pauses anywhere tells what the whole text gives, among what lines gave before they went on") {
  Random random(seed(110));
  for (int round = 0; round < rounds(20); ++round) {
    Setup setup(catalogue_for(random));
    const std::string text = encoded_text(random, 30'000, 300);
    const std::vector<Told> expected = setup.oracle(text), actual = setup.streamed(text, random, 2000, true);
    CAPTURE(round, only(expected, actual, setup.catalogue()));
    REQUIRE(std::adjacent_find(actual.begin(), actual.end()) == actual.end());
    // A secret may have been told when less stood around it.
    using Bare = std::tuple<std::uint32_t, Stretch, std::string>;
    const auto secrets = [](const std::vector<Told>& all) {
      std::set<Bare> out;
      for (const Told& t : all) out.emplace(t.rule, t.secret_place, t.secret);
      return out;
    };
    const std::set<Bare> wanted_ones = secrets(expected), told_ones = secrets(actual);
    REQUIRE(std::includes(told_ones.begin(), told_ones.end(), wanted_ones.begin(), wanted_ones.end()));
  }
}

TEST_CASE("base64 in the rows of a database") {
  Workshop shop;
  shop.python(R"py(
import base64, sqlite3
db = sqlite3.connect("made.db")
db.execute("create table notes (id integer primary key, name text, body blob)")
for i in range(400):
    token = "tok_%016d" % i
    body = base64.b64encode(("the value is " + token).encode())
    if i % 3 == 0: body = body.hex().encode()
    if i % 50 == 7: body = b" " * 9000 + body
    db.execute("insert into notes values (?, ?, ?)", (i, "secret", body.decode() if i % 2 else body))
db.commit()
)py");
  const std::string text = shop.read("made.db");
  Setup setup(tokens_only());
  const std::vector<Told> whole = setup.whole(text);
  std::set<std::string> secrets;
  for (const Told& t : whole) {
    secrets.insert(t.secret);
    CHECK(!t.decoded.empty());
  }
  CHECK(secrets.size() == 400);
  same("cut", whole, setup.cut(text), setup.catalogue());
  TextStream stream(text, false, 1000);
  same("streamed", whole, told(setup.scanner.scan(stream, "item").occurrences), setup.catalogue());
}
