// Lines that are passed over because their escapes hide nothing, against scan_message, which looks behind each line:
// what it finds in a line alone, scan_lines finds in the block.
#include "engine/escaped_lines.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "engine/database.h"
#include "engine/message.h"
#include "engine/scan.h"
#include "tests/support/encoders.h"

namespace {

using namespace staunch;
using Random = std::mt19937;
using Found = std::tuple<std::uint64_t, std::uint64_t, std::uint32_t>;

// Needles with quotes, brackets and slashes at their beginning, middle and end, and plain ones.
std::shared_ptr<const Database> rules(bool without_needle) {
  Catalogue catalogue;
  const auto add = [&](const char* id, const char* regex, const char* keyword) {
    Rule rule;
    rule.id = id;
    rule.regex = regex;
    if (*keyword != '\0') rule.keywords = {keyword};
    rule.confidence = Confidence::high;
    catalogue.rules.push_back(rule);
  };
  add("mark", R"(mark_([0-9a-f]{8}))", "mark_");
  add("quoted", R"x("token"\s?:\s?"([0-9a-f]{8})")x", "\"token\"");
  add("tag", R"(<key>([0-9a-f]{8})</key>)", "<key>");
  add("path", R"(svc/hook/([0-9a-f]{8}))", "svc/hook/");
  add("attribute", R"(password="([0-9a-f]{8}))", "password=\"");
  add("joined", R"(join_([0-9a-f]{4}<[0-9a-f]{3}))", "join_");
  add("nested", R"x("><i>([0-9a-f]{8}))x", "\"><i>");
  if (without_needle) add("digits", R"(\b([0-9]{3}"[0-9]{3})\b)", "");
  std::vector<Diagnostic> diagnostics;
  auto compiled = Database::compile(std::move(catalogue), diagnostics);
  REQUIRE(compiled.ok());
  return *compiled;
}

std::string escaped(char c, unsigned how) {
  const std::string hex = test::hex_of(static_cast<unsigned char>(c), 2, false);
  switch (how) {
    case 0: return "\\u00" + hex;
    case 1: return "\\x" + hex;
    case 2: return "%" + hex;
    case 3: return "&#x" + hex + ";";
    case 4: return "\\\\u00" + hex;
    case 5: return c == '"' || c == '\'' || c == '/' ? std::string("\\") + c : std::string(1, c);
    case 6: return c == '"' ? "&quot;" : c == '<' ? "&lt;" : std::string(1, c);
    default: return c == '"' ? "\\\\\\\"" : std::string(1, c);
  }
}

// As JSON, addresses and HTML have them: some bytes escaped, few or many of them, mostly those that must be.
std::string disguised(const std::string& text, Random& random) {
  const unsigned how = static_cast<unsigned>(random() % 8), often = static_cast<unsigned>(random() % 3);
  const bool markup = random() % 2 == 0;  // that alone, as writers of JSON do
  std::string out;
  for (const char c : text) {
    if (markup && (c == '"' || c == '<' || c == '>')) {
      out += escaped(c, c == '"' ? 5 : 0);
      continue;
    }
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    const bool escapes = markup ? false : word ? often == 2 && random() % 12 == 0 : often > 0 || random() % 2 == 0;
    out += escapes ? escaped(c, random() % 4 == 0 ? static_cast<unsigned>(random() % 8) : how) : std::string(1, c);
  }
  return out;
}

