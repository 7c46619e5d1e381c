// Reports: one Sink a format, all made here.
//
//   text   to be read: grouped by finding, the place, a snippet with every secret masked, what to do next
//   jsonl  the native stream: one object a line, written as it becomes known; schema/staunch.schema.json describes it
//   json   one array with the keys of gitleaks' JSON report
//   sarif  SARIF 2.1.0 (OASIS) for code scanning platforms
//   junit  XML for the test view of CI systems: a failure a place, an error for what could not be read
//   csv    a row a place, with the columns of gitleaks' CSV report
//   gitlab GitLab's secret detection report (gl-secret-detection-report.json)
//   html   one page for the browser: findings by provider, filters, where each stands, what to do about it
//   markdown  for the comment on a pull request: short, whatever was found
//
// No report holds a secret unless the options say so: whatever comes from scanned material passes the run's
// ReportRedactor.
// jsonl is written before all secrets are known: a line is masked with those found up to the end of its file or commit.
// Columns and offsets count bytes and ends are inclusive, but for SARIF, which counts UTF-16 units with exclusive ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sink.h"
#include "frontends/report/columns.h"
#include "frontends/report/suppress.h"
#include "frontends/report/verdicts.h"
#include "frontends/report/writer.h"

namespace staunch {

enum class ReportFormat : std::uint8_t { text, jsonl, json, sarif, junit, csv, gitlab, html, markdown };

// All words of -f, in the order in which help lists them.
std::vector<std::string> format_names();

// By -f's word; by the ending of a report path (.txt, .jsonl, .json, .sarif, .sarif.json, .xml, .csv, .gitlab.json,
// .html, .md, and the name gl-secret-detection-report.json).
std::optional<ReportFormat> format_of_name(std::string_view name);
std::optional<ReportFormat> format_of_path(std::string_view path);

// The schema of jsonl: schema/staunch.schema.json.
inline constexpr std::uint64_t kReportSchema = 1;

// What a report that is read back (read_jsonl.h) says beyond RunInfo and Occurrence: of the run before start(), of each
// occurrence before it is handed to the sink.
struct ReadBack {
  std::string version;  // of the program that scanned
  std::int64_t started = 0;
  bool stand_in = false;     // the occurrence's secret is only what the report shows in its place
  std::uint64_t length = 0;  // of the secret; 0 where it is not told
  Utf16Columns columns;
  std::vector<Secret> around;  // the match's text without the secret; empty where it is not told
  Verdicts verdicts;           // of its finding lines, before finish()
};

struct ReportOptions {
  bool show_secrets = false;
  int redact_percent = 100;  // --redact=N: how much of a secret's tail is hidden; 0 shows it
  bool colour = false;       // text only
  bool gitleaks = false;     // json, csv, junit: columns as gitleaks counts them
  std::string platform;      // json, csv, junit: whose links (link.h); empty: told by the host
  std::string version;       // of the program, for the report's head
  std::int64_t started = 0;  // when the scan began, in seconds since 1970 (UTC); its end is this and Totals::seconds
  std::shared_ptr<const Suppressed> suppressed;  // filled by the decorators before finish(); may be null
  std::shared_ptr<const ReadBack> read_back;     // null for the report of a scan
  std::shared_ptr<const Verdicts> verdicts;      // of a scan that asks, filled before finish(); may be null

  // Null where nobody was asked.
  const Verified* verdict_of(std::string_view fingerprint) const;
};

// What is held of one finding; further places are counted and not listed.
inline constexpr std::size_t kMaxPlacesHeld = 1000;
// What the text report lists of one finding's places, and of each kind of note.
inline constexpr std::size_t kPlacesShown = 5;
inline constexpr std::size_t kNotesShown = 20;
// What the reports for machines list of each kind of note; the rest is counted.
inline constexpr std::size_t kNotesListed = 1000;

// Errors of the writer come out of the Sink's finish().
std::unique_ptr<Sink> make_report(ReportFormat format, ReportOptions options, Writer writer);

// What gitleaks -v prints: one block a place, its fields by name.
std::unique_ptr<Sink> make_gitleaks_print(ReportOptions options, Writer writer);

// Hands everything to both.
std::unique_ptr<Sink> make_both(std::unique_ptr<Sink> first, std::unique_ptr<Sink> second);

// One line for people: "2 findings in 5 places; 1.2 MB in 30 items, 0.1 s; everything was read". Of a history, "in 30
// blobs of 12 commits (2 merges)".
std::string summary_line(std::uint64_t findings, std::uint64_t places, const Totals& totals,
                         const Suppressed* suppressed);

}  // namespace staunch
