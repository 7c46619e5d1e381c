#include "frontends/git/introductions.h"

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <tuple>

namespace staunch {
namespace {

constexpr std::uint32_t kNone = Numbering::kNone;

// A tree's hits, searched for one name after the other; both lists are mostly of one order, so each search goes on
// where the last one ended.
class Searched {
 public:
  explicit Searched(std::span<const HitEntry> entries) : entries_(entries) {}
  const HitEntry* find(std::uint32_t name) {
    for (std::size_t seen = 0; seen < entries_.size(); ++seen) {
      if (next_ == entries_.size()) next_ = 0;
      if (entries_[next_++].name == name) return &entries_[next_ - 1];
    }
    return nullptr;
  }

 private:
  std::span<const HitEntry> entries_;
  std::size_t next_ = 0;
};

// A version of a path in which a secret stands; those of one path and secret are counted.
using Stand = std::tuple<std::string, std::uint64_t, std::uint32_t>;  // path, handle, blob

struct Version {
  std::string path;
  std::uint32_t blob;
};

// Trees can be made so that they unfold without end. Of one commit or tip so many entries are looked at, and so many
// paths that one object comes to stand at.
constexpr std::uint64_t kMaxEntries = 1u << 22;
constexpr std::uint32_t kMaxPathsOfOne = 1000;

}  // namespace

struct SecretsAt::State {
  std::mutex mutex;
  std::map<std::pair<std::uint32_t, std::string>, Secrets> known;
};

SecretsAt::SecretsAt(const Objects& objects, Scanner& scanner, const std::vector<HitBlob>& hits, const Counts& counts)
    : objects_(objects), scanner_(scanner), hits_(hits), counts_(counts), state_(std::make_unique<State>()) {}
SecretsAt::~SecretsAt() = default;

const Secrets& SecretsAt::at(std::uint32_t blob, const std::string& path) {
  static const Secrets kNothing;
  const auto hit = std::lower_bound(hits_.begin(), hits_.end(), blob,
                                    [](const HitBlob& each, std::uint32_t number) { return each.number < number; });
  if (hit == hits_.end() || hit->number != blob) return kNothing;
  if (!hit->asks_path) return hit->secrets;
  {
    const std::lock_guard lock(state_->mutex);
    if (const auto known = state_->known.find({blob, path}); known != state_->known.end()) return known->second;
  }
  Secrets secrets;
  if (const auto object = objects_.store().read(objects_.numbers().id(blob), kMaxHeldObject)) {
    Scanner::Lease worker = scanner_.lease();
    const ItemReport report = hit->matches ? scan_matches(scanner_, worker, object->bytes, path, *hit->matches)
                                           : scanner_.scan(worker, object->bytes, path);
    secrets = secrets_of(scanner_, report.occurrences, counts_);
  } else {
    secrets = hit->secrets;  // it was read a moment ago: what may be there is told
  }
  const std::lock_guard lock(state_->mutex);
  return state_->known.try_emplace({blob, path}, std::move(secrets)).first->second;
}

// One commit against its parents.
class CommitDiff {
 public:
  CommitDiff(const History& history, SecretsAt& secrets_at, std::vector<Introduction>& found,
             std::vector<Stand>& stands, std::vector<std::uint32_t>& cut)
      : history_(history), secrets_at_(secrets_at), found_(found), stands_(stands), cut_(cut) {}

  void run(std::uint32_t commit) {
    commit_ = commit;
    tree_ = history_.commits.node(commit).tree;
    if (tree_ == kNone) return;
    std::vector<std::uint32_t> trees;
    parents_.clear();
    for (const std::uint32_t parent : history_.commits.parents(commit)) {
      const std::uint32_t tree = history_.commits.node(parent).tree;
      if (tree == tree_) return;
      trees.push_back(tree);
      parents_.push_back(tree);
    }
    budget_ = kMaxEntries;
    is_cut_ = false;
    times_.clear();
    listed_.clear();
    renames_.clear();
    compare(tree_, trees, 0);
    if (is_cut_) cut_.push_back(commit);
  }

