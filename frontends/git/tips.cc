#include "frontends/git/tips.h"

#include <algorithm>
#include <set>

#include "frontends/git/parse.h"

namespace staunch {
namespace {

constexpr int kMaxTags = 100;  // of tags, one behind the other

// Where a ref leads to, through tags; those are added to `tags`.
ObjectId peel(const Objects& objects, ObjectId id, std::vector<std::uint32_t>& tags) {
  for (int i = 0; i < kMaxTags; ++i) {
    const std::uint32_t number = objects.numbers().find(id.raw());
    if (number == Numbering::kNone || objects.type(number) != ObjectType::tag) return id;
    tags.push_back(number);
    const auto object = objects.store().read(id, kMaxHeldObject);
    const auto tag = object ? parse_tag(object->bytes, objects.store().id_bytes()) : Result<TagText>(object.error());
    if (!tag) return id;
    id = tag->object;
  }
  return id;
}

std::string short_name(const std::string& ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/remotes/"})
    if (ref.starts_with(prefix)) return ref.substr(prefix.size());
  return ref == "HEAD" ? ref : std::string();
}

}  // namespace

Tips::Tips(const Repository& repository, const Refs& refs, const Objects& objects, const Commits& commits) {
  std::vector<std::uint32_t> tips, stashes, logged, ignored;
  for (const Ref& ref : refs.refs) {
    if (!ref.id) continue;
    const ObjectId id = peel(objects, ref.id, tags_);
    const std::uint32_t number = objects.numbers().find(id.raw());
    if (number == Numbering::kNone) {
      if (!repository.partial) notes_.push_back({ref.name, "leads to " + id.hex() + ", which is missing"});
      continue;
    }
    const std::uint32_t commit = commits.find(number);
    if (commit == Commits::kNone) continue;
    (ref.name == "refs/stash" ? stashes : tips).push_back(commit);
    if (std::string name = short_name(ref.name); !name.empty()) branches_.push_back({std::move(name), commit});
  }
  for (const Ref& entry : refs.reflogs) {
    const std::uint32_t number = objects.numbers().find(entry.id.raw());
    if (number == Numbering::kNone) continue;  // expired
    const std::uint32_t commit = commits.find(number);
    if (commit != Commits::kNone) (entry.name == "refs/stash" ? stashes : logged).push_back(commit);
  }
  std::sort(tags_.begin(), tags_.end());
  by_ref_ = commits.reachable(tips);
  by_stash_ = commits.reachable(stashes);
  by_reflog_ = commits.reachable(logged);
}

std::string Tips::of_commit(std::uint32_t commit) const {
  if (by_ref_[commit]) return {};
  return by_stash_[commit] ? "stash" : by_reflog_[commit] ? "reflog" : "nothing";
}

std::string Tips::of_tag(std::uint32_t number) const {
  return std::binary_search(tags_.begin(), tags_.end(), number) ? "" : "nothing";
}

const Holders* StillHeld::find(std::uint64_t handle) const {
  const auto holders = holders_.find(handle);
  return holders == holders_.end() ? nullptr : &holders->second;
}

StillHeld still_held(const History& history, const Tips& tips, SecretsAt& secrets_at) {
  StillHeld out;
  if (history.trees.empty()) return out;
  std::map<std::uint32_t, std::set<std::uint64_t>> by_tree;
  for (const Tips::Branch& branch : tips.branches()) {
    const std::uint32_t tree = history.commits.node(branch.commit).tree;
    const auto added = by_tree.try_emplace(tree);
    std::set<std::uint64_t>& known = added.first->second;
    if (added.second && tree != Numbering::kNone)
      for_each_hit(history, tree, [&](const std::string& path, std::uint32_t blob) {
        for (const Secrets::Entry& entry : secrets_at.at(blob, path).entries) known.insert(entry.handle);
      });
    for (const std::uint64_t handle : known) {
      Holders& holders = out.holders_[handle];
      if (branch.name == "HEAD") holders.head = true;
      else if (holders.branches.size() < kMaxBranches) holders.branches.push_back(branch.name);
    }
  }
  return out;
}

}  // namespace staunch
