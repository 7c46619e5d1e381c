// Git repositories as a source.
//
// - Everything that lies in a repository is looked at: every blob, also of commits that no ref leads to, commit and tag
//   messages, notes, names of files. An occurrence is an introduction: the place where a commit brought a secret in.
// - A path is that of the file in the tree, from its top. Of several repositories each occurrence names its own.
// - Nothing of a repository's configuration takes effect and nothing in it is executed.
// - A blob that several repositories have is scanned in the first of them. One that is named twice is scanned once.
// - A repository that cannot be opened is `incomplete`, and the others are scanned.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/git/git_cache.h"
#include "frontends/git/history.h"
#include "frontends/git/repository.h"
#include "frontends/git/scopes.h"

namespace staunch {

struct GitOptions {
  std::vector<std::string> repositories;  // as typed
  GitEnvironment environment;             // counts where one repository is asked for
  unsigned threads = 0;                   // 0: as many as processors
  Scope scope;
  bool delta_scan = true;
  std::uint64_t max_bytes = 0;                  // leave out larger blobs; 0: no limit
  Warn warn;                                    // of what does not change the report
  const GitCache* cache = nullptr;              // what is kept between runs; null: nothing
  Confidence min_confidence = Confidence::low;  // occurrences below need not be attributed
};

// Those that could be opened, each once, with their refs as they stood then, in the order in which they were asked for;
// where a whole history is, each with its submodules behind it.
struct OpenedRepositories {
  struct One {
    Repository repository;
    Refs refs;
    std::string name;  // what its occurrences call it; empty where it is the one that was asked for
  };
  std::vector<One> all;
  std::vector<Note> failures;
};
OpenedRepositories open_repositories(const GitOptions& options);

// What a report says of them; `scope` is for people. Of very many repositories the last ones' tips are left out.
std::vector<CoveredRepository> covered_by(const OpenedRepositories& opened, const std::string& scope);

// Calls sink.occurrence() only; start() and finish() are the caller's. `progress.stop` ends the scan early. Errors:
// what was asked of the only repository cannot be had (a revision that it does not know): nothing was scanned.
Result<Totals> scan_git(Scanner& scanner, const GitOptions& options, const OpenedRepositories& opened, Sink& sink,
                        Progress& progress, HistoryTimes& times);

}  // namespace staunch
