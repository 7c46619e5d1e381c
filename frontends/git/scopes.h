// Parts of a repository: some commits, the index, the work tree. Each change is looked at directly; nothing else is
// read.
#pragma once

#include <chrono>
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

enum class ScopeKind : std::uint8_t { all, commits, pushed, staged, unstaged };

// All that `wanted` lead to and `known` do not.
struct Pushed {
  std::vector<ObjectId> wanted, known;
};

struct Scope {
  ScopeKind kind = ScopeKind::all;
  std::vector<std::string> revisions;  // of commits: as list_commits() takes them
  Pushed pushed;
  bool whole_files = false;
  std::vector<std::string> paths;  // of staged: also what the work tree brings into these, raw bytes from the top; and
                                   // all that stands there where they did not change
  std::vector<ObjectId> merging;   // of staged: commits that are being merged, beside those of MERGE_HEAD
  std::chrono::milliseconds time_limit{0};  // of pushed: for git to list the commits; 0: none of ours
};

// More commits than these are quicker read with the whole history than one by one.
inline constexpr std::size_t kFewCommits = 2000;

// The commits of a scope of commits. Errors: git cannot list them (a revision that does not exist, no `git`).
Result<std::vector<ObjectId>> commits_of(const Repository& repository, const Scope& scope);

// Scans these commits; adds to `totals`. They come by date and id, their paths in order. What a commit whose parents
// were not fetched brought in is told against `bases`, commits that are known, where there are any.
void scan_commits(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const std::vector<ObjectId>& commits, const ChangeOptions& options, Sink& sink, Totals& totals,
                  Progress& progress, const std::vector<ObjectId>& bases = {});

// Scans the index or the work tree; adds to `totals`. While a merge is made, what any of its parents has is not new.
// Errors: git cannot list what changed; nothing was scanned.
Status scan_uncommitted(const Repository& repository, const ObjectStore& store, Scanner& scanner, const Scope& scope,
                        const ChangeOptions& options, Sink& sink, Totals& totals, Progress& progress);

}  // namespace staunch
