// Contents that changed, and what of their secrets is new: the scan of few commits, of the index, of the work tree.
//
// The definition is that of frontends/git/introductions.h, applied to each changed path directly: no object is read
// that the change does not name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/progress.h"
#include "engine/scan.h"
#include "frontends/git/held.h"
#include "frontends/git/object_store.h"

namespace staunch {

// One side of a change.
struct Side {
  ObjectId blob;     // nothing: no file stands there, or `file` has it
  std::string path;  // in the tree
  std::string file;  // of the work tree: where it is read from

  bool exists() const { return static_cast<bool>(blob) || !file.empty(); }
};

struct Changed {
  Side now;
  std::vector<Side> before;  // one for each parent; one that does not exist: nothing stood there
  // Where parent `i`, which has nothing at the path, has the very same blob at a path that is gone now; asked only
  // where something was found. May be empty.
  std::function<std::string(std::size_t i)> renamed_from;
};

struct ChangeOptions {
  bool whole_files = false;  // all that stands in a changed file, new or not
  Counts counts;
  std::uint64_t max_bytes = 0;  // leave out larger files; 0: no limit
};

struct ChangeResult {
  std::vector<Occurrence> occurrences;  // without commits
  std::vector<Note> failures, partial, skipped;
  std::uint64_t bytes = 0;
};

// Thread-safe as far as renamed_from is.
ChangeResult scan_change(const ObjectStore& store, Scanner& scanner, const ChangeOptions& options,
                         const Changed& change);

}  // namespace staunch
