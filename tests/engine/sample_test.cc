// The catalogue against itself: what the provider says a credential looks like (`format`) must be found by the rule's
// regex in every sample, come out as the secret, pass entropy, allowlists and check; decoys must not be found.
//
// The matcher here is plain RE2 over the whole text, written apart from the engine.
#include <catch2/catch.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "engine/check.h"
#include "engine/needle.h"
#include "engine/sample.h"
#include "rules/reader.h"

using namespace staunch;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return text;
}

double entropy(const std::string& text) {
  std::map<char, int> counts;
  for (const char c : text) ++counts[c];
  double bits = 0;
  for (const auto& [c, count] : counts) {
    const double share = count / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

Catalogue read_all() {
  Catalogue catalogue;
  for (const auto& entry : std::filesystem::directory_iterator(STAUNCH_SOURCE_DIR "/rules/providers")) {
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    RuleFile file = read_provider_file(text.str(), entry.path().filename().string());
    for (const Diagnostic& diagnostic : file.diagnostics) FAIL_CHECK(to_string(diagnostic));
    for (Rule& rule : file.catalogue.rules) catalogue.rules.push_back(std::move(rule));
    for (Provider& provider : file.catalogue.providers) catalogue.providers.push_back(std::move(provider));
  }
  std::sort(catalogue.rules.begin(), catalogue.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return catalogue;
}

const Catalogue& catalogue() {
  static const Catalogue all = read_all();
  return all;
}

std::unique_ptr<RE2> compile(const std::string& regex) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(64 << 20);  // with less, the largest rule is matched slowly, and RE2 says so each time
  auto compiled = std::make_unique<RE2>(regex, options);
  INFO(regex);
  REQUIRE(compiled->ok());
  return compiled;
}

bool allowed(const Allowlist& list, const std::string& secret, const std::string& match, const std::string& line) {
  const bool whole_line = list.target == AllowTarget::line;
  const std::string& text = whole_line ? line : list.target == AllowTarget::match ? match : secret;
  for (const std::string& regex : list.regexes)
    if (RE2::PartialMatch(text, *compile(regex))) return true;
  return std::any_of(list.stopwords.begin(), list.stopwords.end(),
                     [&](const std::string& word) { return lower(secret).find(lower(word)) != std::string::npos; });
}

// Every secret that `rule` finds in `text`.
std::vector<std::string> find(const Rule& rule, const RE2& regex, const std::string& text) {
  std::vector<std::string> secrets;
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(regex.NumberOfCapturingGroups()) + 1);
  std::size_t at = 0;
  const int wanted = static_cast<int>(groups.size());
  while (at <= text.size() && regex.Match(text, at, text.size(), RE2::UNANCHORED, groups.data(), wanted)) {
    at = std::max(at + 1, static_cast<std::size_t>(groups[0].data() - text.data()) + groups[0].size());
    re2::StringPiece group = groups[rule.secret_group];
    for (std::size_t i = 1; rule.secret_group == 0 && i < groups.size(); ++i)
      if (!groups[i].empty()) {
        group = groups[i];
        break;
      }
    const std::string secret(group), match(groups[0]);
    bool drop = rule.entropy > 0 && entropy(secret) <= rule.entropy;
    for (const Allowlist& list : rule.allowlists) drop = drop || allowed(list, secret, match, text);
    const bool failed = run_check(rule.check, secret).outcome == CheckOutcome::failed;
    drop = drop || (failed && rule.check.on_fail == OnFail::drop);
    if (!drop) secrets.push_back(secret);
  }
  return secrets;
}

}  // namespace

TEST_CASE("catalogue: it is whole and free of mistakes", "[catalogue]") {
  CHECK(catalogue().rules.size() >= 80);
  for (const Diagnostic& diagnostic : check_catalogue(catalogue())) FAIL_CHECK(to_string(diagnostic));
  for (const Rule& rule : catalogue().rules) {
    INFO(rule.id);
    CHECK_FALSE(rule.source.empty());
    CHECK(rule.proof != Proof::unstated);
    if (rule.regex.empty()) continue;  // a file that is known by its name has no credential to show
    CHECK(rule.samples.size() >= 2);
    CHECK_FALSE(rule.decoys.empty());
    // One that is looked for by no needle would otherwise run over every item.
    const auto syntax = Syntax::parse(rule.regex, encoding_of(rule.regex));
    CHECK((!rule.keywords.empty() || (syntax && choose_anchors(*syntax))));
    if (!rule.check.kind.empty()) CHECK(std::count(check_kinds().begin(), check_kinds().end(), rule.check.kind) == 1);
    if (!rule.format.check.empty()) CHECK(rule.format.check == rule.check.kind);
    if (rule.format.template_.empty())
      CHECK(std::count(alphabets().begin(), alphabets().end(), rule.format.alphabet) == 1);
  }
}

