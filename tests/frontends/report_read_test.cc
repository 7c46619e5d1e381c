// A jsonl report read back gives each format as the run itself would have written it.
#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "frontends/report/read_jsonl.h"
#include "tests/frontends/report_case.h"

namespace staunch {
namespace {

constexpr ReportFormat kFormats[] = {ReportFormat::text,  ReportFormat::jsonl, ReportFormat::json,  ReportFormat::sarif,
                                     ReportFormat::junit, ReportFormat::csv,   ReportFormat::gitlab};

// The report in `format`, by way of the jsonl report `jsonl`; an empty catalogue knows no rule.
std::string convert(const std::string& jsonl, ReportFormat format, ReportOptions options, Catalogue catalogue) {
  const TestFolder folder;
  std::ofstream(folder.path("in"), std::ios::binary) << jsonl;
  auto suppressed = std::make_shared<Suppressed>();
  auto read_back = std::make_shared<ReadBack>();
  options.version = "another";
  options.started = 1;
  options.suppressed = suppressed;
  options.read_back = read_back;
  auto writer = Writer::open(folder.path("out"));
  REQUIRE(writer.ok());
  const auto sink = make_report(format, options, std::move(*writer));
  const int fd = ::open(folder.path("in").c_str(), O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  const auto totals = read_jsonl({fd, "in", catalogue, *read_back, *suppressed}, *sink);
  ::close(fd);
  INFO((totals ? "" : to_string(totals.error())));
  REQUIRE(totals.ok());
  REQUIRE(sink->finish(*totals).ok());
  return read_whole(folder.path("out"));
}

// The text report without its snippets, which jsonl does not hold.
std::string without_snippets(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string line = text.substr(at, end - at);
    const std::size_t bar = line.find('|');
    if (bar == line.npos || line.substr(0, bar).find_first_not_of(" 0123456789\033[m") != line.npos) out += line;
    at = end;
  }
  return out;
}

// What masks a generic secret outside its own place: jsonl's mark is too short to be found and replaced by the one that
// gitleaks' formats have.
std::string with_one_mark(std::string text) {
  for (std::size_t at = 0; (at = text.find("REDACTED", at)) != text.npos;) text.replace(at, 8, "…");
  return text;
}

bool has_gitleaks_fields(ReportFormat format) {
  return format == ReportFormat::json || format == ReportFormat::csv || format == ReportFormat::junit;
}

}  // namespace

TEST_CASE("a jsonl report read back", "[report]") {
  for (const std::string& file : report_case_files()) {
    const ReportCase report_case = parse_report_case(read_whole(file));
    const std::string jsonl = run_report_case(report_case, ReportFormat::jsonl);
    ReportOptions options = report_case.options;
    options.show_secrets |= options.redact_percent < 100;  // what was hidden in part is shown as far as it is there
    for (const ReportFormat format : kFormats) {
      INFO(file << " as format " << static_cast<int>(format));
      std::string direct = run_report_case(report_case, format);
      if (format == ReportFormat::text) direct = without_snippets(direct);
      std::string converted = convert(jsonl, format, options, report_catalogue());
      if (has_gitleaks_fields(format) && file.find("codings.case") != file.npos) {
        converted = with_one_mark(converted);
        direct = with_one_mark(direct);
      }
      CHECK(converted == direct);
    }
  }
}

TEST_CASE("a jsonl report of rules that are not in the catalogue", "[report]") {
  std::size_t compared = 0;
  for (const std::string& file : report_case_files()) {
    const ReportCase report_case = parse_report_case(read_whole(file));
    if (report_case.options.redact_percent != 100 || file.find("codings.case") != file.npos) continue;
    const std::string jsonl = run_report_case(report_case, ReportFormat::jsonl);
    for (const ReportFormat format : kFormats) {
      if (!has_gitleaks_fields(format) && format != ReportFormat::jsonl) continue;
      INFO(file << " as format " << static_cast<int>(format));
      CHECK(convert(jsonl, format, report_case.options, {}) == run_report_case(report_case, format));
      ++compared;
    }
  }
  CHECK(compared >= 40);
}

TEST_CASE("a jsonl report with its secrets becomes one without", "[report]") {
  ReportCase report_case = parse_report_case(read_whole(STAUNCH_SOURCE_DIR "/tests/cases/report/plain.case"));
  report_case.options.show_secrets = true;
  const std::string shown = run_report_case(report_case, ReportFormat::jsonl);
  report_case.options.show_secrets = false;
  for (const auto& [name, secret] : report_case.secrets) CHECK(shown.find(secret) != shown.npos);
  for (const ReportFormat format : {ReportFormat::jsonl, ReportFormat::json, ReportFormat::sarif, ReportFormat::csv})
    CHECK(convert(shown, format, report_case.options, report_catalogue()) == run_report_case(report_case, format));
}

}  // namespace staunch
