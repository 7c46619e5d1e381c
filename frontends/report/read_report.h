// Reports of any kind read back, several into one: ours, and those of other scanners.
//
//   jsonl       ours (read_jsonl.h), by its first line
//   gitleaks    the JSON array of gitleaks and betterleaks, and ours of -f json
//   trufflehog  JSON lines of trufflehog 3 (--json); lines of its log between them are passed over
//   sarif       SARIF 2.1.0 of any scanner, and ours
//
// Each is told by its content. One jsonl report by itself is read as it streams; anything else is read whole first and
// merged (merge.h). Of another scanner's report rules become ours where ids are the same or former ids; others are made
// up from what it tells. A secret that it shows is the occurrence's secret, which no report shows unless asked; where
// it shows none, something stands in for it. What it does not tell is not made up: bytes scanned are 0, offsets are 0,
// and a place without a line has none (jsonl then says `in_name`, the one place without a line that it knows).
// That everything was read is never told by gitleaks and trufflehog: a note under `partial` says so.
//
// Limits: kMaxForeignBytes a report that is read whole. All input is hostile; what is no report is an Error with its
// place, a line or an entry.
//
// Sources of the formats: what gitleaks 8.30 and trufflehog 3 print with --report-format json and --json; SARIF 2.1.0
// (OASIS).
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "frontends/report/read_jsonl.h"
#include "frontends/report/redact.h"

namespace staunch {

inline constexpr std::size_t kMaxForeignBytes = 256u << 20;
inline constexpr std::size_t kMaxForeignNesting = 64;

struct ReportFile {
  int fd = -1;
  std::string name;  // for messages
};

struct ReadReports {
  std::vector<ReportFile> files;
  std::string fingerprint_key;  // names secrets that other scanners' reports show
  Redaction redaction;          // the sink's: nothing of what it hides reaches the sink but as a secret
  Catalogue& catalogue;
  ReadBack& read_back;
  Suppressed& suppressed;
};

// As read_jsonl(): start() and occurrence() are called, finish() is left to the caller.
Result<Totals> read_reports(const ReadReports& from, Sink& sink);

}  // namespace staunch