 private:
  // `trees`: the parents' at the same path, kNone where there is none.
  void compare(std::uint32_t tree, const std::vector<std::uint32_t>& trees, std::size_t depth) {
    const auto entries = history_.trees.entries(tree);
    if (entries.empty()) return;
    is_cut_ |= depth > kDeepestTree;
    if (depth > kDeepestTree) return;
    std::vector<Searched> others;
    for (const std::uint32_t other : trees)
      others.emplace_back(other == kNone ? std::span<const HitEntry>() : history_.trees.entries(other));
    const std::size_t above = path_.size();
    std::vector<const HitEntry*> before(others.size());
    for (const HitEntry& entry : entries) {
      is_cut_ |= budget_ == 0;
      if (budget_ == 0) return;
      --budget_;
      bool same = false;
      for (std::size_t i = 0; i < others.size(); ++i) {
        before[i] = others[i].find(entry.name);
        same |= before[i] != nullptr && before[i]->child == entry.child && before[i]->is_tree == entry.is_tree;
      }
      if (same) continue;
      path_ += history_.names.name(entry.name);
      if (is_hit_name(entry.name) && !too_often(true, entry.name)) note_name(entry, before);
      if (entry.is_tree) {
        std::vector<std::uint32_t> below;
        for (const HitEntry* each : before) below.push_back(each != nullptr && each->is_tree ? each->child : kNone);
        path_ += '/';
        if (entry.child < kMissing) compare(entry.child, below, depth + 1);
      } else if (entry.child < kMissing && !too_often(false, entry.child)) {
        compare_blob(entry.child, before);
      }
      path_.resize(above);
    }
  }

  bool too_often(bool is_name, std::uint32_t number) {
    const bool too = ++times_[{is_name, number}] > kMaxPathsOfOne;
    is_cut_ |= too;
    return too;
  }

  bool is_hit_name(std::uint32_t name) const {
    if ((name & Names::kWanted) != 0) return true;
    return history_.hit_names != nullptr && name < history_.hit_names->size() && (*history_.hit_names)[name];
  }

  void note_name(const HitEntry& entry, const std::vector<const HitEntry*>& before) {
    for (const HitEntry* each : before)
      if (each != nullptr) return;
    Introduction introduction;
    introduction.commit = commit_;
    introduction.blob = entry.is_tree || entry.child >= kMissing ? kNone : entry.child;
    introduction.path = path_;
    introduction.name_is_new = true;
    found_.push_back(std::move(introduction));
  }

  void compare_blob(std::uint32_t blob, const std::vector<const HitEntry*>& before) {
    const Secrets& now = secrets_at_.at(blob, path_);
    if (now.entries.empty()) return;
    for (const Secrets::Entry& entry : now.entries) stands_.emplace_back(path_, entry.handle, blob);
    Introduction introduction;
    introduction.commit = commit_;
    introduction.blob = blob;
    introduction.path = path_;
    std::vector<std::uint32_t> most(now.entries.size(), 0);
    for (std::size_t i = 0; i < before.size(); ++i) {
      Version place{path_, before[i] != nullptr && !before[i]->is_tree ? before[i]->child : kNone};
      if (before[i] == nullptr && !renamed(i, blob, place)) continue;
      const Secrets& then = secrets_at_.at(place.blob, place.path);
      for (std::size_t k = 0; k < most.size(); ++k) {
        const std::uint32_t count = then.count(now.entries[k].handle);
        if (count == 0) continue;
        most[k] = std::max(most[k], count);
        introduction.before = place.blob;
        introduction.before_path = place.path;
      }
    }
    for (std::size_t k = 0; k < most.size(); ++k)
      if (now.entries[k].count > most[k])
        introduction.secrets.push_back({now.entries[k].handle, now.entries[k].count - most[k], 1});
    if (introduction.secrets.empty()) return;
    introduction.at_or_before =
        !history_.whole && std::any_of(parents_.begin(), parents_.end(),
                                       [&](std::uint32_t parent) { return find(parent, path_) == Standing::missing; });
    found_.push_back(std::move(introduction));
  }

