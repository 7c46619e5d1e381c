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

namespace staunch {

struct GitOptions {
  std::vector<std::string> repositories;  // as typed
  GitEnvironment environment;             // counts where one repository is asked for
  unsigned threads = 0;                   // 0: as many as processors
  bool delta_scan = true;
  const GitCache* cache = nullptr;  // what is kept between runs; null: nothing
  Confidence min_confidence = Confidence::low;  // occurrences below need not be attributed
};

// Calls sink.occurrence() only; start() and finish() are the caller's. `progress.stop` ends the scan early.
Totals scan_git(Scanner& scanner, const GitOptions& options, Sink& sink, Progress& progress, HistoryTimes& times);

}  // namespace staunch
