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

// More commits than these are quicker read with the whole history than one by one.
inline constexpr std::size_t kFewCommits = 2000;

// The commits of a scope of commits. Errors: git cannot list them (a revision that does not exist, no `git`).
Result<std::vector<ObjectId>> commits_of(const Repository& repository, const Scope& scope);

// Scans these commits; adds to `totals`. They come by date and id, their paths in order.
void scan_commits(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const std::vector<ObjectId>& commits, const ChangeOptions& options, Sink& sink, Totals& totals,
                  Progress& progress);

// Scans the index or the work tree; adds to `totals`. Errors: git cannot list what changed; nothing was scanned.
Status scan_uncommitted(const Repository& repository, const ObjectStore& store, Scanner& scanner, const Scope& scope,
                        const ChangeOptions& options, Sink& sink, Totals& totals, Progress& progress);

}  // namespace staunch
