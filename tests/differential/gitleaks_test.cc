// The engine's rules against the Go oracle's: gates, matches, secrets, entropy, paths and allowlists.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <random>

#include "engine/builtin.h"
#include "engine/confirm.h"
#include "engine/match.h"
#include "engine/sample.h"
#include "engine/scan.h"
#include "tests/differential/build.h"
#include "tests/differential/gitleaks_oracle.h"
#include "tests/differential/texts.h"

namespace {

using namespace staunch;
using namespace staunch::test;

// What the engine finds in a content before it weighs rules against each other.
std::vector<Verdict> engine_verdicts(const std::shared_ptr<const Database>& database, std::uint32_t content,
                                     const std::string& path, const std::string& text) {
  const Database::Parts& parts = database->parts();
  std::vector<Verdict> out;
  std::vector<RawMatch> raw;
  Worker worker(parts);
  Matcher matcher(parts, worker);
  matcher.feed(text, 0, true, raw);
  for (const RawMatch& match : raw) {
    if (!matcher.gate_open(match.rule)) continue;
    auto confirmed = confirm(parts, match, secrets_of(parts, match, {text, 0}).front(), {text, 0});
    if (!confirmed || !take_path(parts, *confirmed, path)) continue;
    const Occurrence& o = confirmed->occurrence;
    out.push_back({content, match.rule, static_cast<std::int64_t>(match.begin), std::string(o.match.reveal()),
                   std::string(o.secret.reveal()), o.entropy});
  }
  // Path-only rules are not weighed: they come out of the Scanner as they are.
  Scanner scanner(database, {});
  auto lease = scanner.lease();
  for (const Occurrence& o : scanner.scan(lease, text, path).occurrences)
    if (database->catalogue().rules[o.rule].regex.empty())
      out.push_back({content, o.rule, -1, std::string(o.match.reveal()), {}, 0});
  std::sort(out.begin(), out.end(),
            [](const Verdict& a, const Verdict& b) { return std::tie(a.rule, a.begin) < std::tie(b.rule, b.begin); });
  return out;
}

struct Text {
  std::string path, text;
};

// Runs both over every content; returns how much they found.
std::size_t same_verdicts(const std::vector<std::pair<Catalogue, std::vector<Text>>>& sets) {
  GitleaksOracle oracle;
  std::vector<Verdict> actual;
  std::vector<const Catalogue*> catalogues;
  std::vector<const Text*> contents;
  for (const auto& [catalogue, texts] : sets) {
    oracle.add_rules(catalogue);
    const auto database = compiled(catalogue);
    for (const Text& content : texts) {
      const auto number = static_cast<std::uint32_t>(contents.size());
      oracle.add_content(content.path, content.text);
      for (Verdict& v : engine_verdicts(database, number, content.path, content.text)) actual.push_back(std::move(v));
      catalogues.push_back(&catalogue);
      contents.push_back(&content);
    }
  }
  const std::vector<Verdict> expected = oracle.run();
  for (std::size_t i = 0; i < std::max(expected.size(), actual.size()); ++i) {
    if (i < expected.size() && i < actual.size() && expected[i] == actual[i]) continue;
    const Verdict& v = i < expected.size() ? expected[i] : actual[i];
    CAPTURE(catalogues[v.content]->rules[v.rule].regex, contents[v.content]->path, contents[v.content]->text);
    CAPTURE(i < expected.size() ? to_string(expected[i]) : "nothing");
    CAPTURE(i < actual.size() ? to_string(actual[i]) : "nothing");
    FAIL("the Go oracle (first) and the engine (second) find different things");
  }
  return expected.size();
}

template <typename T>
const T& one_of(std::mt19937& random, const std::vector<T>& list) {
  return list[random() % list.size()];
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Go reads text as UTF-8 and so do we only where a pattern says so: both read ASCII alike.
const std::vector<std::string>& ascii_regexes() {
  static const std::vector<std::string> pool = [] {
    std::vector<std::string> out;
    for (const std::string& regex : regex_pool())
      if (is_ascii(regex) && regex.find("\\x80") == std::string::npos) out.push_back(regex);
    for (const char* more :
         {R"(\n(?:key|token)=(\w+)\n)", R"((key)?(?:=)([a-z]*)([0-9]*))", R"(a(p)i|s(e)cret|(acme)\s)",
          R"((?i)token[^\n]{0,40}\n[^\n]{0,20}\n)", R"(\bsecret\b(?:\s+(\w+))?)",
          R"((a)(p)(i)(_|-)(k)(e)(y)(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(=)?(\w+)?)",
          R"(api(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?(q)?.(key))"})
      out.emplace_back(more);
    return out;
  }();
  return pool;
}

const std::vector<std::string> kPaths = {"", "main.go", "src/keys/id_rsa", "test/data/a.env", "vendor/x/y.min.js"};
const std::vector<std::string> kPathRegexes = {R"(\.env$)",           "^test/",  "(?i)RSA",
                                               "vendor|node_modules", R"(\.go)", "keys/"};
const std::vector<std::string> kAllowRegexes = {"(?i)ABC", R"(\Qkey=)", R"(\Q.)", "^[a-z]+$", "[0-9]{2}", "=",
                                                "key",     "x$",        "A",      R"(^\W)",   "live"};
const std::vector<std::string> kWords = {"abc", "KEY", "a", "q7", "zz", "=", "Live", "needle"};
const std::vector<std::string> kKeywords = {"ghp_", "Token", "key", "zz9", "secret", "AKIA", "@host", "nowhere", "eyj"};

Allowlist random_allowlist(std::mt19937& random) {
  Allowlist list;
  list.all = random() % 3 == 0;
  list.target = static_cast<AllowTarget>(random() % 3);
  if (random() % 12 == 0) list.commits = {std::string(40, 'a')};
  if (random() % 3 == 0) list.paths.push_back(one_of(random, kPathRegexes));
  for (auto n = random() % 3; n > 0; --n) list.regexes.push_back(one_of(random, kAllowRegexes));
  for (auto n = random() % 3; n > 0; --n) list.stopwords.push_back(one_of(random, kWords));
  if (list.commits.empty() && list.paths.empty() && list.regexes.empty() && list.stopwords.empty())
    return random_allowlist(random);  // the reader refuses an empty one
  return list;
}

Rule random_rule(std::mt19937& random, std::size_t number) {
  Rule rule;
  rule.id = "r" + std::to_string(number);
  if (random() % 8 == 0) rule.path = one_of(random, kPathRegexes);
  if (rule.path.empty() || random() % 2 == 0) {
    rule.regex = one_of(random, ascii_regexes());
    for (auto n = random() % 3; n > 0; --n) rule.keywords.push_back(one_of(random, kKeywords));
    const auto groups = static_cast<unsigned>(RE2(rule.regex).NumberOfCapturingGroups());
    if (random() % 3 == 0) rule.secret_group = static_cast<std::uint32_t>(random() % (groups + 1));
    if (random() % 3 == 0) rule.entropy = static_cast<double>(random() % 8) / 2;
  }
  if (random() % 3 == 0) rule.allowlists.push_back(random_allowlist(random));
  return rule;
}

Catalogue random_gitleaks_rules(std::mt19937& random) {
  Catalogue catalogue;
  for (std::size_t i = 1 + random() % 12; i > 0; --i)
    catalogue.rules.push_back(random_rule(random, catalogue.rules.size()));
  if (random() % 3 == 0) {
    Allowlist list = random_allowlist(random);
    if (random() % 2 == 0) list.target_rules = {"r0", "r2"};
    catalogue.allowlists.push_back(list);
  }
  return catalogue;
}

std::string ascii(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) >= 0x80) c = 'u';
  return text;
}

}  // namespace

