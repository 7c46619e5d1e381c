// Text cases of reports: what was "found", written down as files with marks in them, and what each format must say.
//
// A case (tests/cases/report/*.case) is prose, then sections that begin with "-- ":
//
//   -- option show_secrets | colour | redact N | tags | least CONFIDENCE
//   -- note skipped|partial|incomplete WHAT | WHY
//   -- repository PATH | SCOPE | REFS | HEAD | REF COMMIT | …    which the run covers; a HEAD of - is none
//   -- totals MERGES MISSING
//   -- commit ID | AUTHOR | EMAIL | DATE | MESSAGE [| WORD…]     for the files below it; an ID of - is none. The words:
//      gone, at_or_before, no_blob, reachable WORD, branch NAME, repository PATH
//   -- file PATH         the lines below are its content
//   -- path-only PATH    a finding of the rule env-file
//   -- name PATH         a secret that is found in the path
//   -- ignore, -- baseline    the lines below are that file's text
//   -- expect FORMAT     the lines below are the whole report
//
// [[RULE:SEED]] is a generated secret that was found, [[RULE:SEED hex]] (or hex-hex) one that was found by decoding,
// {{RULE:SEED}} one that merely stands there, also as hex, percent, json, base64, base64+1, base64+2 (its alignments)
// or line (the second of several); \n, \t, \r and \xHH in paths, commits and contents are bytes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/report/report.h"

namespace staunch {

// Rules env-file, generic-secret, github-pat, pem-key, slack-bot with their providers.
const Catalogue& report_catalogue();
std::uint32_t report_rule(std::string_view id);
std::string report_secret(std::string_view rule, std::uint64_t seed);

struct ReportCase {
  ReportOptions options;
  bool tags = false;
  Confidence least = Confidence::low;
  Totals totals;
  std::vector<CoveredRepository> repositories;
  std::vector<Occurrence> occurrences;
  std::string ignore, baseline;
  std::map<std::string, std::string> expected;  // by format name, holes filled
  std::map<std::string, std::string> secrets;   // name (RULE:SEED) to bytes
};

ReportCase parse_report_case(std::string_view text);

// The whole chain of sinks over the case, into a file in a folder of its own; the report's bytes.
std::string run_report_case(const ReportCase& report_case, ReportFormat format);

// All of tests/cases/report, in order.
std::vector<std::string> report_case_files();

std::string read_whole(const std::string& path);

// A folder that is removed with all in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace staunch
