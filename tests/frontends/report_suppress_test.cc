// Tags, ignore files, baselines and filters: what they hold back, what they do not, and how bad files are refused.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "frontends/report/filter.h"
#include "tests/frontends/report_case.h"

namespace staunch {
namespace {

// Counts what arrives.
class Count : public Sink {
 public:
  explicit Count(std::size_t& count) : count_(count) {}
  void start(const RunInfo&) override {}
  void occurrence(Occurrence) override { ++count_; }
  Status finish(const Totals&) override { return Done{}; }

 private:
  std::size_t& count_;
};

void feed(Sink& sink, const ReportCase& report_case) {
  RunInfo run;
  run.catalogue = &report_catalogue();
  sink.start(run);
  for (const Occurrence& occurrence : report_case.occurrences) sink.occurrence(occurrence);
  REQUIRE(sink.finish({}).ok());
}

// How many occurrences of the case pass the ignore list.
std::size_t passing_ignore(const ReportCase& report_case, const std::string& list, Suppressed* suppressed = nullptr) {
  std::size_t count = 0;
  const auto counts = std::make_shared<Suppressed>();
  feed(*ignore_listed(parse_ignore_list(list, "ignore"), counts, std::make_unique<Count>(count)), report_case);
  if (suppressed != nullptr) *suppressed = *counts;
  CHECK(count + counts->ignore_file == report_case.occurrences.size());
  return count;
}

std::size_t passing_baseline(const ReportCase& report_case, const std::string& text, Suppressed* suppressed = nullptr) {
  std::size_t count = 0;
  const auto counts = std::make_shared<Suppressed>();
  Result<Baseline> baseline = parse_baseline(text, "baseline");
  REQUIRE(baseline.ok());
  feed(*hold_back_baseline(*std::move(baseline), counts, std::make_unique<Count>(count)), report_case);
  if (suppressed != nullptr) *suppressed = *counts;
  CHECK(count + counts->baseline == report_case.occurrences.size());
  return count;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  REQUIRE(at != text.npos);
  return text.replace(at, what.size(), with);
}

const char* const kCommit =
    "-- commit 1234567890123456789012345678901234567890 | A | a@example.org | 2024-01-01T00:00:00Z | m\n";

}  // namespace

TEST_CASE("allow tags", "[report]") {
  for (const char* line :
       {"x # gitleaks:allow", "// betterleaks:allow", "trufflehog:ignore", "staunch:allow because",
        "# pragma: allowlist secret", "<!-- pragma:whitelist-secret -->", "pragma:  allowlist-secret"})
    CHECK(has_allow_tag(line));
  for (const char* line : {"gitleaks: allow", "allow", "pragma: allowlist", "pragma: allowlist nextline secret",
                           "pragma: allowlistsecret", "GITLEAKS:ALLOW", ""})
    CHECK_FALSE(has_allow_tag(line));
  CHECK(has_nextline_tag("# pragma: allowlist nextline secret"));
  CHECK(has_nextline_tag("pragma: once; pragma: allowlist-nextline-secret"));
  CHECK_FALSE(has_nextline_tag("pragma: allowlist secret"));
}

TEST_CASE("a tag holds back what stands in its line and nothing else", "[report]") {
  const ReportCase tagged = parse_report_case(
      "-- file a\n[[github-pat:1]]\n[[github-pat:2]] staunch:allow\n[[github-pat:3]]\n"
      "x: [[pem-key:4]] # gitleaks:allow\n# pragma: allowlist nextline secret\n[[github-pat:5]]\n[[github-pat:6]]\n");
  std::size_t count = 0;
  const auto counts = std::make_shared<Suppressed>();
  feed(*allow_inline_tags(counts, std::make_unique<Count>(count)), tagged);
  CHECK(counts->inline_tags == 3);
  CHECK(count == 3);
}

TEST_CASE("ignore files", "[report]") {
  const ReportCase one = parse_report_case("-- file src/a.env\n\nk=[[github-pat:1]]\n");
  const std::string print = one.occurrences[0].fingerprint;
  for (const std::string& entry : {std::string("src/a.env:github-pat:2"), std::string("./src/a.env:github-pat:2"),
                                   std::string("src\\a.env:github-pat:2"), std::string("  src/a.env:github-pat:2\r"),
                                   std::string("src/a.env:github-token:2"), print, print + "  # seen"})
    CHECK(passing_ignore(one, entry + "\n") == 0);
  for (const std::string& entry :
       {std::string("src/a.env:github-pat:3"), std::string("a.env:github-pat:2"), std::string("src/a.env:slack-bot:2"),
        std::string("# src/a.env:github-pat:2"), std::string("0123:src/a.env:github-pat:2")})
    CHECK(passing_ignore(one, entry + "\n") == 1);
}

TEST_CASE("ignore entries of a history name a commit or all of them", "[report]") {
  const ReportCase one = parse_report_case(std::string(kCommit) + "-- file a\n[[github-pat:1]]\n");
  CHECK(passing_ignore(one, "a:github-pat:1") == 0);
  CHECK(passing_ignore(one, "1234567890123456789012345678901234567890:a:github-pat:1") == 0);
  CHECK(passing_ignore(one, "9999999999999999999999999999999999999999:a:github-pat:1") == 1);
}

TEST_CASE("dead ignore entries are named, living ones are not", "[report]") {
  const ReportCase one = parse_report_case("-- file a\n[[github-pat:1]]\n");
  Suppressed suppressed;
  passing_ignore(one, one.occurrences[0].fingerprint + "\na:github-pat:1\nb:github-pat:1\n", &suppressed);
  CHECK(suppressed.dead_ignores == std::vector<std::string>{"b:github-pat:1"});
}

TEST_CASE("lines of an ignore file that can match nothing are warned of", "[report]") {
  const IgnoreList list = parse_ignore_list("\xEF\xBB\xBF# head\nnonsense\na:b:1\na::1\na:b:x\nC:\\x:rule:7\n", "f");
  REQUIRE(list.warnings.size() == 3);
  CHECK(list.warnings[0].substr(0, 4) == "f:2:");
  CHECK(list.warnings[1].substr(0, 4) == "f:4:");
  CHECK(list.warnings[2].substr(0, 4) == "f:5:");
  CHECK(list.entries.back() == "C:/x:rule:7");
}

TEST_CASE("a json report is a baseline for the same run, redacted or not", "[report]") {
  for (const int percent : {0, 40, 100}) {
    ReportCase found = parse_report_case("-- file ./src/a\n\nk=[[github-pat:1]] [[generic-secret:2]]\n" +
                                         std::string("-- path-only b/.env\n") + kCommit +
                                         "-- file c\nx: [[pem-key:3]]\n[[slack-bot:4]]\n");
    found.options.redact_percent = percent;
    const std::string report = run_report_case(found, ReportFormat::json);
    Suppressed suppressed;
    INFO(percent);
    CHECK(passing_baseline(found, report, &suppressed) == 0);
    CHECK(suppressed.dead_baseline.empty());
  }
}

TEST_CASE("an entry of a gitleaks baseline equals only its own occurrence", "[report]") {
  ReportCase found = parse_report_case("-- file a\n\nk=[[github-pat:1]]\n");
  const std::string redacted = run_report_case(found, ReportFormat::json);
  found.options.show_secrets = true;
  const std::string shown = run_report_case(found, ReportFormat::json);
  for (const std::string& report : {redacted, shown}) {
    CHECK(passing_baseline(found, replaced(report, "\"github-pat\"", "\"slack-bot\"")) == 1);
    CHECK(passing_baseline(found, replaced(report, "\"github-pat\"", "\"github-token\"")) == 0);
    CHECK(passing_baseline(found, replaced(report, "\"StartLine\": 2", "\"StartLine\": 3")) == 1);
    CHECK(passing_baseline(found, replaced(report, "\"File\": \"a\"", "\"File\": \"b\"")) == 1);
    CHECK(passing_baseline(found, replaced(report, "\"Commit\": \"\"", "\"Commit\": \"12\"")) == 1);
  }
  // gitleaks counts one column too many after the first line.
  const std::string theirs = replaced(replaced(redacted, "\"StartColumn\": 1", "\"StartColumn\": 2"),
                                      "\"EndColumn\": 42", "\"EndColumn\": 43");
  CHECK(passing_baseline(found, theirs) == 0);
  CHECK(passing_baseline(found, replaced(redacted, "\"StartColumn\": 1", "\"StartColumn\": 9")) == 1);
  // Another secret at the same place is new.
  const std::string secret = report_secret("github-pat", 1);
  CHECK(passing_baseline(found, replaced(shown, "\"Secret\": \"" + secret, "\"Secret\": \"" + secret + "x")) == 1);
  Suppressed suppressed;
  passing_baseline(found, replaced(redacted, "\"File\": \"a\"", "\"File\": \"b\""), &suppressed);
  CHECK(suppressed.dead_baseline == std::vector<std::string>{"b:github-pat:2"});
}

TEST_CASE("our baseline holds back by content and survives moved lines", "[report]") {
  const ReportCase before = parse_report_case("-- file a\n[[github-pat:1]]\n[[github-pat:2]]\n");
  const ReportCase after = parse_report_case("-- file b/c\n\n\n[[github-pat:2]] [[github-pat:1]] [[github-pat:3]]\n");
  Baseline recorded;
  std::size_t count = 0;
  feed(*record_baseline(recorded, std::make_unique<Count>(count)), before);
  CHECK(count == 2);
  CHECK(passing_baseline(before, format_baseline(recorded)) == 0);
  CHECK(passing_baseline(after, format_baseline(recorded)) == 1);
}

TEST_CASE("writing a baseline keeps what people wrote into it", "[report]") {
  const ReportCase found = parse_report_case("-- file a\n[[github-pat:1]]\n");
  const std::string print = found.occurrences[0].fingerprint;
  const std::string dead = "sf1:" + std::string(32, '0');
  Result<Baseline> old = parse_baseline("# kept\n" + print + "  # a test key, see 12\n" + dead + "\n", "f");
  REQUIRE(old.ok());
  std::size_t count = 0;
  feed(*record_baseline(*old, std::make_unique<Count>(count)), found);
  CHECK(format_baseline(*old) == "# kept\n" + dead + "\n" + print + "  # a test key, see 12\n");
}

TEST_CASE("a baseline that is not one is an error with its place", "[report]") {
  const std::pair<const char*, const char*> bad[] = {
      {"sf1:xyz\n", "f:1"},
      {"# fine\nsf1:00000000000000000000000000000000 no comment\n", "f:2"},
      {"hello", "f:1"},
      {"[{\"RuleID\": \"a\"", "f"},
      {"[{\"File\": \"a\"}]", "f"},
      {"[1]", "f"},
      {"{\"type\":\"start\"}", "f"},
      {"{\"RuleID\": \"a\"}", "f"},
      {"nullx", "f"},
  };
  for (const auto& [text, where] : bad) {
    INFO(text);
    const Result<Baseline> baseline = parse_baseline(text, "f");
    REQUIRE_FALSE(baseline.ok());
    CHECK(baseline.error().where == where);
  }
  for (const char* fine : {"", "\n# only a comment\n", "[]", "null\n", "\xEF\xBB\xBF[]"})
    CHECK(parse_baseline(fine, "f").ok());
  CHECK(parse_baseline(std::string(100'000, '['), "f").ok() == false);  // deep nesting is no crash
}

TEST_CASE("files that cannot be read are errors", "[report]") {
  const TestFolder folder;
  CHECK_FALSE(read_baseline(folder.path("none")).ok());
  CHECK_FALSE(read_baseline(folder.path(".")).ok());
  CHECK_FALSE(read_baseline("/dev/zero").ok());
  CHECK_FALSE(read_ignore_file(folder.path("none")).ok());
  std::ofstream(folder.path("large")) << std::string(kMaxIgnoreBytes + 1, '\n');
  CHECK_FALSE(read_ignore_file(folder.path("large")).ok());
  CHECK(read_baseline(folder.path("large")).ok());
}

TEST_CASE("confidence filter and what counts for the exit code", "[report]") {
  const ReportCase found = parse_report_case("-- file a\n[[github-pat:1]] [[slack-bot:2]] [[generic-secret:3]]\n");
  const auto failures = [&](const char* text) {
    std::size_t count = 0;
    std::uint64_t failing = 0;
    const Result<FailOn> fail_on = read_fail_on(text);
    REQUIRE(fail_on.ok());
    feed(*count_failures(*fail_on, failing, std::make_unique<Count>(count)), found);
    CHECK(count == 3);
    return failing;
  };
  CHECK(failures("severity=low") == 3);
  CHECK(failures("severity=high") == 2);
  CHECK(failures("severity=high,confidence=high") == 1);
  CHECK(failures("confidence=medium,severity=critical") == 1);
  for (const char* bad :
       {"", "severity", "severity=", "severity=big", "confidence=critical", "verdict=live", "severity=low,"})
    CHECK_FALSE(read_fail_on(bad).ok());

  std::size_t count = 0;
  const auto counts = std::make_shared<Suppressed>();
  feed(*at_least(Confidence::high, counts, std::make_unique<Count>(count)), found);
  CHECK(count == 1);
  CHECK(counts->confidence == 2);
}

}  // namespace staunch
