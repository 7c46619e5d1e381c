// Where a credential ends and begins: every rule that is built in finds its credential whatever follows that cannot
// belong to it, and whatever stands before it.
//
// Access logs are made of `&`, source of quotes and brackets, JSON of escapes, terminals of colours. The bytes are put
// directly behind the generated credential, in the rule's own first sample; in front only where the rule needs no
// context of its own.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/builtin.h"
#include "engine/sample.h"
#include "engine/scan.h"

using namespace staunch;

namespace {

constexpr std::string_view kNul("\0", 1), kClosingQuote = "\xe2\x80\x9d", kOpeningQuote = "\xe2\x80\x9c";

constexpr std::string_view kAfter[] = {
    "&",       "&b=1", ",",   ", ",  ")",  ");",   "]",   "}", ">",  "<",     "</a>",   ";",       "|",
    "?x",      "#c",   "$",   "*",   "!",  "\"",   "\",", "'", "`",  "\\",    "\\n",    "\\\"",    "\\u0026",
    "\\u0022", "%26b", "%22", "%0A", "\n", "\r\n", "\t",  " ", kNul, "&amp;", "&quot;", "\x1b[0m", kClosingQuote};

constexpr std::string_view kBefore[] = {
    "=",   "&k=",  "?k=",     "\"",      "'",     "`",   "(",      "[",       "{",          "<",
    ">",   ",",    ":",       ";",       "|",     "@",   "!",      "#",       "$",          "*",
    "\n",  "\r\n", "\t",      " ",       "%3D",   "%22", "%0A",    "%20",     "\\n",        "\\t",
    "\\r", "\\\"", "\\u0022", "\\u003d", "\\x22", kNul,  "&quot;", "\x1b[0m", "\x1b[1;32m", kOpeningQuote};

const Database& builtin() {
  static const std::shared_ptr<const Database> database = *builtin_database();
  return *database;
}

class Finder {
 public:
  Finder() : scanner_(*builtin_database(), {}) {}

  // Whether the rule finds all of what stands at text[at], be it behind an encoding.
  bool finds(std::size_t rule, const std::string& text, std::size_t at, std::size_t size) {
    Scanner::Lease lease = scanner_.lease();
    const ItemReport report = scanner_.scan(lease, text, {});
    return std::any_of(report.occurrences.begin(), report.occurrences.end(), [&](const Occurrence& found) {
      return found.rule == rule && found.offset <= at && at + size <= found.offset + found.length;
    });
  }

 private:
  Scanner scanner_;
};

std::string printable(std::string_view edge) {
  std::string text;
  for (const char c : edge)
    text += c > ' ' && c <= '~' ? std::string(1, c) : "<" + std::to_string(static_cast<unsigned char>(c)) + ">";
  return text;
}

// Rules that need other files, other findings or a certain path are tested elsewhere.
bool stands_alone(const Rule& rule) {
  const bool made = !rule.samples.empty() && rule.samples.front().find("{secret}") != std::string::npos;
  return made && generate_secret(rule, 1) && rule.path.empty() && rule.required.empty() && !rule.skip_report;
}

// Commands and settings of which the line's end alone ends the value.
bool ends_with_line(const Rule& rule) {
  static constexpr std::string_view kIds[] = {"cisco-password", "s3cfg-secret-key"};
  return std::find(std::begin(kIds), std::end(kIds), rule.id) != std::end(kIds);
}

// The first sample up to its credential, and the rest of it where the rule wants to see that too.
struct Frame {
  std::string before, after;
};

Frame frame_of(Finder& finder, std::size_t index, const std::string& secret) {
  const std::string& sample = builtin().catalogue().rules[index].samples.front();
  const std::size_t hole = sample.find("{secret}");
  REQUIRE(hole != std::string::npos);
  Frame frame{sample.substr(0, hole), {}};
  if (!finder.finds(index, frame.before + secret, hole, secret.size())) frame.after = sample.substr(hole + 8);
  return frame;
}

}  // namespace

TEST_CASE("edges: whatever follows a credential, it is found", "[catalogue]") {
  Finder finder;
  const auto& rules = builtin().catalogue().rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].scored || !stands_alone(rules[i])) continue;  // what has no format ends where the scorer says
    const std::string secret = *generate_secret(rules[i], 3);
    const Frame frame = frame_of(finder, i, secret);
    std::string missed;
    const std::string whole = frame.before + secret + frame.after;
    const std::size_t at = frame.before.size();
    if (!finder.finds(i, whole, at, secret.size())) missed += " the end of the text";
    for (const std::string_view edge : kAfter) {
      // A password may hold nearly anything, and what is not text holds no guesses.
      if (rules[i].guessable && edge.find_first_of("\"'\n\t ") != 0) continue;
      if (rules[i].generic && edge == kNul) continue;
      if (ends_with_line(rules[i]) && edge.find('\n') == edge.npos) continue;
      for (const std::string& more : {std::string(), std::string("tail")})
        if (!finder.finds(i, whole + std::string(edge) + more, at, secret.size()))
          missed += " " + printable(edge) + more;
    }
    INFO(rules[i].id << " is not found before" << missed);
    CHECK(missed.empty());
  }
}

TEST_CASE("edges: whatever stands before a credential that needs no context, it is found", "[catalogue]") {
  Finder finder;
  const auto& rules = builtin().catalogue().rules;
  std::size_t tried = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (!stands_alone(rules[i])) continue;
    const std::string secret = *generate_secret(rules[i], 5);
    if (!finder.finds(i, secret, 0, secret.size())) continue;
    ++tried;
    std::string missed;
    for (const std::string_view edge : kBefore)
      for (const std::string& head : {std::string(), std::string("head")})
        if (!finder.finds(i, head + std::string(edge) + secret, head.size() + edge.size(), secret.size()))
          missed += " " + head + printable(edge);
    INFO(rules[i].id << " is not found behind" << missed);
    CHECK(missed.empty());
  }
  CHECK(tried > 100);
}

TEST_CASE("edges: what stands alone on a line or in a log is found") {
  Finder finder;
  const auto& rules = builtin().catalogue().rules;
  const auto index = [&](std::string_view id) {
    const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.id == id; });
    REQUIRE(found != rules.end());
    return static_cast<std::size_t>(found - rules.begin());
  };
  const std::size_t key_id = index("aws-access-key-id"), project = index("openai-project-key"),
                    postgres = index("postgres-password");
  const std::string id = *generate_secret(rules[key_id], 9), key = *generate_secret(rules[project], 9),
                    password = *generate_secret(rules[postgres], 9);
  CHECK(key.size() == 8 + 74 + 8 + 74);
  CHECK(finder.finds(key_id, id, 0, id.size()));
  CHECK(finder.finds(key_id, "created " + id + " for ci\n", 8, id.size()));
  CHECK(finder.finds(project, key + "\n", 0, key.size()));
  CHECK(finder.finds(postgres, "postgres://app:" + password + "@db7.acme.io/app", 15, password.size()));
}
