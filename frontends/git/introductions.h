// Who brought a secret in: each commit against each of its parents.
//
// A commit introduces a secret at a path when its version of the path holds it more often than each parent's version
// does. Of a path that a parent does not have, the version at the path that it was renamed from counts: one with the
// very same content, that the commit does not have any more; of several, the first pairs with the first. Only what
// leads to hits is compared, so that a history without any costs nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "frontends/git/commits.h"
#include "frontends/git/secrets_at.h"
#include "frontends/git/trees.h"

namespace staunch {

struct Introduction {
  std::uint32_t commit = Commits::kNone;  // index; kNone: no commit has it
  std::uint32_t blob = 0;                 // number; kNone: a folder, where its name is new
  std::string path;
  // Of each secret: how many of its places are new, and how many versions of the path hold it.
  struct Secret {
    std::uint64_t handle = 0;
    std::uint32_t places = 0, versions = 1;
  };
  std::vector<Secret> secrets;  // ordered by handle
  // A parent's version, where that holds some of them already; kNone: none does.
  std::uint32_t before = Numbering::kNone;
  std::string before_path;
  bool at_or_before = false;  // a parent's version is not here
  bool name_is_new = false;   // the path itself: the name of the file was looked for, and no parent has it
};

struct Attribution {
  std::vector<Introduction> introductions;  // ordered by commit index and path, those without a commit last
  // Objects that reachable trees name and that are not here: kMissing + i, with a path at which each is missed.
  std::map<std::uint32_t, std::string> missed;
  std::vector<std::uint32_t> cut;  // commits of which not all was compared: their trees unfold without end
};

struct History {
  const Objects& objects;
  const Commits& commits;
  const HitTrees& trees;
  const Names& names;
  const std::vector<bool>* hit_names;  // null: none
  bool whole = true;                   // no object is missing
};

Attribution attribute(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at);

// Trees can be made so that they unfold without end. Of one commit or tip so many entries are looked at.
inline constexpr std::uint64_t kMaxTreeEntries = 1u << 22;

// Calls `visit` with every hit below a tree: (path, blob number).
void for_each_hit(const History& history, std::uint32_t tree,
                  const std::function<void(const std::string& path, std::uint32_t blob)>& visit);

}  // namespace staunch
