// The Expander against encoders of its own: what was hidden stands in the copy, with the way back to its bytes; and the
// copy is the same however the source is cut and whatever instructions look for runs.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

#include "engine/expand/expander.h"
#include "tests/support/encoders.h"

using namespace staunch;
using namespace staunch::test;

namespace {

// In memory of its exact size, so that a sanitizer sees a byte read too much.
void feed(Expander& expander, std::string_view text, std::uint64_t base, bool last, Expansion& out) {
  const std::unique_ptr<char[]> exact(new char[text.size()]);
  std::copy(text.begin(), text.end(), exact.get());
  expander.feed({exact.get(), text.size()}, base, last, out);
}

Expansion expand(std::string_view text, Simd simd = best_simd()) {
  Expansion out;
  Expander expander(simd);
  feed(expander, text, 0, true, out);
  return out;
}

Expansion expand_cut(std::string_view text, Random& random, std::size_t longest) {
  Expansion out;
  Expander expander;
  std::size_t end = 0;
  do {
    const std::size_t begin = expander.keep_from();
    end = std::min(text.size(), end + 1 + pick(random, longest));
    feed(expander, text.substr(begin, end - begin), begin, end == text.size(), out);
  } while (end < text.size());
  return out;
}

std::string pieces_of(const Expansion& copy) {
  std::ostringstream out;
  for (const Piece& piece : copy.pieces)
    out << piece.at << ' ' << piece.begin << '-' << piece.end << ' ' << codec_name(piece.codec) << '\n';
  return out.str();
}

void require_same(const Expansion& one, const Expansion& other) {
  REQUIRE(one.text == other.text);
  REQUIRE(pieces_of(one) == pieces_of(other));
}

const std::vector<Simd>& available() {
  static const std::vector<Simd> all = [] {
    std::vector<Simd> have;
    for (const Simd simd : {Simd::portable, Simd::avx2, Simd::vbmi})
      if (has_simd(simd)) have.push_back(simd);
    return have;
  }();
  return all;
}

// The units that hold [begin, end) of the plain text, in the source.
Span expected_origin(const Encoded& encoded, std::size_t begin, std::size_t end, std::size_t offset) {
  Span span;
  for (const Unit& unit : encoded.units) {
    if (unit.plain <= begin) span.begin = unit.begin + offset;
    if (unit.plain < end) span.end = unit.end + offset;
  }
  return span;
}

struct Kind {
  Codec codec;
  std::function<Encoded(const std::string&, Random&)> encode;
};

const std::vector<std::pair<std::string, Kind>>& kinds() {
  static const auto base64_with = [](Base64Style style) {
    return Kind{Codec::base64, [style](const std::string& plain, Random& random) {
                  Base64Style one = style;
                  one.url = !one.escaped && pick(random, 2) == 0;
                  one.padded = pick(random, 2) == 0;
                  if (one.width > 0) one.width = 48 + pick(random, 40);
                  return base64(plain, one);
                }};
  };
  static const std::vector<std::pair<std::string, Kind>> all = {
      {"base64", base64_with({})},
      {"base64 with escaped slashes", base64_with({false, true, true, 0, ""})},
      {"base64 in lines", base64_with({false, true, false, 1, "\n"})},
      {"base64 in indented lines", base64_with({false, true, false, 1, "\r\n    \t"})},
      {"base64 in lines of a string", base64_with({false, true, false, 1, "\\n"})},
      {"hex", {Codec::hex, [](const std::string& plain, Random& random) { return hex(plain, pick(random, 2) == 0); }}},
      {"UTF-16",
       {Codec::utf16, [](const std::string& plain, Random& random) { return utf16(plain, pick(random, 2) == 0); }}},
      {"percent",
       {Codec::percent, [](const std::string& plain, Random& random) { return percent(plain, pick(random, 2) == 0); }}},
      {"\\u",
       {Codec::escape,
        [](const std::string& plain, Random& random) { return unicode_escape(plain, pick(random, 2) == 0); }}},
      {"\\x", {Codec::escape, [](const std::string& plain, Random&) { return x_escape(plain); }}},
      {"entities",
       {Codec::entity, [](const std::string& plain, Random& random) { return entities(plain, pick(random, 2) == 0); }}},
  };
  return all;
}

// What stands around encoded text: words, and sometimes a character of the alphabet directly beside it.
std::string surroundings(Random& random) {
  static const char* const kWords[] = {"value = \"",
                                       "if (x) { return; }\n",
                                       "key: ",
                                       "https://host/path?q=",
                                       "'",
                                       "\n",
                                       "# a comment with words in it\n",
                                       "\xc3\xa4\xe2\x82\xac ",
                                       "<tag attr=\"",
                                       "[1, 2, 3], "};
  std::string out;
  for (std::size_t i = pick(random, 8); i > 0; --i) out += kWords[pick(random, std::size(kWords))];
  return out;
}

std::string plain_around(Random& random) {
  static const char* const kWords[] = {"token: ", "password=", "{\"a\": 1}, ", "line\n", "The quick brown fox. "};
  std::string out;
  for (std::size_t i = pick(random, 12); i > 0; --i) out += kWords[pick(random, std::size(kWords))];
  return out;
}

std::string hidden_somewhere(Random& random, std::size_t depth) {
  std::string plain = plain_around(random) + random_token(random) + plain_around(random);
  for (std::size_t i = 0; i < depth; ++i)
    plain = kinds()[pick(random, kinds().size())].second.encode(plain, random).text;
  return plain;
}

// Everything that the Expander knows, and things that look like it.
std::string mixture(Random& random, std::size_t parts) {
  std::string out;
  for (std::size_t i = 0; i < parts; ++i) {
    switch (pick(random, 9)) {
      case 0: out += hidden_somewhere(random, 1); break;
      case 1: out += hidden_somewhere(random, 2); break;
      case 2: out += random_from(random, "\\%&;#xu0n\"'/4 ", pick(random, 60)); break;
      case 3: out += random_from(random, "AQBJaZ09+/=-_\n", pick(random, 200)); break;
      case 4: out += random_from(random, "0123456789abcdef", pick(random, 90)); break;
      case 5:
        out += std::string(pick(random, 40), '\0');
        out += random_from(random, std::string_view("a\0b\0\xe4", 5), pick(random, 40));
        break;
      case 6:
        out += "\\n" + random_from(random, "abc", pick(random, 12));
        out += "&amp;&quot;abcdefgh%41\\u00e9\\ud83d\\ude00";
        break;
      case 7: out += std::string(pick(random, 300), "x \n"[pick(random, 3)]); break;
      default: out += surroundings(random); break;
    }
  }
  return out;
}

}  // namespace