std::string some_line(Random& random) {
  const std::string hex = test::hex_of(static_cast<unsigned>(random()), 8, false);
  const auto secret = [&]() -> std::string {
    switch (random() % 9) {
      case 0: return "mark_" + hex;
      case 1: return "{\"token\":\"" + hex + "\"}";
      case 2: return "<key>" + hex + "</key>";
      case 3: return "https://a/svc/hook/" + hex;
      case 4: return "<user password=\"" + hex + "\">";
      case 5: return test::base64("some text and mark_" + hex + " in it", {}).text;
      case 6: return "join_" + hex.substr(0, 4) + "<" + hex.substr(5);
      case 7: return "<b class=\"x\"><i>" + hex;
      default: return "123\"456";
    }
  };
  static const std::vector<std::string> noise = {"\\\"GET /index.html HTTP/1.1\\\" 200",
                                                 "a\\nb\\tc",
                                                 "\\u00e9t\\u00e9",
                                                 "100%",
                                                 "a=b&c=d",
                                                 "\\\\server\\\\share",
                                                 "token",
                                                 "\\\"token",
                                                 "key>\\u003c",
                                                 "password=",
                                                 "%20%41",
                                                 "\\",
                                                 "R\\u0026D",
                                                 "\\u4e2d\\u6587",
                                                 "svc\\/hook"};
  std::string line = "{\"log\": \"";
  for (auto left = random() % 5; left > 0; --left) line += noise[random() % noise.size()] + (random() % 2 ? " " : "");
  if (random() % 3 == 0) {
    std::string text = secret();
    for (auto times = random() % 3; times > 0; --times) text = disguised(text, random);
    line += text;
  }
  if (random() % 20 == 0) line += std::string("\0x\0\\\"", 5);
  return line + (random() % 2 ? " end\"}" : "");
}

std::vector<Found> found_in(const std::vector<Occurrence>& occurrences, std::uint64_t begin, std::uint64_t end) {
  std::vector<Found> found;
  for (const Occurrence& o : occurrences)
    if (o.offset >= begin && o.offset < end) found.emplace_back(o.offset - begin, o.length, o.rule);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

TEST_CASE("what a line hides is found however its escapes look", "[message]") {
  Random random(7);
  std::size_t hidden = 0, all = 0;
  for (const bool without_needle : {false, true}) {
    Scanner scanner(rules(without_needle), {});
    Scanner::Lease lease = scanner.lease();
    for (int round = 0; round < 200; ++round) {
      std::vector<std::string> lines;
      std::string block;
      for (int i = 0; i < 100; ++i) block += lines.emplace_back(some_line(random)) + "\n";
      const auto in_block = scan_lines(scanner, lease, block, 0);
      std::uint64_t begin = 0;
      for (const std::string& line : lines) {
        const auto alone = scan_message(scanner, lease, line);
        for (const Occurrence& o : alone) hidden += o.decoded.empty() ? 0 : 1;
        all += alone.size();
        const auto wanted = found_in(alone, 0, line.size());
        const auto found = found_in(in_block, begin, begin + line.size());
        CAPTURE(line);
        REQUIRE(std::includes(found.begin(), found.end(), wanted.begin(), wanted.end()));
        begin += line.size() + 1;
      }
    }
  }
  CHECK(hidden > 2500);
  CHECK(all > hidden + 500);
}

TEST_CASE("lines with quotes and newlines in them are not decoded", "[message]") {
  NeedleBytes needles;
  for (const char* needle : {"\"token\"", "ghp_", "password=\""}) needles.add(needle);
  const std::string text =
      "{\"log\": \"\\\"GET / HTTP/1.1\\\" 200\\nMozilla \\u003ca\\u003e\"}\n"  // nothing
      "{\"log\": \"{\\\"token\\\": 1}\"}\n"                                    // a needle made of escapes
      "{\"log\": \"caf\\u00e9 \\u0067hp\"}\n"                                  // a letter
      "{\"log\": \"password=\\\"\"}\n"                                         // its last byte
      "{\"log\": \"plain\"}\n";
  std::vector<std::string> chosen;
  for (const Span& line : lines_to_decode(text, 0, needles, {text.size() - 3}))
    chosen.push_back(text.substr(line.begin, line.end - line.begin));
  REQUIRE(chosen.size() == 3);
  CHECK(chosen[0].find("token") != std::string::npos);
  CHECK(chosen[1].find("caf") != std::string::npos);
  CHECK(chosen[2].find("password") != std::string::npos);
}
