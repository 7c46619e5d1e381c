// What the readers make of right files, and that hostile text is a message and nothing worse.
#include "rules/reader.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "rules/toml.h"

namespace staunch {
namespace {

std::string case_file(const std::string& name) {
  std::ifstream file(std::string(STAUNCH_SOURCE_DIR) + "/tests/cases/rules/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The one message that `text` earns from both readers.
std::string only_error(const std::string& text) {
  const RuleFile strict = read_provider_file(text, "x.toml");
  const RuleFile lenient = read_configuration(text, "x.toml", Trust::target);
  REQUIRE(strict.diagnostics.size() == 1);
  REQUIRE(lenient.diagnostics.size() == 1);
  CHECK(has_errors(strict.diagnostics));
  CHECK(to_string(strict.diagnostics[0]) == to_string(lenient.diagnostics[0]));
  CHECK(strict.catalogue.rules.empty());
  CHECK(strict.catalogue.providers.empty());
  return to_string(strict.diagnostics[0]);
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("a provider file fills every field", "[rules]") {
  const RuleFile file = read_provider_file(case_file("provider_good.toml"), "acme.toml");
  REQUIRE(file.diagnostics.empty());
  REQUIRE(file.catalogue.rules.size() == 2);
  const Rule& pair = file.catalogue.rules[0];  // sorted by id
  const Rule& token = file.catalogue.rules[1];

  CHECK(token.id == "acme-token");
  CHECK(token.provider == "acme");
  CHECK(token.description == "Acme token");
  CHECK(token.regex == "\\b(acme_[0-9A-Za-z]{36})\\b");
  CHECK(token.path == "\\.env$");
  CHECK(token.keywords == std::vector<std::string>{"acme_"});
  CHECK(token.secret_group == 1);
  CHECK(token.entropy == 3.0);
  CHECK(token.tags == std::vector<std::string>{"cloud"});
  CHECK(token.severity == Severity::critical);
  CHECK(token.confidence == Confidence::high);
  CHECK(token.severity_stated);
  CHECK(token.confidence_stated);
  CHECK(token.check.kind == "crc32-base62");
  CHECK(token.check.prefix == 5);
  CHECK(token.check.on_fail == OnFail::drop);
  CHECK(token.format.prefix == "acme_");
  CHECK(token.format.alphabet == "base62");
  CHECK(token.format.length == 36);
  CHECK(token.format.check == "crc32-base62");
  CHECK(token.source == "https://acme.example/docs");
  CHECK(token.proof == Proof::vendor);
  CHECK(token.aliases == std::vector<std::string>{"acme-pat"});
  CHECK(token.samples == std::vector<std::string>{"token: {secret}"});
  CHECK(token.decoys == std::vector<std::string>{"acme_xxxx"});
  CHECK(token.place.file == "acme.toml");
  CHECK(token.place.line == 6);
  REQUIRE(token.allowlists.size() == 1);
  CHECK(token.allowlists[0].all);
  CHECK(token.allowlists[0].target == AllowTarget::line);
  CHECK(token.allowlists[0].paths == std::vector<std::string>{"^docs/"});
  CHECK(token.allowlists[0].regexes == std::vector<std::string>{"example"});
  CHECK(token.allowlists[0].place.line == 27);

  CHECK(pair.format.template_ == "acme-id {digit:8}");
  CHECK(pair.format.forms == std::vector<std::string>{"acme-no {digit:6}"});
  CHECK(pair.severity == Severity::high);
  CHECK(pair.confidence == Confidence::medium);
  CHECK_FALSE(pair.severity_stated);
  REQUIRE(pair.required.size() == 1);
  CHECK(pair.required[0].id == "acme-token");
  CHECK(pair.required[0].within_lines == 5);
  CHECK(pair.required[0].within_columns == 80);
}

TEST_CASE("a provider file says how to verify and revoke", "[rules]") {
  const RuleFile file = read_provider_file(case_file("provider_good.toml"), "acme.toml");
  REQUIRE(file.catalogue.providers.size() == 1);
  const Provider& acme = file.catalogue.providers[0];
  CHECK(acme.id == "acme");
  CHECK(acme.name == "Acme");
  CHECK(acme.console == "https://acme.example/tokens");
  REQUIRE(acme.verify.size() == 1);
  const Verify& verify = acme.verify[0];
  CHECK(verify.rules == std::vector<std::string>{"acme-token"});
  CHECK(verify.request.method == "GET");
  CHECK(verify.request.url == "https://api.acme.example/me");
  REQUIRE(verify.request.headers.size() == 1);
  CHECK(verify.request.headers[0].first == "Authorization");
  CHECK(verify.request.headers[0].second == "Bearer {secret}");
  REQUIRE(verify.live.size() == 2);
  CHECK(verify.live[0].status == 200);
  CHECK(verify.live[0].body_contains == "\"active\":true");
  REQUIRE(verify.dead.size() == 1);
  CHECK(verify.dead[0].status == 401);
  REQUIRE(acme.revoke.size() == 2);
  const Revoke& revoke = acme.revoke[0];
  CHECK(revoke.rules.empty());
  CHECK(revoke.kind == "self");
  CHECK(revoke.request.method == "DELETE");
  CHECK(revoke.request.json == "{\"tokens\":[\"{secret}\"]}");
  CHECK(revoke.settle.seconds == 60);
  CHECK(revoke.settle.source == "https://docs.acme.example/tokens");
  CHECK(revoke.asynchronous);
  CHECK(revoke.irreversible);
  CHECK(revoke.batch == 10);
  CHECK(revoke.rate == "60/h");
  CHECK(revoke.collateral == "sessions end");
  CHECK(acme.revoke[1].kind == "console");
  CHECK(acme.revoke[1].instruction == "Delete it under Settings");
}

TEST_CASE("a gitleaks configuration means what it means to gitleaks", "[rules]") {
  const RuleFile file = read_configuration(case_file("gitleaks_good.toml"), "c.toml", Trust::target);
  REQUIRE(file.diagnostics.empty());
  CHECK(file.extend.use_default);
  CHECK(file.extend.disabled_rules == std::vector<std::string>{"generic-api-key"});
  REQUIRE(file.catalogue.rules.size() == 2);
  CHECK(file.catalogue.rules[0].id == "composite");
  CHECK(file.catalogue.rules[0].required.at(0).within_lines == 3);
  CHECK(file.catalogue.rules[0].required.at(0).within_columns == -1);
  const Rule& mine = file.catalogue.rules[1];
  CHECK(mine.provider.empty());
  CHECK(mine.keywords == std::vector<std::string>{"abc"});
  CHECK(mine.secret_group == 1);
  CHECK(mine.entropy == 3.5);
  CHECK(mine.skip_report);
  CHECK(mine.severity == Severity::high);
  CHECK(mine.confidence == Confidence::medium);
  REQUIRE(mine.allowlists.size() == 1);
  CHECK(mine.allowlists[0].all);
  CHECK(mine.allowlists[0].target == AllowTarget::match);
  CHECK(mine.allowlists[0].commits == std::vector<std::string>{"abcdef"});
  CHECK(mine.allowlists[0].stopwords == std::vector<std::string>{"y"});
  REQUIRE(file.catalogue.allowlists.size() == 2);
  CHECK_FALSE(file.catalogue.allowlists[0].all);
  CHECK(file.catalogue.allowlists[0].target_rules == std::vector<std::string>{"my-rule"});
  CHECK(file.catalogue.allowlists[1].all);
}

TEST_CASE("an allowlist of a provider file is one of each rule that it names", "[rules]") {
  const std::string text =
      "[provider]\nid='acme'\nname='Acme'\n[[allowlists]]\ntarget_rules=['b','a']\nstopwords=['shared']\n"
      "[[rules]]\nid='b'\nregex='x'\n[[rules.allowlists]]\npaths=['own']\n"
      "[[rules]]\nid='a'\nregex='x'\n[[rules]]\nid='c'\nregex='x'\n";
  const RuleFile file = read_provider_file(text, "acme.toml");
  REQUIRE(file.diagnostics.empty());
  CHECK(file.catalogue.allowlists.empty());
  const std::vector<Rule>& rules = file.catalogue.rules;
  REQUIRE(rules.size() == 3);
  REQUIRE(rules[0].allowlists.size() == 1);
  CHECK(rules[0].allowlists[0].stopwords == std::vector<std::string>{"shared"});
  CHECK(rules[0].allowlists[0].target_rules.empty());
  REQUIRE(rules[1].allowlists.size() == 2);
  CHECK(rules[1].allowlists[0].paths == std::vector<std::string>{"own"});
  CHECK(rules[1].allowlists[1].stopwords == std::vector<std::string>{"shared"});
  CHECK(rules[2].allowlists.empty());
}

TEST_CASE("an allowlist of a provider file may be for every rule of the catalogue, and says so", "[rules]") {
  const std::string text =
      "[provider]\nid='acme'\nname='Acme'\n[[allowlists]]\ntarget_rules=['*']\nstopwords=['never']\n"
      "[[rules]]\nid='a'\nregex='x'\n";
  const RuleFile file = read_provider_file(text, "acme.toml");
  REQUIRE(file.diagnostics.empty());
  REQUIRE(file.catalogue.allowlists.size() == 1);
  CHECK(file.catalogue.allowlists[0].stopwords == std::vector<std::string>{"never"});
  CHECK(file.catalogue.allowlists[0].target_rules.empty());
  CHECK(file.catalogue.rules.at(0).allowlists.empty());
}

TEST_CASE("a gitleaks rule is generic by its id, unless it says", "[rules]") {
  const std::string text =
      "[[rules]]\nid='my-Generic-key'\nregex='x'\n[[rules]]\nid='z'\nregex='x'\n"
      "[[rules]]\nid='zz-generic'\nregex='x'\ngeneric=false\n";
  const std::vector<Rule> rules = read_configuration(text, "c.toml", Trust::user).catalogue.rules;
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].generic);
  CHECK_FALSE(rules[1].generic);
  CHECK_FALSE(rules[2].generic);
}

TEST_CASE("an old allowlist table is a list of one", "[rules]") {
  const RuleFile file = read_configuration(case_file("gitleaks_old_allowlists.toml"), "c.toml", Trust::user);
  REQUIRE(file.catalogue.allowlists.size() == 1);
  CHECK(file.catalogue.allowlists[0].paths == std::vector<std::string>{"x"});
  REQUIRE(file.catalogue.rules.at(0).allowlists.size() == 1);
  CHECK(file.catalogue.rules[0].allowlists[0].regexes == std::vector<std::string>{"x"});
}

TEST_CASE("a rule that is wrong is left out and the others stay", "[rules]") {
  const RuleFile file = read_configuration(case_file("gitleaks_mistakes.toml"), "c.toml", Trust::user);
  CHECK(has_errors(file.diagnostics));
  for (const Rule& rule : file.catalogue.rules) CHECK_FALSE(rule.id.empty());
  const auto& rules = file.catalogue.rules;
  CHECK(std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.id == "b"; }));
}

TEST_CASE("text that is no rule file is one message", "[rules][hostile]") {
  using Catch::Matchers::Contains;
  using Catch::Matchers::StartsWith;
  using namespace std::string_literals;
  CHECK_THAT(only_error("a = 1\nb = \"x\0y\"\n"s), StartsWith("x.toml:2:7: error: a NUL byte"));
  CHECK_THAT(only_error("# \xff\n"), StartsWith("x.toml:1:") && Contains("utf-8"));
  CHECK_THAT(only_error("a = \"\xe2\x82"), Contains("utf-8"));
  CHECK_THAT(only_error("\xff\xfe"
                        "a\0=\0"s),
             Contains("NUL"));
  CHECK_THAT(only_error("a = [\n"), StartsWith("x.toml:") && Contains("syntax error"));
  CHECK_THAT(only_error(std::string(kMaxRuleFileBytes + 1, '\n')), Contains("bytes"));
}

TEST_CASE("nesting without end is one message", "[rules][hostile]") {
  using Catch::Matchers::Contains;
  const std::size_t deep = 1000000;
  for (const std::string& text : {
           "a = " + repeat("[", deep), "a = " + repeat("{a=", deep), "a" + repeat(".a", deep) + " = 1",
           "[" + repeat("a.", deep) + "a]", "a" + repeat(" . 'a'", deep) + " = 1",
           "s = \"\"\"x\"\"\"\"\"\na" + repeat(".a", deep) + " = 1",  // two quotes end the string's text
           "s = '''x'''''\na" + repeat(".a", deep) + " = 1",
           "s = \"\\\\\"\na" + repeat(".a", deep) + " = 1",  // an escaped backslash, then the end
           "s = '\\'\na" + repeat(".a", deep) + " = 1",
           "# \"\"\"\na" + repeat(".a", deep) + " = 1",  // a comment opens no string
       })
    CHECK_THAT(only_error(text), Contains("nested deeper than 32"));
}

TEST_CASE("dots and brackets in strings are no nesting", "[rules]") {
  const std::string text = "title = '" + repeat(".[{", 500) + "'\ndescription = \"\"\"\n" + repeat("[.\"\n", 500) +
                           "\"\"\" # " + repeat(".[", 500) + "\n";
  CHECK(read_configuration(text, "x.toml", Trust::user).diagnostics.empty());
}

TEST_CASE("letters beyond ASCII are text, in strings and out of place elsewhere", "[rules][hostile]") {
  const std::string folded = "title = \"\"\"\\\n  école\"\"\"\n# naïve\n";
  CHECK(read_configuration(folded, "x.toml", Trust::user).diagnostics.empty());
  for (const char* text :
       {"é = 1", "a = é", "a = 1 \u00a0", "[é]", "a = \"\\é\"", "a = \"\"\"\\é\"\"\"", "a = 1é", "\u2029"})
    CHECK_THAT(only_error(text), Catch::Matchers::StartsWith("x.toml:1:"));
}

TEST_CASE("values without end are one message", "[rules][hostile]") {
  CHECK_THAT(only_error("a = [" + repeat("1,", kMaxTomlValues + 1) + "]"), Catch::Matchers::Contains("values"));
}

TEST_CASE("mistakes without end are cut, aloud", "[rules][hostile]") {
  const RuleFile file = read_provider_file("[provider]\nid='a'\nname='a'\n" + repeat("[[rules]]\n", 5000), "x.toml");
  REQUIRE(file.diagnostics.size() == 201);
  CHECK(file.diagnostics.back().message == "more than 200 mistakes; the others are not listed");
  CHECK(has_errors(file.diagnostics));
}

TEST_CASE("an id without end is refused", "[rules][hostile]") {
  const RuleFile file = read_configuration("[[rules]]\nid='" + repeat("x", 201) + "'\nregex='x'\n", "x", Trust::target);
  REQUIRE(file.diagnostics.size() == 1);
  CHECK(to_string(file.diagnostics[0]) == "x:2:4: error: an id of 201 bytes; 200 is the most");
  CHECK(file.catalogue.rules.empty());
}

TEST_CASE("many names that name nothing are cut, aloud", "[rules][hostile]") {
  std::string text = "extend.disabledRules = [" + repeat("'no-such-rule',", 5000) + "]\n";
  for (int i = 0; i < 5000; ++i) text += "[[rules]]\nid='rule-" + std::to_string(i) + "'\nregex='x'\n";
  text += "[[allowlists]]\npaths=['x']\ntargetRules=[" + repeat("'rul-12345',", 5000) + "]\n";
  RuleFile file = read_configuration(text, "x", Trust::target);
  CHECK(file.diagnostics.empty());
  CHECK(check_catalogue(file.catalogue).size() == 201);
  std::vector<Diagnostic> said;
  extend_catalogue(file.catalogue, {}, file.extend.disabled_rules, said);
  REQUIRE(said.size() == 201);
  CHECK(to_string(said.back()) == "warning: 5000 disabled rules do not exist");
}

TEST_CASE("no file is too damaged to read", "[rules][hostile]") {
  std::mt19937 random(7);
  for (const char* name : {"provider_good.toml", "gitleaks_good.toml", "names.toml"}) {
    const std::string whole = case_file(name);
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
      std::string text = whole.substr(0, cut);
      read_provider_file(text, "x");
      if (text.empty()) continue;
      text[random() % text.size()] = static_cast<char>(random());
      const RuleFile file = read_configuration(text, "x", Trust::target);
      check_catalogue(file.catalogue);
    }
  }
  SUCCEED("still here");
}

}  // namespace staunch
