// What one commit brings in: its tree against those of its parents, where they lead to hits.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "frontends/git/introductions.h"

namespace staunch {

// A version of a path in which a secret stands; those of one path and secret are counted.
using Stand = std::tuple<std::string, std::uint64_t, std::uint32_t>;  // path, handle, blob

// What came of the commits that one thread compared.
struct Compared {
  std::vector<Introduction> found;
  std::vector<Stand> stands;
  std::vector<std::uint32_t> cut;  // commits whose trees unfold further than is looked at
};

// For one commit after the other.
class CommitDiff {
 public:
  CommitDiff(const History& history, SecretsAt& secrets_at, Compared& into)
      : history_(history), secrets_at_(secrets_at), into_(into) {}

  void run(std::uint32_t commit);

 private:
  static constexpr std::uint32_t kNone = Numbering::kNone;

  struct Version {
    std::string path;
    std::uint32_t blob;
  };

  // `trees`: the parents' at the same path, kNone where there is none.
  void compare(std::uint32_t tree, const std::vector<std::uint32_t>& trees, std::size_t depth);
  bool too_often(bool is_name, std::uint32_t number);
  bool is_hit_name(std::uint32_t name) const;
  void note_name(const HitEntry& entry, const std::vector<const HitEntry*>& before);
  void compare_blob(std::uint32_t blob, const std::vector<const HitEntry*>& before);
  // Where parent `i` has the very same blob at a path that the commit does not have any more.
  bool renamed(std::size_t i, std::uint32_t blob, Version& place);
  // The paths of a blob in a tree at which nothing stands in another, in the tree's order.
  std::vector<std::string> paths_of(std::uint32_t tree, std::uint32_t blob, std::uint32_t without);

  // What stands at a path, be it a hit or not. `missing`: it is not here, or what would lead to it is not.
  enum class Standing { nothing, something, missing };
  Standing find(std::uint32_t tree, const std::string& path) const;

  const History& history_;
  SecretsAt& secrets_at_;
  Compared& into_;
  std::uint64_t budget_ = 0;
  bool is_cut_ = false;
  std::map<std::pair<bool, std::uint32_t>, std::uint32_t> times_;  // how many of a name or a blob were looked at
  // Of trees of this commit and its parents, as far as they are asked for: hits by blob, and what pairs with what.
  std::map<std::uint32_t, std::map<std::uint32_t, std::vector<std::string>>> listed_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::vector<std::string>, std::vector<std::string>>>
      renames_;
  std::uint32_t commit_ = 0, tree_ = kNone;
  std::vector<std::uint32_t> parents_;  // their trees
  std::string path_;
};

}  // namespace staunch