TEST_CASE("random rules mean what they mean to gitleaks") {
  std::mt19937 random(seed(21));
  std::vector<std::pair<Catalogue, std::vector<Text>>> sets;
  for (int round = 0; round < rounds(400); ++round) {
    auto& [catalogue, contents] = sets.emplace_back(random_gitleaks_rules(random), std::vector<Text>{});
    for (int i = 0; i < 8; ++i)
      contents.push_back({one_of(random, kPaths), ascii(random_text(random, random() % 250))});
  }
  REQUIRE(same_verdicts(sets) > static_cast<std::size_t>(rounds(10'000)));
}

TEST_CASE("the built-in rules mean what they mean to gitleaks", "[catalogue]") {
  auto catalogue = builtin_catalogue();
  REQUIRE(catalogue);
  // gitleaks knows no offline checks and no scores: what they drop is not compared. It tells one secret of a match.
  for (Rule& rule : catalogue->rules) {
    rule.every_group = false;
    rule.check = {};
    rule.scored = false;
  }
  std::mt19937 random(seed(22));
  std::vector<Text> contents;
  std::string mixed;
  for (std::size_t i = 0; i < catalogue->rules.size(); ++i) {
    const Rule& rule = catalogue->rules[i];
    for (const std::string& sample : generate_samples(rule, random())) {
      contents.push_back({one_of(random, kPaths), ascii(sample)});
      mixed += ascii(sample) + (random() % 2 == 0 ? "\n" : " ") + ascii(random_text(random, random() % 20));
    }
    for (const std::string& decoy : rule.decoys) mixed += ascii(decoy) + "\n";
    if (i % 10 == 9 || i + 1 == catalogue->rules.size())
      contents.push_back({one_of(random, kPaths), std::exchange(mixed, "")});
  }
  const std::size_t rules = catalogue->rules.size();
  REQUIRE(same_verdicts({{std::move(*catalogue), std::move(contents)}}) > rules);
}
