#include "frontends/git/commits.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <mutex>

namespace staunch {

std::uint32_t Commits::find(std::uint32_t number) const {
  return number < by_number_.size() ? by_number_[number] : kNone;
}

std::vector<bool> Commits::reachable(std::span<const std::uint32_t> tips) const {
  std::vector<bool> seen(nodes_.size());
  std::vector<std::uint32_t> open;
  const auto reach = [&](std::uint32_t commit) {
    if (seen[commit]) return;
    seen[commit] = true;
    open.push_back(commit);
  };
  for (const std::uint32_t tip : tips) reach(tip);
  while (!open.empty()) {
    const std::uint32_t commit = open.back();
    open.pop_back();
    for (const std::uint32_t parent : parents(commit)) reach(parent);
  }
  return seen;
}

class CommitPass {
 public:
  CommitPass(const Objects& objects, const std::set<ObjectId>& shallow, Scanner& scanner, const OnCommit& on_text,
             const Progress& progress)
      : objects_(objects), shallow_(shallow), scanner_(scanner), on_text_(on_text), progress_(progress) {}

  CommitResult run() {
    Objects::Visitor visitor;
    visitor.wanted = [](std::uint32_t) { return true; };
    visitor.on_object = [&](const Rebuilt& commit) {
      if (commit.wanted) take(commit);
    };
    visitor.on_failure = [&](std::uint32_t number, const std::string& why) { fail(number, why); };
    objects_.visit(ObjectType::commit, scanner_, visitor, progress_);
    join();
    return std::move(result_);
  }

 private:
  struct Read {  // parents by the numbers of their objects
    Commits::Node node;
    std::vector<std::uint32_t> parents;
  };

  void take(const Rebuilt& commit) {
    const auto text = parse_commit(commit.text, objects_.store().id_bytes());
    if (!text) return fail(commit.node, text.error().what);
    Read read;
    read.node.number = commit.node;
    read.node.tree = tree_of(commit.node, text->tree);
    const bool cut = !shallow_.empty() && shallow_.count(objects_.numbers().id(commit.node)) > 0;
    read.node.border = cut;
    for (const ObjectId& parent : text->parents) {
      if (cut) break;
      const std::uint32_t number = objects_.numbers().find(parent.raw());
      if (number != Numbering::kNone && objects_.type(number) == ObjectType::commit) {
        read.parents.push_back(number);
        continue;
      }
      read.node.border = true;
      const std::lock_guard lock(mutex_);
      result_.missing.insert(parent.hex());
    }
    locals_.local().push_back(std::move(read));
    on_text_(commit.node, *text, commit.worker);
  }

  std::uint32_t tree_of(std::uint32_t commit, const ObjectId& id) {
    const std::uint32_t tree = objects_.numbers().find(id.raw());
    if (tree == Numbering::kNone) {
      const std::string hex = objects_.numbers().id(commit).hex();
      const std::lock_guard lock(mutex_);
      const auto [first, is_new] = result_.missing_trees.try_emplace(id.hex(), hex);
      if (!is_new) first->second = std::min(first->second, hex);
    } else if (objects_.type(tree) != ObjectType::tree && objects_.type(tree) != ObjectType::none) {
      fail(commit, "its tree " + id.hex() + " is none");
      return Numbering::kNone;
    }
    return tree;
  }

  void fail(std::uint32_t number, const std::string& why) {
    const std::lock_guard lock(mutex_);
    result_.failures.push_back({"commit " + objects_.numbers().id(number).hex(), why});
  }

  void join() {
    std::vector<const Read*> all;
    for (const auto& local : locals_)
      for (const Read& read : local) all.push_back(&read);
    std::sort(all.begin(), all.end(), [](const Read* a, const Read* b) { return a->node.number < b->node.number; });
    Commits& commits = result_.commits;
    commits.nodes_.reserve(all.size());
    commits.by_number_.assign(objects_.numbers().size(), Commits::kNone);
    for (const Read* read : all) {
      commits.by_number_[read->node.number] = static_cast<std::uint32_t>(commits.nodes_.size());
      commits.nodes_.push_back(read->node);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      Commits::Node& node = commits.nodes_[i];
      node.parents = static_cast<std::uint32_t>(commits.parents_.size());
      for (const std::uint32_t number : all[i]->parents)
        // One that is there and could not be read is as good as missing; its failure was told.
        if (const std::uint32_t parent = commits.find(number); parent != Commits::kNone)
          commits.parents_.push_back(parent);
        else node.border = true;
      node.count = static_cast<std::uint16_t>(std::min<std::size_t>(commits.parents_.size() - node.parents, 0xffff));
    }
  }

  const Objects& objects_;
  const std::set<ObjectId>& shallow_;
  Scanner& scanner_;
  const OnCommit& on_text_;
  const Progress& progress_;
  std::mutex mutex_;
  CommitResult result_;
  tbb::enumerable_thread_specific<std::vector<Read>> locals_;
};

CommitResult read_commits(const Objects& objects, const std::set<ObjectId>& shallow, Scanner& scanner,
                          const OnCommit& on_text, const Progress& progress) {
  return CommitPass(objects, shallow, scanner, on_text, progress).run();
}

}  // namespace staunch