TEST_CASE("All instruction sets mark the same bytes") {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    const std::string text = mixture(random, 1 + pick(random, 60));
    const std::size_t begin = text.empty() ? 0 : pick(random, std::min<std::size_t>(text.size(), 200));
    const std::unique_ptr<char[]> exact(new char[text.size()]);
    std::copy(text.begin(), text.end(), exact.get());
    Marks first;
    find_runs({exact.get(), text.size()}, begin, Simd::portable, first);
    for (const Simd simd : available()) {
      Marks marks;
      find_runs({exact.get(), text.size()}, begin, simd, marks);
      REQUIRE(std::equal(std::begin(first.triggers), std::end(first.triggers), marks.triggers));
      REQUIRE(std::equal(std::begin(first.escapes), std::end(first.escapes), marks.escapes));
    }
  }
}

TEST_CASE("All instruction sets give the same copy") {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const std::string text = mixture(random, 1 + pick(random, 200));
    const Expansion first = expand(text, Simd::portable);
    for (const Simd simd : available()) require_same(first, expand(text, simd));
  }
}

TEST_CASE("A hidden token stands in the copy and is traced back") {
  Random random(3);
  for (const auto& [name, kind] : kinds()) {
    INFO(name);
    for (int round = 0; round < 300; ++round) {
      const std::string token = random_token(random);
      const std::string before = plain_around(random), plain = before + token + plain_around(random);
      const Encoded encoded = kind.encode(plain, random);
      std::string text = surroundings(random);
      if (kind.codec == Codec::base64) text += " ";
      if (kind.codec == Codec::utf16) text += "\n";  // beside another character the byte order is ambiguous
      const std::size_t offset = text.size();
      text += encoded.text;
      if (kind.codec == Codec::hex || kind.codec == Codec::base64) text += '"';
      text += surroundings(random);
      INFO(text);
      const Expansion copy = expand(text);
      INFO(copy.text);
      const auto at = copy.text.find(token);
      REQUIRE(at != std::string::npos);
      const Span span = copy.origin(at, at + token.size());
      const Span expected = expected_origin(encoded, before.size(), before.size() + token.size(), offset);
      CHECK(span.begin == expected.begin);
      CHECK(span.end == expected.end);
      CHECK(copy.codecs(at, at + token.size()) == std::vector<Codec>{kind.codec});
    }
  }
}

TEST_CASE("Base64 directly behind characters of its alphabet") {
  Random random(4);
  int found = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string token = random_token(random);
    const std::string text =
        random_from(random, "abcxyz/_-", 1 + pick(random, 9)) + base64("password is " + token, {}).text + "\n";
    found += expand(text).text.find(token) != std::string::npos ? 1 : 0;
  }
  CHECK(found == 400);
}

// Without UTF-16, which only base64 takes for text.
TEST_CASE("Copies of copies show what was encoded more than once") {
  Random random(5);
  for (int round = 0; round < 400; ++round) {
    const std::string token = random_token(random);
    std::string text = "secret=" + token;
    const std::size_t depth = 1 + pick(random, 4);
    std::string names;
    for (std::size_t i = 0; i < depth; ++i) {
      const auto& [name, kind] = kinds()[pick(random, kinds().size())];
      if (kind.codec == Codec::utf16) continue;
      text = kind.encode(text, random).text;
      names += name + ", ";
    }
    text = "value: " + text + "\n";
    INFO(names << '\n' << text);
    std::string copy = text;
    for (std::size_t i = 0; i < depth && copy.find(token) == std::string::npos; ++i) copy = expand(copy).text;
    REQUIRE(copy.find(token) != std::string::npos);
  }
}

