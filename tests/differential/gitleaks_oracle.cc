#include "tests/differential/gitleaks_oracle.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace staunch::test {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + '"';
}

std::string array_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? "," : "") + quoted(text);
  return out + "]";
}

std::string array_of(const std::vector<Allowlist>& lists) {
  std::string out = "[";
  for (const Allowlist& list : lists) {
    const char* target = list.target == AllowTarget::secret  ? "secret"
                         : list.target == AllowTarget::match ? "match"
                                                             : "line";
    out += fmt::format(
        R"({}{{"All":{},"Target":"{}","Commits":{},"Paths":{},"Regexes":{},"Stopwords":{},"TargetRules":{}}})",
        out.size() > 1 ? "," : "", list.all, target, array_of(list.commits), array_of(list.paths),
        array_of(list.regexes), array_of(list.stopwords), array_of(list.target_rules));
  }
  return out + "]";
}

std::string unhex(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return out;
}

// A file of this process's own that goes with the object.
struct TemporaryFile {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / fmt::format("staunch-oracle-{}.jsonl", ::getpid());
  ~TemporaryFile() { std::filesystem::remove(path); }
};

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  char buffer[65536];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, size);
  const int status = ::pclose(pipe);
  INFO("the Go oracle says why on standard error");
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  return out;
}

}  // namespace

bool operator==(const Verdict& a, const Verdict& b) {
  return a.content == b.content && a.rule == b.rule && a.begin == b.begin && a.match == b.match &&
         a.secret == b.secret && std::abs(a.entropy - b.entropy) < kEntropyError;
}

std::string to_string(const Verdict& v) {
  return fmt::format("content {} rule {} at {}: match {} secret {} entropy {}", v.content, v.rule, v.begin,
                     quoted(v.match), quoted(v.secret), v.entropy);
}

void GitleaksOracle::add_rules(const Catalogue& catalogue) {
  input_ += R"({"Rules":[)";
  bool first = true;
  for (const Rule& rule : catalogue.rules) {
    input_ +=
        fmt::format(R"({}{{"ID":{},"Regex":{},"Path":{},"Keywords":{},"SecretGroup":{},"Entropy":{},"Allowlists":{}}})",
                    first ? "" : ",", quoted(rule.id), quoted(rule.regex), quoted(rule.path), array_of(rule.keywords),
                    rule.secret_group, rule.entropy, array_of(rule.allowlists));
    first = false;
  }
  input_ += fmt::format("],\"Allowlists\":{}}}\n", array_of(catalogue.allowlists));
}

void GitleaksOracle::add_content(const std::string& path, const std::string& text) {
  input_ += fmt::format("{{\"Path\":{},\"Text\":{}}}\n", quoted(path), quoted(text));
}

std::vector<Verdict> GitleaksOracle::run() const {
  const std::string program = STAUNCH_GO_ORACLE;
  INFO("the second oracle is a Go program: it needs `go` (Debian: golang-go) when the tests are configured");
  REQUIRE(!program.empty());
  const TemporaryFile file;
  std::ofstream(file.path, std::ios::binary) << input_;
  std::istringstream lines(output_of(fmt::format("'{}' < '{}'", program, file.path.string())));
  std::vector<Verdict> out;
  Verdict v;
  for (std::string match, secret; lines >> v.content >> v.rule >> v.begin >> match >> secret >> v.entropy;) {
    v.match = unhex(match);
    v.secret = unhex(secret);
    out.push_back(v);
  }
  REQUIRE(lines.eof());
  return out;
}

}  // namespace staunch::test
