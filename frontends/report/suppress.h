// Sinks in front of a report that hold back what the user has already judged.
//
// Order them so that nothing hides another's entries: inline tags, ignore file, baseline, then filter.h. Each passes
// start() and finish() on, and counts what it held back in the one Suppressed that the report's summary reads.
//
// Ignore files have gitleaks' format (`file:rule:line`, `commit:file:rule:line`, `#` comments), our fingerprints
// (`sf1:…`) and the hashes of detect-secrets' baselines (`sha1:…`) besides. Our own baseline is by content: one
// fingerprint a line, sorted, so that it survives moved lines and merges in git. A gitleaks JSON report is read as a
// baseline too: an occurrence equals an entry if rule (or a former id of it), file, commit and start line are equal,
// and the secret; where the entry's secret is redacted, the columns instead (one may be one too high: gitleaks counts
// so after the first line).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/sink.h"

namespace staunch {

inline constexpr std::size_t kMaxIgnoreBytes = 16u << 20;
inline constexpr std::size_t kMaxBaselineBytes = 256u << 20;

// What was held back and why; entries that matched nothing in the whole run are dead.
struct Suppressed {
  bool in_part =
      false;  // set before the scan: it sees a part of what the lists speak of, so that nothing is called dead
  std::uint64_t inline_tags = 0, ignore_file = 0, baseline = 0, confidence = 0;
  std::vector<std::string> dead_ignores, dead_baseline;  // as the file spells them, filled in finish()
};

// Whether `line` carries a tag that allows what stands in it: gitleaks:allow, betterleaks:allow, trufflehog:ignore,
// staunch:allow, `pragma: allowlist secret` (detect-secrets, also its former `whitelist`).
bool has_allow_tag(std::string_view line);
// … or what stands in the line after it: `pragma: allowlist nextline secret`.
bool has_nextline_tag(std::string_view line);

std::unique_ptr<Sink> allow_inline_tags(std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next);

// Fingerprints of an ignore file, in the order of the file.
struct IgnoreList {
  std::vector<std::string> entries;   // as spelt, without comments; `\` in paths became `/`
  std::vector<std::string> warnings;  // "file:line: …" for lines that can match nothing
  std::size_t unseen = 0;             // so many at the end may be of what was not scanned: they are not called dead
};

// A missing file is an error too; ask before calling where it is optional.
Result<IgnoreList> read_ignore_file(const std::string& path);
IgnoreList parse_ignore_list(std::string_view text, const std::string& name);

std::unique_ptr<Sink> ignore_listed(IgnoreList list, std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next);

// One entry of a gitleaks report.
struct BaselineEntry {
  std::string rule, file, commit;
  std::uint64_t line = 0, column = 0, end_column = 0;
  Secret secret;
};

// Either form of a baseline, or both where several files are merged by the caller.
struct Baseline {
  std::map<std::string, std::string> fingerprints;  // to the comment behind it, "" for none
  std::vector<std::string> head;                    // comment lines in front, kept by format_baseline
  std::vector<BaselineEntry> entries;               // of a gitleaks report
};

// Whatever cannot be read or understood is an error with its place (the caller's exit code 2), never an empty list.
Result<Baseline> read_baseline(const std::string& path);
Result<Baseline> parse_baseline(std::string_view text, const std::string& name);

std::unique_ptr<Sink> hold_back_baseline(Baseline baseline, std::shared_ptr<Suppressed> counts,
                                         std::unique_ptr<Sink> next);

// --baseline-write: records the fingerprint of all that passes (put it in front of hold_back_baseline) with the rule's
// id as a comment; `into` is the caller's and outlives the sink. Existing entries and comments are kept; to drop dead
// entries, erase those that Suppressed names before writing.
std::unique_ptr<Sink> record_baseline(Baseline& into, std::unique_ptr<Sink> next);

// The text of a baseline file. Entries of a gitleaks report are not written: record_baseline has recorded what is
// still there by its content.
std::string format_baseline(const Baseline& baseline);

}  // namespace staunch
