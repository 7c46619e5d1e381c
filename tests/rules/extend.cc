// `[extend]` as gitleaks has it, and what is ours in it.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "rules/reader.h"

namespace staunch {
namespace {

using Words = std::vector<std::string>;

Catalogue user(const std::string& text) {
  RuleFile file = read_configuration(text, "user.toml", Trust::user);
  REQUIRE_FALSE(has_errors(file.diagnostics));
  return std::move(file.catalogue);
}

Catalogue base() {
  RuleFile file = read_provider_file(R"(
[provider]
id = "acme"
name = "Acme"

[[rules]]
id = "acme-token"
description = "Acme token"
regex = '(acme_)([a-z]+)'
keywords = ["acme_"]
entropy = 3.0
tags = ["cloud"]
severity = "critical"
confidence = "high"
check = { kind = "crc32-base62", on_fail = "drop" }
format = { prefix = "acme_", alphabet = "lower", length = 10 }
proof = "vendor"
samples = ["{secret}"]
aliases = ["acme-pat"]
skipReport = true

[[rules.required]]
id = "acme-id"

[[rules]]
id = "acme-id"
regex = "id"

[[rules]]
id = "acme-zone"
regex = "zone"

[[verify]]
rules = ["acme-token", "acme-id"]
request = { method = "GET", url = "https://acme.example" }
live = [{ status = 200 }]

[[revoke]]
rules = ["acme-token"]
class = "console"
instruction = "Delete it"
)",
                                     "acme.toml");
  REQUIRE(file.diagnostics.empty());
  return std::move(file.catalogue);
}

const Rule& rule(const Catalogue& catalogue, const std::string& id) {
  for (const Rule& one : catalogue.rules)
    if (one.id == id) return one;
  FAIL("no rule " << id);
  return catalogue.rules.front();
}

}  // namespace

TEST_CASE("extending keeps what it does not say", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const Catalogue all = extend_catalogue(base(), user(R"(
[[rules]]
id = "acme-token"
keywords = ["acme-", "acme_"]
tags = ["mine"]
[[rules.allowlists]]
stopwords = ["test"]
[[rules.required]]
id = "acme-zone"
)"),
                                         {}, said);
  CHECK(said.empty());
  CHECK(check_catalogue(all).empty());
  const Rule& token = rule(all, "acme-token");
  CHECK(token.description == "Acme token");
  CHECK(token.regex == "(acme_)([a-z]+)");
  CHECK(token.entropy == 3.0);
  CHECK(token.severity == Severity::critical);
  CHECK(token.confidence == Confidence::high);
  CHECK(token.check.kind == "crc32-base62");
  CHECK(token.provider == "acme");
  CHECK(token.keywords == Words{"acme_", "acme-"});
  CHECK(token.tags == Words{"cloud", "mine"});
  CHECK(token.allowlists.size() == 1);
  CHECK(token.skip_report);
  REQUIRE(token.required.size() == 1);
  CHECK(token.required[0].id == "acme-id");
}

TEST_CASE("extending wins where it says something", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const Catalogue all = extend_catalogue(base(), user(R"(
[[rules]]
id = "acme-token"
description = "ours"
path = "x"
secretGroup = 2
entropy = 4.5
severity = "high"
confidence = "medium"
skipReport = false
)"),
                                         {}, said);
  const Rule& token = rule(all, "acme-token");
  CHECK(token.description == "ours");
  CHECK(token.path == "x");
  CHECK(token.secret_group == 2);
  CHECK(token.entropy == 4.5);
  CHECK(token.severity == Severity::high);
  CHECK(token.confidence == Confidence::medium);
  CHECK(token.skip_report);
  CHECK(said.empty());
}

