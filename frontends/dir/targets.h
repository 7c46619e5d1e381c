// What the user typed, made into disjoint things to walk.
//
// A target inside another one (by its real path) is walked on its own, as it was typed, and the outer walk leaves that
// place out: so it is scanned once, and whatever an exclude or a default would have left out is scanned because it was
// asked for by name. The same place typed twice is walked once.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "frontends/dir/ignore.h"
#include "frontends/dir/notes.h"

namespace staunch {

struct Target {
  std::string spelled;  // path of a file, or what stands before a folder's entries: "" or "src/"
  std::string open;     // what to give to open()
  std::string real;     // canonical
  bool folder = false;
  std::set<std::string, std::less<>> elsewhere;  // relative paths that are targets of their own
};

// Sorted by spelling. What is missing or cannot be resolved goes to `notes` as incomplete.
std::vector<Target> resolve_targets(const std::vector<std::string>& paths, Notes& notes);

// The .gitignore files between the top of the repository that `folder` lies in and `folder` itself, exclusively, and
// the repository's own list; null where there is none.
std::shared_ptr<const PatternList> ignores_above(const std::string& folder);

// One .gitignore file in the folder `fd`; no patterns where it is missing, a link, or larger than
// kMaxPatternFileBytes (then a partial note under `path`).
inline constexpr std::size_t kMaxPatternFileBytes = 1 << 20;
std::vector<IgnorePattern> read_pattern_file(int fd, const char* name, const std::string& path, Notes* notes);

}  // namespace staunch
