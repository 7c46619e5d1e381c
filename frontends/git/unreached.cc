#include "frontends/git/unreached.h"

#include <set>
#include <span>
#include <string>
#include <utility>

namespace staunch {
namespace {

class Unreached {
 public:
  Unreached(const History& history, SecretsAt& secrets_at, Attribution& out)
      : history_(history),
        secrets_at_(secrets_at),
        out_(out),
        seen_trees_(history.objects.numbers().size()),
        seen_blobs_(history.objects.numbers().size()) {}

  void run(const std::vector<HitBlob>& hits) {
    for (std::uint32_t commit = 0; commit < history_.commits.size(); ++commit)
      if (const std::uint32_t tree = history_.commits.node(commit).tree; tree != Numbering::kNone) mark(tree, true);
    mark_trees();
    for (const HitBlob& hit : hits)
      if (!seen_blobs_[hit.number]) add(hit.number);
  }

 private:
  // Trees that no commit leads to, those first that no other leads to.
  void mark_trees() {
    std::set<std::uint32_t> below, rest;
    history_.trees.for_each([&](std::uint32_t tree, std::span<const HitEntry> entries) {
      if (seen_trees_[tree]) return;
      rest.insert(tree);
      for (const HitEntry& entry : entries)
        if (entry.is_tree) below.insert(entry.child);
    });
    for (const bool top : {true, false})
      for (const std::uint32_t tree : rest)
        if (!top || below.count(tree) == 0) mark(tree, false);
  }

  void mark(std::uint32_t tree, bool reached) {
    if (depth_ > kDeepestTree || seen_trees_[tree]) return;
    seen_trees_[tree] = true;
    ++depth_;
    for (const HitEntry& entry : history_.trees.entries(tree)) {
      const std::size_t above = path_.size();
      path_ += history_.names.name(entry.name);
      mark_entry(entry, reached);
      path_.resize(above);
    }
    --depth_;
  }

  void mark_entry(const HitEntry& entry, bool reached) {
    if (entry.child >= kMissing) {
      if (reached && entry.child != Numbering::kNone) out_.missed.try_emplace(entry.child, path_);
    } else if (entry.is_tree) {
      path_ += '/';
      mark(entry.child, reached);
    } else if (!seen_blobs_[entry.child]) {
      seen_blobs_[entry.child] = true;
      if (!reached) add(entry.child);
    }
  }

  // At the path that is looked at, "" where there is none.
  void add(std::uint32_t blob) {
    Introduction introduction;
    introduction.blob = blob;
    introduction.path = path_;
    for (const Secrets::Entry& secret : secrets_at_.at(blob, path_).entries)
      introduction.secrets.push_back({secret.handle, secret.count, 1});
    if (!introduction.secrets.empty()) out_.introductions.push_back(std::move(introduction));
  }

  const History& history_;
  SecretsAt& secrets_at_;
  Attribution& out_;
  std::vector<bool> seen_trees_, seen_blobs_;  // by number
  std::string path_;
  std::size_t depth_ = 0;
};

}  // namespace

void add_unreached(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at, Attribution& out) {
  Unreached(history, secrets_at, out).run(hits);
}

}  // namespace staunch