TEST_CASE("a replaced regex is another format and leaves its provider", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const Catalogue all = extend_catalogue(base(), user("[[rules]]\nid='acme-token'\nregex='anything'\n"), {}, said);
  const Rule& token = rule(all, "acme-token");
  CHECK(token.regex == "anything");
  CHECK(token.check.kind.empty());
  CHECK(token.format.alphabet.empty());
  CHECK(token.proof == Proof::unstated);
  CHECK(token.samples.empty());
  CHECK(token.provider.empty());
  CHECK(token.place.file == "user.toml");
  REQUIRE(all.providers.size() == 1);
  REQUIRE(all.providers[0].verify.size() == 1);
  CHECK(all.providers[0].verify[0].rules == Words{"acme-id"});
  CHECK(all.providers[0].revoke.empty());  // not a list for every rule of the provider
  REQUIRE(said.size() == 1);
  CHECK(to_string(said[0]).starts_with("user.toml:1:1: warning: the regex of rule 'acme-token' is replaced"));
}

TEST_CASE("the same regex again is no replacement", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const Catalogue all =
      extend_catalogue(base(), user("[[rules]]\nid='acme-token'\nregex='(acme_)([a-z]+)'\n"), {}, said);
  CHECK(said.empty());
  CHECK(rule(all, "acme-token").provider == "acme");
  CHECK(rule(all, "acme-token").check.kind == "crc32-base62");
}

TEST_CASE("disabled rules leave, new ones come, all sorted", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const Catalogue all = extend_catalogue(base(), user(R"(
[[rules]]
id = "a-first"
regex = "a"
[[rules]]
id = "zz-last"
regex = "z"
[[allowlists]]
paths = ["x"]
)"),
                                         {"acme-zone", "acme-tokn", "nothing-like-it"}, said);
  Words ids;
  for (const Rule& one : all.rules) ids.push_back(one.id);
  CHECK(ids == Words{"a-first", "acme-id", "acme-token", "zz-last"});
  CHECK(all.allowlists.size() == 1);
  REQUIRE(said.size() == 2);
  CHECK(to_string(said[0]) == "warning: disabled rule 'acme-tokn' does not exist (did you mean 'acme-token'?)");
  CHECK(to_string(said[1]) == "warning: disabled rule 'nothing-like-it' does not exist");
}

TEST_CASE("former ids are understood", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const std::string text =
      "[[rules]]\nid='acme-pat'\nentropy=5\n[[allowlists]]\ntargetRules=['acme-pat']\npaths=['x']\n";
  const Catalogue all = extend_catalogue(base(), user(text), {}, said);
  CHECK(rule(all, "acme-token").entropy == 5.0);
  CHECK(all.allowlists.at(0).target_rules == Words{"acme-token"});
  CHECK(check_catalogue(all).empty());

  const Catalogue less = extend_catalogue(base(), user("title='x'\n"), {"acme-pat"}, said);
  CHECK(less.rules.size() == 2);
  CHECK(said.empty());
}

TEST_CASE("a second extending rule of one id is one too many", "[rules][extend]") {
  std::vector<Diagnostic> said;
  const std::string text = "[[rules]]\nid='acme-id'\nentropy=1\n[[rules]]\nid='acme-id'\nregex='y'\n";
  const Catalogue all = extend_catalogue(base(), user(text), {}, said);
  const std::vector<Diagnostic> found = check_catalogue(all);
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "two rules have the id 'acme-id'");
}

TEST_CASE("check_catalogue doubts catalogues that no reader made", "[rules]") {
  Catalogue catalogue;
  Rule bad;
  bad.id = "bad";
  bad.regex = "x";
  bad.entropy = 9;
  bad.provider = "nobody";
  bad.allowlists.emplace_back();
  catalogue.rules.push_back(bad);
  catalogue.providers.resize(2);
  Words said;
  for (const Diagnostic& one : check_catalogue(catalogue)) said.push_back(one.message);
  CHECK(said == Words{"the entropy of rule 'bad' must be between 0 and 8",
                      "an allowlist needs commits, paths, regexes or stopwords", "two providers have the id ''",
                      "rule 'bad' is of provider 'nobody', which does not exist"});
}

}  // namespace staunch