TEST_CASE("catalogue: generated credentials are found in every sample and pass their check", "[catalogue]") {
  constexpr std::uint64_t kSeeds = 40;
  for (const Rule& rule : catalogue().rules) {
    if (rule.regex.empty()) continue;
    const auto regex = compile(rule.regex);
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const std::optional<std::string> secret = generate_form(rule, seed);
      INFO(rule.id << " seed " << seed);
      REQUIRE(secret);
      CHECK(run_check(rule.check, *secret).outcome != CheckOutcome::failed);
      for (const std::string& sample : generate_samples(rule, seed)) {
        const std::vector<std::string> found = find(rule, *regex, sample);
        INFO(sample);
        CHECK(std::count(found.begin(), found.end(), *secret) == 1);
        CHECK((rule.keywords.empty() ||
               std::any_of(rule.keywords.begin(), rule.keywords.end(),
                           [&](const std::string& word) { return lower(sample).find(word) != std::string::npos; })));
      }
    }
  }
}

TEST_CASE("catalogue: decoys are not found, and neither is a credential that goes on", "[catalogue]") {
  for (const Rule& rule : catalogue().rules) {
    if (rule.regex.empty()) continue;
    const auto regex = compile(rule.regex);
    for (const std::string& decoy : rule.decoys) {
      if (rule.scored) continue;  // `staunch rules test` asks the scorer, too
      INFO(rule.id << ": " << decoy);
      CHECK(find(rule, *regex, decoy).empty());
    }
    // Whoever adds characters of the same kind to a fixed-length credential gets no match that was cut off.
    INFO(rule.id);
    const std::string secret = *generate_secret(rule, 1);
    for (const std::string& found : find(rule, *regex, "x = " + secret + secret.substr(secret.size() / 2) + "\n"))
      CHECK((found.size() >= secret.size() || secret.find(found) == std::string::npos));
  }
}

TEST_CASE("sample: the same seed gives the same credential, another seed another one") {
  for (const Rule& rule : catalogue().rules) {
    if (rule.regex.empty()) continue;
    std::set<std::string> distinct;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const auto secret = generate_secret(rule, seed);
      CHECK(secret == generate_secret(rule, seed));
      distinct.insert(secret.value_or(""));
    }
    INFO(rule.id);
    CHECK(distinct.size() == 20);
  }
}

TEST_CASE("sample: templates") {
  Rule rule;
  rule.id = "t";
  CHECK_FALSE(generate_secret(rule, 1));
  rule.format.template_ = "a{digit:3}b{\"k\":1}{unknown:3}{hex:x}";
  CHECK(RE2::FullMatch(*generate_secret(rule, 1), R"(a[0-9]{3}b\{"k":1\}\{unknown:3\}\{hex:x\})"));
  rule.format.template_ = "p_{base64<{\"n\":\"{digit:1}\"}>}_{base32<v4>}";
  CHECK(RE2::FullMatch(*generate_secret(rule, 1), "p_eyJuIjoi[A-Za-z0-9]+_OY2A"));
}

TEST_CASE("sample: every other seed makes one of the other forms, each in its turn") {
  Rule rule;
  rule.id = "t";
  rule.format.template_ = "new_{digit:8}";
  rule.format.forms = {"old_{digit:6}", "test_{digit:6}"};
  std::map<char, int> made;  // by its first letter
  for (std::uint64_t seed = 0; seed < 8; ++seed) ++made[generate_form(rule, seed)->front()];
  CHECK(made == std::map<char, int>{{'n', 4}, {'o', 2}, {'t', 2}});
  CHECK(generate_secret(rule, 1)->front() == 'n');
}
