// Parts of a repository: some commits, the index, the work tree. Each change is looked at directly; nothing else is read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/git/changes.h"
#include "frontends/git/object_store.h"
#include "frontends/git/repository.h"

namespace staunch {

enum class ScopeKind : std::uint8_t { all, commits, staged, unstaged };

struct Scope {
  ScopeKind kind = ScopeKind::all;
  std::vector<std::string> revisions;  // of commits: as list_commits() takes them
  bool whole_files = false;
};

// Scans a scope other than `all`; adds to `totals`. Commits come by date and id, paths in order. Errors: git cannot list
// what was asked for (a revision that does not exist, no `git`): nothing was scanned.
Status scan_scope(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const Scope& scope, const Counts& counts, Sink& sink, Totals& totals, Progress& progress);

}  // namespace staunch