  // Where parent `i` has the very same blob at a path that the commit does not have any more.
  bool renamed(std::size_t i, std::uint32_t blob, Version& place) {
    const std::uint32_t parent = parents_[i];
    if (parent == kNone) return false;
    const auto [known, is_new] = renames_.try_emplace({parent, blob});
    auto& [gone, come] = known->second;
    if (is_new) {
      gone = paths_of(parent, blob, tree_);
      if (!gone.empty()) come = paths_of(tree_, blob, parent);
    }
    const auto mine = static_cast<std::size_t>(std::find(come.begin(), come.end(), path_) - come.begin());
    if (mine >= come.size() || mine >= gone.size()) return false;
    place = {gone[mine], blob};
    return true;
  }

  // The paths of a blob in a tree at which nothing stands in another, in the tree's order.
  std::vector<std::string> paths_of(std::uint32_t tree, std::uint32_t blob, std::uint32_t without) {
    const auto [listed_of, is_new] = listed_.try_emplace(tree);
    auto* const listed = &*listed_of;
    if (is_new)
      for_each_hit(history_, tree, [&](const std::string& path, std::uint32_t each) {
        if (auto& paths = listed->second[each]; paths.size() < kMaxPathsOfOne) paths.push_back(path);
      });
    std::vector<std::string> out;
    const auto paths = listed->second.find(blob);
    if (paths != listed->second.end())
      std::copy_if(paths->second.begin(), paths->second.end(), std::back_inserter(out),
                   [&](const std::string& path) { return find(without, path) == Standing::nothing; });
    return out;
  }

  // What stands at a path, be it a hit or not. `missing`: it is not here, or what would lead to it is not.
  enum class Standing { nothing, something, missing };
  Standing find(std::uint32_t tree, const std::string& path) const {
    if (tree == kNone) return Standing::missing;
    std::size_t at = 0;
    for (ObjectId id = history_.objects.numbers().id(tree);;) {
      const std::size_t slash = std::min(path.find('/', at), path.size());
      const std::string_view name = std::string_view(path).substr(at, slash - at);
      const auto object = history_.objects.store().read(id, kMaxHeldObject);
      if (!object) return Standing::missing;
      TreeReader reader(object->bytes, history_.objects.store().id_bytes());
      TreeEntry entry;
      bool found = false;
      while (!found && reader.next(entry)) found = entry.name == name;
      if (!found) return Standing::nothing;
      const bool here = entry.is_submodule() || history_.objects.numbers().find(entry.id) != kNone;
      if (slash == path.size()) return here ? Standing::something : Standing::missing;
      if (!entry.is_tree()) return Standing::nothing;
      id = ObjectId(entry.id);
      at = slash + 1;
    }
  }

