// What the response acts on: secrets, each once, with the places where they stood and what stands beside them.
//
// They come from a report or from standard input. A report is redacted as a rule; then each secret is read again at its
// place (read_again.h). Where that fails the subject has no secret and `missing` says why: nothing is ever sent for it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/fill.h"
#include "rules/catalogue.h"

namespace staunch {

struct SubjectPlace {
  std::string path, commit, repository;
  std::uint64_t line = 0;
  std::string since = {};  // RFC 3339: when the commit that brought it in was made; empty where that is not known
};

struct Subject {
  std::string fingerprint;
  std::string rule;
  std::string provider;  // empty where the rule has none
  std::string shown;     // what may be printed in the secret's place
  Secret secret;
  std::string missing;  // why there is no secret: "moved", …
  Values beside;        // by rule id: the nearest other finding in the same file
  Values said;          // what its connection string says (connection_string.h)
  std::map<std::string, std::string> derived;
  std::vector<SubjectPlace> places;  // at most kMaxSubjectPlaces
  std::uint64_t place_count = 0;
};
inline constexpr std::size_t kMaxSubjectPlaces = 1000;

struct Subjects {
  std::vector<Subject> all;          // by first place in the report
  std::vector<std::string> targets;  // what was scanned, as typed
  std::vector<std::string> notes;    // what of the report is incomplete
};

// A report of ours (jsonl, SARIF), or of another scanner: gitleaks' JSON, trufflehog's JSON lines, SARIF.
struct ReportSource {
  std::string path;             // "-" is standard input
  std::string folder;           // the work tree or repository that it speaks of; empty: where it says
  std::string fingerprint_key;  // the scan's; empty where it was the public one
  std::string key_file = {};    // of a sealed report (sealed_report.h)
};

// Secrets that it does not show are read again (read_again.h).
Result<Subjects> subjects_of_report(const ReportSource& from, const Catalogue& catalogue);

// A report of ours with its secrets that is still being written: `take` gets what has come since, the places of a file
// together, on this thread while another one reads. Where a secret stands in several of them, it comes several times.
Status each_batch(const ReportSource& from, const Catalogue& catalogue,
                  const std::function<void(const Subjects&)>& take);

// A text that is a secret of `rule`, or holds secrets where `rule` is empty.
Result<Subjects> subjects_of_text(const std::string& text, const std::string& rule, const Catalogue& catalogue,
                                  const std::string& fingerprint_key);

}  // namespace staunch