TEST_CASE("Cuts change nothing") {
  Random random(6);
  for (int round = 0; round < 300; ++round) {
    const std::string text = mixture(random, 1 + pick(random, 150));
    const Expansion whole = expand(text);
    require_same(whole, expand_cut(text, random, 1));
    require_same(whole, expand_cut(text, random, 300));
    require_same(whole, expand_cut(text, random, 5000));
  }
}

TEST_CASE("A source in UTF-16 is transcoded as a whole") {
  const std::string text(
      "\xff\xfe"
      "a\0\xe4\0\n\0\x3d\xd8\x00\xde"
      "\x00\xd8"
      "b\0x",
      17);
  const Expansion copy = expand(text);
  CHECK(copy.text ==
        "a\xc3\xa4\n\xf0\x9f\x98\x80\xef\xbf\xbd"
        "b\xef\xbf\xbd");
  CHECK(copy.origin(4, 8).begin == 8);
  CHECK(copy.origin(4, 8).end == 12);
  CHECK(copy.origin(11, 12).begin == 14);
  CHECK(copy.origin(12, 15).end == 17);
  Random random(7);
  const std::string token = random_token(random);
  const Expansion big = expand("\xfe\xff" + utf16("key " + token, true).text);
  CHECK(big.text == "key " + token);
  CHECK(big.origin(4, 4 + token.size()).begin == 10);
  CHECK(expand("\xff\xfe").text.empty());
  CHECK(expand("\xff").text.empty());
}

TEST_CASE("UTF-16 inside base64, as PowerShell takes its commands") {
  Random random(8);
  const std::string token = random_token(random);
  const std::string text = "powershell -EncodedCommand " + base64(utf16("$key = '" + token + "'", false).text, {}).text;
  CHECK(expand(expand(text).text).text.find("$key = '" + token + "'") != std::string::npos);
}

TEST_CASE("Hostile sources") {
  Random random(9);
  const std::size_t size = 10'000'000;
  std::string noise(size * 3 / 4, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  const std::pair<const char*, std::string> sources[] = {
      {"A", std::string(size, 'A')},
      {"%", std::string(size, '%')},
      {"backslash", std::string(size, '\\')},
      {"NUL", std::string(size, '\0')},
      {"&", std::string(size, '&')},
      {"7", std::string(size, '7')},
      {"base64 of noise", base64(noise, {}).text},
      {"base64", base64(std::string(size * 3 / 4, 'k'), {}).text},
      {"wrapped", base64(std::string(size / 2, 'k'), {false, true, false, 76, "\n"}).text},
      {"hex", hex(std::string(size / 2, 'k') + "z", false).text},
      {"percent", percent(std::string(size / 20, 'k'), true).text},
  };
  for (const auto& [name, text] : sources) {
    INFO(name);
    const Expansion copy = expand(text);
    CHECK(copy.text.size() <= text.size() + 1);
    const Expansion cut = expand_cut(text, random, 1 << 20);
    CHECK(copy.text == cut.text);
    CHECK(copy.pieces.size() == cut.pieces.size());
  }
  CHECK(expand(std::string(size, '\0')).text.empty());
  CHECK(expand(std::string(size, 'A')).text.empty());
}

TEST_CASE("The end of a source ends its last line") {
  for (std::size_t behind = 8; behind < 300; ++behind) {
    const std::string value(behind, 'v');
    const std::string kept = value.substr(0, 256);  // what is copied behind a reason
    CHECK(expand("key%3D" + value).text == "key=" + kept);
    CHECK(expand("key%3D" + value + "\n").text == "key=" + kept);
  }
}

TEST_CASE("What is decoded does not depend on a line end behind it") {
  for (const std::string source :
       {R"(\u0041bcdefgh)", "mark%5f00000000", R"({"key":"mark\u005f0000000a"})", "a=1&b=%3Aabcdefgh12"}) {
    CAPTURE(source);
    const std::string copy = expand(source + "\n").text;
    CHECK_FALSE(copy.empty());
    CHECK(expand(source).text == copy.substr(0, copy.find_last_not_of('\n') + 1));
  }
}

TEST_CASE("What is decoded, and what stands around it: tests/cases/expand") {
  // A file has cases behind lines "== name"; "=>" stands between the source and its copy.
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(STAUNCH_SOURCE_DIR "/tests/cases/expand")) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string line, name, source, copy;
    std::string* part = nullptr;
    const auto check = [&] {
      if (part == nullptr) return;
      INFO(entry.path().filename().string() << ": " << name);
      REQUIRE(part == &copy);
      CHECK(expand(source).text == copy.substr(0, copy.find_last_not_of('\n') + 1));
      ++cases;
    };
    while (std::getline(file, line)) {
      if (line.starts_with("== ")) {
        check();
        name = line.substr(3), source.clear(), copy.clear(), part = &source;
      } else if (line == "=>") {
        part = &copy;
      } else if (part != nullptr) {
        *part += line + "\n";
      }
    }
    check();
  }
  CHECK(cases > 10);
}