  const History& history_;
  SecretsAt& secrets_at_;
  std::vector<Introduction>& found_;
  std::vector<Stand>& stands_;
  std::vector<std::uint32_t>& cut_;
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

namespace {

struct Local {
  std::vector<Introduction> found;
  std::vector<Stand> stands;
  std::vector<std::uint32_t> cut;
};

void walk_hits(const History& history, std::uint32_t tree, std::string& path, std::size_t depth, std::uint64_t& budget,
               const std::function<void(const std::string&, const HitEntry&)>& visit) {
  if (depth > kDeepestTree) return;
  for (const HitEntry& entry : history.trees.entries(tree)) {
    if (budget == 0) return;
    --budget;
    const std::size_t above = path.size();
    path += history.names.name(entry.name);
    visit(path, entry);
    if (entry.is_tree && entry.child < kMissing) {
      path += '/';
      walk_hits(history, entry.child, path, depth + 1, budget, visit);
    }
    path.resize(above);
  }
}

// Hits that no commit leads to: of trees that hang nowhere, and blobs that stand in no tree.
void add_unreached(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at,
                   std::vector<Introduction>& out, std::map<std::uint32_t, std::string>& missed) {
  std::vector<bool> seen_trees(history.objects.numbers().size()), seen_blobs(history.objects.numbers().size());
  std::size_t depth = 0;
  const std::function<void(std::uint32_t, std::string&, bool)> mark = [&](std::uint32_t tree, std::string& path,
                                                                          bool reached) {
    if (depth > kDeepestTree || seen_trees[tree]) return;
    seen_trees[tree] = true;
    ++depth;
    for (const HitEntry& entry : history.trees.entries(tree)) {
      const std::size_t above = path.size();
      path += history.names.name(entry.name);
      if (entry.child >= kMissing) {
        if (reached && entry.child != kNone) missed.try_emplace(entry.child, path);
      } else if (entry.is_tree) {
        path += '/';
        mark(entry.child, path, reached);
      } else if (!seen_blobs[entry.child]) {
        seen_blobs[entry.child] = true;
        if (reached) {
          path.resize(above);
          continue;
        }
        Introduction introduction;
        introduction.blob = entry.child;
        introduction.path = path;
        for (const Secrets::Entry& secret : secrets_at.at(entry.child, path).entries)
          introduction.secrets.push_back({secret.handle, secret.count, 1});
        if (!introduction.secrets.empty()) out.push_back(std::move(introduction));
      }
      path.resize(above);
    }
    --depth;
  };
  std::string path;
  for (std::uint32_t commit = 0; commit < history.commits.size(); ++commit)
    if (const std::uint32_t tree = history.commits.node(commit).tree; tree != kNone) mark(tree, path, true);
  // Trees that no commit leads to, those first that no other leads to.
  std::set<std::uint32_t> below, rest;
  history.trees.for_each([&](std::uint32_t tree, std::span<const HitEntry> entries) {
    if (seen_trees[tree]) return;
    rest.insert(tree);
    for (const HitEntry& entry : entries)
      if (entry.is_tree) below.insert(entry.child);
  });
  for (const bool top : {true, false})
    for (const std::uint32_t tree : rest)
      if (!top || below.count(tree) == 0) mark(tree, path, false);
  for (const HitBlob& hit : hits) {
    if (seen_blobs[hit.number]) continue;
    const Secrets& secrets = secrets_at.at(hit.number, {});
    if (secrets.entries.empty()) continue;
    Introduction introduction;
    introduction.blob = hit.number;
    for (const Secrets::Entry& secret : secrets.entries)
      introduction.secrets.push_back({secret.handle, secret.count, 1});
    out.push_back(std::move(introduction));
  }
}

void count_versions(std::vector<Stand>& stands, std::vector<Introduction>& introductions) {
  std::sort(stands.begin(), stands.end());
  stands.erase(std::unique(stands.begin(), stands.end()), stands.end());
  for (Introduction& introduction : introductions)
    for (Introduction::Secret& secret : introduction.secrets) {
      const auto first = std::lower_bound(stands.begin(), stands.end(), Stand(introduction.path, secret.handle, 0));
      const auto last = std::upper_bound(stands.begin(), stands.end(), Stand(introduction.path, secret.handle, kNone));
      secret.versions = std::max(1u, static_cast<std::uint32_t>(last - first));
    }
}

}  // namespace

void for_each_hit(const History& history, std::uint32_t tree,
                  const std::function<void(const std::string& path, std::uint32_t blob)>& visit) {
  std::string path;
  std::uint64_t budget = kMaxEntries;
  walk_hits(history, tree, path, 0, budget, [&](const std::string& at, const HitEntry& entry) {
    if (!entry.is_tree && entry.child < kMissing) visit(at, entry.child);
  });
}

Attribution attribute(const History& history, const std::vector<HitBlob>& hits, SecretsAt& secrets_at) {
  Attribution out;
  tbb::enumerable_thread_specific<Local> locals;
  const auto commits = static_cast<std::uint32_t>(history.commits.size());
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, history.trees.empty() ? 0 : commits, 256),
                    [&](const auto& range) {
                      Local& local = locals.local();
                      CommitDiff diff(history, secrets_at, local.found, local.stands, local.cut);
                      for (std::uint32_t i = range.begin(); i < range.end(); ++i) diff.run(i);
                    });
  std::vector<Stand> stands;
  for (Local& local : locals) {
    std::move(local.found.begin(), local.found.end(), std::back_inserter(out.introductions));
    std::move(local.stands.begin(), local.stands.end(), std::back_inserter(stands));
    out.cut.insert(out.cut.end(), local.cut.begin(), local.cut.end());
  }
  count_versions(stands, out.introductions);
  add_unreached(history, hits, secrets_at, out.introductions, out.missed);
  std::sort(out.introductions.begin(), out.introductions.end(), [](const Introduction& a, const Introduction& b) {
    return std::tie(a.commit, a.path, a.blob) < std::tie(b.commit, b.path, b.blob);
  });
  return out;
}

}  // namespace staunch
