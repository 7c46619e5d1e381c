// The commits of a repository: who is whose parent, and which tree each holds. Their texts are looked at while they are
// in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/objects.h"
#include "frontends/git/parse.h"

namespace staunch {

class Commits {
 public:
  static constexpr std::uint32_t kNone = Numbering::kNone;

  struct Node {
    std::uint32_t number = 0;   // the object's
    std::uint32_t tree = 0;     // its number; kNone: it is not here
    std::uint32_t parents = 0;  // index of the first
    std::uint16_t count = 0;    // of parents
    bool border = false;        // a parent of it is not here
  };

  std::size_t size() const { return nodes_.size(); }
  const Node& node(std::uint32_t commit) const { return nodes_[commit]; }
  // Indices of the parents that are here.
  std::span<const std::uint32_t> parents(std::uint32_t commit) const {
    return std::span(parents_).subspan(nodes_[commit].parents, nodes_[commit].count);
  }
  // The index of a commit by its object's number; kNone where it is none.
  std::uint32_t find(std::uint32_t number) const;

  // All that can be reached from these (indices), themselves included.
  std::vector<bool> reachable(std::span<const std::uint32_t> tips) const;

 private:
  friend class CommitPass;
  std::vector<Node> nodes_;               // ordered by number
  std::vector<std::uint32_t> by_number_;  // of the object: index into nodes_
  std::vector<std::uint32_t> parents_;
};

struct CommitResult {
  Commits commits;
  std::vector<Note> failures;     // that cannot be read
  std::set<std::string> missing;  // parents that are not here, in hex, but for those of shallow commits
  std::map<std::string, std::string> missing_trees;  // that commits name and that are not here: whose, in hex
};

// `on_text` is called for each commit, from several threads.
using OnCommit = std::function<void(std::uint32_t number, const CommitText& commit, Scanner::Lease& worker)>;
CommitResult read_commits(const Objects& objects, const std::set<ObjectId>& shallow, Scanner& scanner,
                          const OnCommit& on_text, const Progress& progress);

}  // namespace staunch
