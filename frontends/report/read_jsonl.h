// A jsonl report read back, to be written in another format.
//
// The occurrence lines are handed to a sink as a scan would hand them; finding lines follow from them and are passed
// over. What then differs from the report that the scan itself would have written in the other format:
// - text has no snippets: jsonl never holds the text of lines.
// - In json, csv and junit, a generic secret that is masked in a path, message or neighbouring match is "…" there and
//   not REDACTED; the match of a stream is its secret alone.
// - Author, message and the like show U+FFFD for bytes that are not UTF-8 (of paths and secrets the bytes stand in the
//   report), and what a later file's secret would have masked stands as jsonl wrote it.
// - Of a secret whose value the report does not hold, no more can be shown than the report shows: that is what
//   --show-secrets shows, and --redact=N hides its part of it.
//
// Lines are hostile: at most kMaxReportLine bytes, kMaxNesting brackets deep, every field's type is checked. One line
// is held at a time; what further memory is used is the sink's, and one Rule for each id that the catalogue lacks.
// Sources: schema/staunch.schema.json.
#pragma once

#include <string>

#include "engine/result.h"
#include "frontends/report/report.h"
#include "frontends/report/suppress.h"

namespace staunch {

inline constexpr std::size_t kMaxReportLine = 16u << 20;
inline constexpr std::size_t kMaxNesting = 8;
inline constexpr std::size_t kMaxUnknownRules = 10'000;

struct ReadJsonl {
  int fd = -1;             // read to its end, not closed
  std::string name;        // of the file, for messages
  Catalogue& catalogue;    // rules whose id it lacks are appended as far as the report tells of them
  ReadBack& read_back;     // the same that the sink's options hold
  Suppressed& suppressed;  // what the scan held back is added
  std::string begun = {};  // what was read from fd already
};

// Calls the sink's start() and occurrence(); finish() is left to the caller. A line that is no line of a report is an
// Error with its place. A report that ends without its summary, in the middle of a line or with a read error comes
// back with a note in Totals::incomplete.
Result<Totals> read_jsonl(const ReadJsonl& from, Sink& sink);

}  // namespace staunch
