#include "frontends/git/commit_changes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>

#include "frontends/git/parse.h"
#include "frontends/git/walk.h"

namespace staunch {
namespace {

// Files of one commit: trees can be made so that they unfold without end.
constexpr std::size_t kMaxFiles = 1u << 22;

struct Entry {
  std::uint32_t mode = 0;
  ObjectId id;
  bool is_tree() const { return mode == 040000; }
  bool is_file() const { return mode != 040000 && mode != 0160000; }
  bool operator==(const Entry& other) const { return id == other.id && is_tree() == other.is_tree(); }
};
using Tree = std::map<std::string, Entry, std::less<>>;

Result<Tree> read_tree(const ObjectStore& store, const ObjectId& id) {
  Tree tree;
  if (!id) return tree;
  const auto object = store.read(id, kMaxHeldObject);
  if (!object) return Error{object.error().what, "tree " + id.hex()};
  TreeReader reader(object->bytes, store.id_bytes());
  for (TreeEntry entry; reader.next(entry);) tree[std::string(entry.name)] = {entry.mode, ObjectId(entry.id)};
  if (reader.damaged()) return Error{"damaged", "tree " + id.hex()};
  return tree;
}

// Where a file of one tree stands and the other has nothing, by blob.
class Gone {
 public:
  Gone(const ObjectStore& store, const ObjectId& from, const ObjectId& to) : store_(store) {
    std::string path;
    compare(from, to, path, 0);
  }
  // The path that pairs with `path`: the first that went with the first that came, and so on; empty where none does.
  std::string pair_of(const ObjectId& blob, const std::string& path) const {
    const auto went = went_.find(blob), came = came_.find(blob);
    if (went == went_.end() || came == came_.end()) return {};
    const auto mine =
        static_cast<std::size_t>(std::find(came->second.begin(), came->second.end(), path) - came->second.begin());
    return mine < came->second.size() && mine < went->second.size() ? went->second[mine] : std::string();
  }

 private:
  using Paths = std::map<ObjectId, std::vector<std::string>>;

  void compare(const ObjectId& from, const ObjectId& to, std::string& path, std::size_t depth) {
    if (from == to || depth > kDeepestTree || files_ > kMaxFiles) return;
    const auto a = read_tree(store_, from), b = read_tree(store_, to);
    if (!a || !b) return;  // who asks has read them: it was told
    const std::size_t above = path.size();
    const auto each = [&](const Tree& tree, const Tree& other, bool all_went) {
      for (const auto& [name, entry] : tree) {
        path += name;
        const auto there = other.find(name);
        const bool absent = there == other.end();
        if (entry.is_tree() && (absent || !there->second.is_tree() || all_went)) {
          path += '/';
          const ObjectId below = absent || !there->second.is_tree() ? ObjectId() : there->second.id;
          if (all_went) compare(entry.id, below, path, depth + 1);
          else if (!below) compare(below, entry.id, path, depth + 1);
        } else if (entry.is_file() && absent) {
          ++files_;
          (all_went ? went_ : came_)[entry.id].push_back(path);
        }
        path.resize(above);
      }
    };
    each(*a, *b, true);
    each(*b, *a, false);
  }

  const ObjectStore& store_;
  Paths went_, came_;
  std::size_t files_ = 0;
};

class CommitDiff {
 public:
  CommitDiff(const ObjectStore& store, const ObjectId& tree, const std::vector<ObjectId>& trees)
      : store_(store), tree_(tree), trees_(trees), gone_(std::make_shared<std::vector<std::unique_ptr<Gone>>>()) {
    gone_->resize(trees.size());
  }

  Result<std::vector<Changed>> run() {
    std::string path;
    const Status compared = compare(tree_, trees_, path, 0);
    if (!compared) return compared.error();
    return std::move(changed_);
  }

 private:
  Status compare(const ObjectId& tree, const std::vector<ObjectId>& trees, std::string& path, std::size_t depth) {
    if (depth > kDeepestTree || changed_.size() > kMaxFiles)
      return Error{"its trees unfold to more than can be compared", "tree " + tree.hex()};
    const auto now = read_tree(store_, tree);
    if (!now) return now.error();
    std::vector<Tree> before;
    for (const ObjectId& each : trees) {
      auto read = read_tree(store_, each);
      if (!read) return read.error();
      before.push_back(std::move(*read));
    }
    const std::size_t above = path.size();
    for (const auto& each : *now) {
      const std::string& name = each.first;
      const Entry& entry = each.second;
      std::vector<const Entry*> others;
      for (const Tree& tree_before : before) {
        const auto found = tree_before.find(name);
        others.push_back(found == tree_before.end() ? nullptr : &found->second);
      }
      if (std::any_of(others.begin(), others.end(), [&](const Entry* other) { return other && *other == entry; }))
        continue;
      path += name;
      if (entry.is_tree()) {
        path += '/';
        std::vector<ObjectId> below;
        for (const Entry* other : others) below.push_back(other && other->is_tree() ? other->id : ObjectId());
        if (const Status compared = compare(entry.id, below, path, depth + 1); !compared) return compared;
      } else if (entry.is_file()) {
        add(entry, others, path);
      }
      path.resize(above);
    }
    return Done{};
  }

  void add(const Entry& entry, const std::vector<const Entry*>& others, const std::string& path) {
    Changed change;
    change.now = {entry.id, path, {}};
    for (const Entry* other : others)
      change.before.push_back({other && other->is_file() ? other->id : ObjectId(), path, {}});
    change.renamed_from = [&store = store_, tree = tree_, trees = trees_, gone = gone_, blob = entry.id,
                           path](std::size_t i) {
      std::unique_ptr<Gone>& known = (*gone)[i];
      if (!known) known = std::make_unique<Gone>(store, trees[i], tree);
      return known->pair_of(blob, path);
    };
    changed_.push_back(std::move(change));
  }

  const ObjectStore& store_;
  const ObjectId tree_;
  const std::vector<ObjectId> trees_;
  std::shared_ptr<std::vector<std::unique_ptr<Gone>>> gone_;  // by parent, made when asked for
  std::vector<Changed> changed_;
};

}  // namespace

Result<std::vector<Changed>> changed_files(const ObjectStore& store, const ObjectId& tree,
                                           const std::vector<ObjectId>& trees) {
  return CommitDiff(store, tree, trees).run();
}

ObjectId blob_at(const ObjectStore& store, const ObjectId& tree, const std::string& path) {
  ObjectId id = tree;
  for (std::size_t at = 0;;) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const auto read = read_tree(store, id);
    if (!read) return {};
    const auto entry = read->find(std::string_view(path).substr(at, slash - at));
    if (entry == read->end()) return {};
    if (slash == path.size()) return entry->second.is_file() ? entry->second.id : ObjectId();
    if (!entry->second.is_tree()) return {};
    id = entry->second.id;
    at = slash + 1;
  }
}

}  // namespace staunch
