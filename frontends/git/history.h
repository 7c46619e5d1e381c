// The whole history of a repository: every blob, tree, commit and tag that lies in it, be it reachable or not.
//
// In four passes, each over all objects of its type: blobs are scanned and those with hits remembered; trees lead from
// the hits to roots; commits are scanned and compared with their parents; then the blobs of introductions alone are
// read again, to say where in them the secret stands. Of a repository that is as it was when a cache learned what it
// came to, that last step is all there is to do.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/sink.h"
#include "frontends/git/git_cache.h"
#include "frontends/git/held.h"
#include "frontends/git/known_blobs.h"
#include "frontends/git/object_store.h"
#include "frontends/git/repository.h"

namespace staunch {

using Warn = std::function<void(const std::string&)>;

struct HistoryOptions {
  bool delta_scan = true;
  std::uint64_t max_bytes = 0;  // leave out larger blobs; 0: no limit. Then `known` is null
  Counts counts;
  KnownBlobs* known = nullptr;               // blobs that need not be scanned; learns what is new. Null: nobody asks
  const std::set<ObjectId>* only = nullptr;  // these commits; null: all, and what no commit leads to
  Warn warn;                                 // of what does not change the report
  const GitCache* cache = nullptr;           // accounts of repositories as they were; null: none
};

// How long the stages took, in seconds.
struct HistoryTimes {
  double index = 0, blobs = 0, trees = 0, commits = 0, attribution = 0, introductions = 0;
};

// Adds to `totals`; findings reach the sink by date and id of their commits, then by path and offset, those without a
// commit last.
void scan_history(const Repository& repository, const Refs& refs, const ObjectStore& store, Scanner& scanner,
                  const HistoryOptions& options, Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress);

}  // namespace staunch
