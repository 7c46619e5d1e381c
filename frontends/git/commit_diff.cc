#include "frontends/git/commit_diff.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

namespace staunch {
namespace {

// Paths of one commit that one object or name may come to stand at.
constexpr std::uint32_t kMaxPathsOfOne = 1000;

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

}  // namespace

void CommitDiff::run(std::uint32_t commit) {
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
  budget_ = kMaxTreeEntries;
  is_cut_ = false;
  times_.clear();
  listed_.clear();
  renames_.clear();
  compare(tree_, trees, 0);
  if (is_cut_) into_.cut.push_back(commit);
}

void CommitDiff::compare(std::uint32_t tree, const std::vector<std::uint32_t>& trees, std::size_t depth) {
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

bool CommitDiff::too_often(bool is_name, std::uint32_t number) {
  const bool too = ++times_[{is_name, number}] > kMaxPathsOfOne;
  is_cut_ |= too;
  return too;
}

bool CommitDiff::is_hit_name(std::uint32_t name) const {
  if ((name & Names::kWanted) != 0) return true;
  return history_.hit_names != nullptr && name < history_.hit_names->size() && (*history_.hit_names)[name];
}

void CommitDiff::note_name(const HitEntry& entry, const std::vector<const HitEntry*>& before) {
  for (const HitEntry* each : before)
    if (each != nullptr) return;
  Introduction introduction;
  introduction.commit = commit_;
  introduction.blob = entry.is_tree || entry.child >= kMissing ? kNone : entry.child;
  introduction.path = path_;
  introduction.name_is_new = true;
  into_.found.push_back(std::move(introduction));
}

void CommitDiff::compare_blob(std::uint32_t blob, const std::vector<const HitEntry*>& before) {
  const Secrets& now = secrets_at_.at(blob, path_);
  if (now.entries.empty()) return;
  for (const Secrets::Entry& entry : now.entries) into_.stands.emplace_back(path_, entry.handle, blob);
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
  into_.found.push_back(std::move(introduction));
}

bool CommitDiff::renamed(std::size_t i, std::uint32_t blob, Version& place) {
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

std::vector<std::string> CommitDiff::paths_of(std::uint32_t tree, std::uint32_t blob, std::uint32_t without) {
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

CommitDiff::Standing CommitDiff::find(std::uint32_t tree, const std::string& path) const {
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

}  // namespace staunch
