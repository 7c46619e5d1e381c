// Walks tests/cases/rules: each `name.toml` has a `name.expected` whose first line says how it is read ("provider",
// "canaries", "user" or "target", and "checked" where check_catalogue runs too) and whose other lines are the messages,
// in order.
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "rules/reader.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

RuleFile read_as(const std::string& how, const std::string& text, const std::string& name) {
  if (how.starts_with("provider")) return read_provider_file(text, name);
  if (how.starts_with("canaries")) return read_canary_file(text, name);
  REQUIRE((how.starts_with("user") || how.starts_with("target")));
  return read_configuration(text, name, how.starts_with("user") ? Trust::user : Trust::target);
}

std::string messages(const std::string& how, const std::string& text, const std::string& name) {
  const RuleFile file = read_as(how, text, name);
  std::vector<Diagnostic> all = file.diagnostics;
  if (how.ends_with(" checked")) {
    const std::vector<Diagnostic> more = check_catalogue(file.catalogue);
    all.insert(all.end(), more.begin(), more.end());
  }
  std::ostringstream out;
  for (const Diagnostic& diagnostic : all) out << to_string(diagnostic) << "\n";
  return out.str();
}

}  // namespace

TEST_CASE("rule files and what is said of them", "[rules]") {
  std::vector<fs::path> cases;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(STAUNCH_SOURCE_DIR) / "tests/cases/rules"))
    if (entry.path().extension() == ".toml") cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  REQUIRE(cases.size() >= 20);
  for (const fs::path& path : cases) {
    INFO(path.filename().string());
    std::string expected = slurp(fs::path(path).replace_extension(".expected"));
    const std::size_t end = expected.find('\n');
    REQUIRE(end != expected.npos);
    const std::string how = expected.substr(0, end);
    CHECK(messages(how, slurp(path), path.filename().string()) == expected.substr(end + 1));
  }
}

}  // namespace staunch
