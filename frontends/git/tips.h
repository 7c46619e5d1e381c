// What leads to a commit, and what the branches still hold.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/commits.h"
#include "frontends/git/introductions.h"
#include "frontends/git/repository.h"
#include "frontends/git/story.h"

namespace staunch {

class Tips {
 public:
  Tips(const Repository& repository, const Refs& refs, const Objects& objects, const Commits& commits);

  // As Commit::reachable says it.
  std::string of_commit(std::uint32_t commit) const;
  std::string of_tag(std::uint32_t number) const;

  struct Branch {
    std::string name;  // "HEAD", "main", "origin/main"
    std::uint32_t commit;
  };
  const std::vector<Branch>& branches() const { return branches_; }
  // Refs that lead nowhere.
  std::vector<Note> take_notes() { return std::move(notes_); }

 private:
  std::vector<bool> by_ref_, by_stash_, by_reflog_;  // by commit
  std::vector<std::uint32_t> tags_;                  // objects' numbers, ordered: annotated tags that refs lead to
  std::vector<Branch> branches_;
  std::vector<Note> notes_;
};

// Which branches still hold which secrets.
class StillHeld {
 public:
  const Holders* find(std::uint64_t handle) const;  // null: none does

 private:
  friend StillHeld still_held(const History& history, const Tips& tips, SecretsAt& secrets_at);
  std::map<std::uint64_t, Holders> holders_;
};

StillHeld still_held(const History& history, const Tips& tips, SecretsAt& secrets_at);

}  // namespace staunch
