#include "frontends/git/trees.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "frontends/git/parse.h"

namespace staunch {
namespace {

bool by_offset(const TreeItem& item, std::uint64_t at) { return item.offset < at; }

// Carries over the items of the base that lie whole in a copy, from the one that begins at `at` on. Returns where they
// end, `at` itself where none begins there.
std::uint64_t carry_items(const Known& base, const Copy& copy, std::uint64_t at, std::vector<TreeItem>& items) {
  const std::uint64_t from = at - copy.to + copy.from, end = copy.from + copy.size;
  auto item = std::lower_bound(base.items.begin(), base.items.end(), from, by_offset);
  if (item == base.items.end() || item->offset != from) return at;
  // The item that begins at or behind `stop` is the first that is not whole.
  const auto stop = std::lower_bound(item, base.items.end(), end, by_offset);
  auto last = stop;
  const std::uint64_t last_end = stop == base.items.end() ? base.items_end : stop->offset;
  if (last_end > end) --last;
  if (last == item) return at;
  const std::uint64_t carried_end = last == base.items.end() ? base.items_end : last->offset;
  const auto first = static_cast<std::ptrdiff_t>(items.size());
  items.insert(items.end(), item, last);
  for (auto moved = items.begin() + first; moved != items.end(); ++moved)
    moved->offset = static_cast<std::uint32_t>(moved->offset - copy.from + copy.to);
  return carried_end - copy.from + copy.to;
}

}  // namespace

bool read_items(const Rebuilt& tree, std::size_t id_bytes, Names& names, Names::Seen& seen,
                std::vector<FreshItem>& fresh) {
  std::vector<TreeItem>& items = tree.known.items;
  items.clear();
  fresh.clear();
  std::uint64_t at = 0;
  auto copy = tree.copies.begin();
  while (at < tree.text.size()) {
    while (copy != tree.copies.end() && copy->to + copy->size <= at) ++copy;
    if (tree.base != nullptr && copy != tree.copies.end() && copy->to <= at) {
      const std::uint64_t end = carry_items(*tree.base, *copy, at, items);
      const bool came_on = end > at;
      at = end;
      if (came_on) continue;
    }
    TreeReader reader(tree.text.substr(at), id_bytes);
    TreeEntry entry;
    if (!reader.next(entry)) break;
    if (!entry.is_submodule()) fresh.push_back({items.size(), entry.id});
    items.push_back(
        {static_cast<std::uint32_t>(at), names.number(entry.name, seen), Numbering::kNone, entry.is_tree()});
    at = static_cast<std::uint64_t>(entry.id.data() + entry.id.size() - tree.text.data());
  }
  tree.known.items_end = at;
  return at == tree.text.size();
}

std::span<const HitEntry> HitTrees::entries(std::uint32_t tree) const {
  if (tree >= by_tree_.size() || by_tree_[tree] == 0) return {};
  const Place& place = places_[by_tree_[tree] - 1];
  return std::span(entries_).subspan(place.begin, place.count);
}

class TreePass {
 public:
  TreePass(const Objects& objects, Scanner& scanner, const TreeOptions& options, Names& names, const Progress& progress)
      : objects_(objects), scanner_(scanner), options_(options), names_(names), progress_(progress) {}

  TreeResult run() {
    Objects::Visitor visitor;
    visitor.wanted = [](std::uint32_t) { return true; };
    visitor.on_object = [&](const Rebuilt& tree) { take(tree); };
    visitor.on_failure = [&](std::uint32_t number, const std::string& why) {
      const std::lock_guard lock(mutex_);
      result_.failures.push_back({"tree " + objects_.numbers().id(number).hex(), why});
    };
    objects_.visit(ObjectType::tree, scanner_, visitor, progress_);
    follow_up();
    collect();
    return std::move(result_);
  }

 private:
  struct Record {  // of one tree: what in it is a hit or a tree
    std::uint32_t tree;
    std::uint64_t begin, count;
  };
  struct Local {
    std::vector<Record> records;
    std::vector<HitEntry> entries;
    std::vector<FreshItem> fresh;  // of one tree
    Names::Seen seen;
  };

  bool is_hit(const TreeItem& item) const {
    if ((item.name & Names::kWanted) != 0) return true;
    const std::uint32_t name = Names::index(item.name);
    if (options_.hit_names != nullptr && name < options_.hit_names->size() && (*options_.hit_names)[name]) return true;
    if (item.child >= kMissing) return item.child != Numbering::kNone && options_.missing_is_hit;
    return options_.hit_objects[item.child];
  }

  void take(const Rebuilt& tree) {
    Local& local = locals_.local();
    const bool whole = read_items(tree, objects_.store().id_bytes(), names_, local.seen, local.fresh);
    number_children(tree, local.fresh);
    if (!tree.wanted) return;
    if (!whole) {
      const std::lock_guard lock(mutex_);
      result_.failures.push_back({"tree " + objects_.numbers().id(tree.node).hex(),
                                  "damaged behind byte " + std::to_string(tree.known.items_end)});
    }
    const std::uint64_t begin = local.entries.size();
    for (const TreeItem& item : tree.known.items)
      if (item.is_tree || is_hit(item)) local.entries.push_back({item.name, item.child, item.is_tree});
    if (local.entries.size() > begin) local.records.push_back({tree.node, begin, local.entries.size() - begin});
  }

  // Ids are all over the index: a group of them is on its way before the first one is looked at.
  void number_children(const Rebuilt& tree, const std::vector<FreshItem>& fresh) {
    constexpr std::size_t kGroup = 32;
    const Numbering& numbers = objects_.numbers();
    for (std::size_t begin = 0; begin < fresh.size(); begin += kGroup) {
      const auto group = std::span(fresh).subspan(begin, std::min(kGroup, fresh.size() - begin));
      for (const int step : {0, 1})
        for (const FreshItem& each : group) numbers.prepare(each.raw_id, step);
      for (const FreshItem& each : group) {
        const std::uint32_t number = numbers.find(each.raw_id);
        tree.known.items[each.item].child = number != Numbering::kNone ? number : missing(ObjectId(each.raw_id));
      }
    }
  }

  std::uint32_t missing(const ObjectId& id) {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = missing_.try_emplace(id, kMissing + static_cast<std::uint32_t>(missing_.size()));
    if (is_new) result_.missing.push_back(id);
    return place->second;
  }

  // Trees that lead to hits, level by level; deeper ones than people make by way of a list of parents, which is long.
  void follow_up() {
    constexpr int kLevels = 32;
    leads_.assign(objects_.numbers().size(), false);
    bool more = true;
    for (int level = 0; more && level < kLevels; ++level) {
      more = false;
      each_record([&](const Record& record, std::span<const HitEntry> entries) {
        if (leads_[record.tree]) return;
        if (std::any_of(entries.begin(), entries.end(), [&](const HitEntry& entry) { return kept(entry); }))
          leads_[record.tree] = more = true;
      });
    }
    if (more) follow_parents();
  }

  void follow_parents() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> parents;  // of a tree
    std::vector<std::uint32_t> open;
    each_record([&](const Record& record, std::span<const HitEntry> entries) {
      if (leads_[record.tree]) open.push_back(record.tree);
      for (const HitEntry& entry : entries)
        if (entry.is_tree && entry.child < kMissing) parents.emplace_back(entry.child, record.tree);
    });
    std::sort(parents.begin(), parents.end());
    while (!open.empty()) {
      const std::uint32_t tree = open.back();
      open.pop_back();
      auto parent = std::lower_bound(parents.begin(), parents.end(), std::pair(tree, std::uint32_t{0}));
      for (; parent != parents.end() && parent->first == tree; ++parent) {
        if (leads_[parent->second]) continue;
        leads_[parent->second] = true;
        open.push_back(parent->second);
      }
    }
  }

  template <typename Function>
  void each_record(Function function) const {
    for (const Local& local : locals_)
      for (const Record& record : local.records)
        function(record, std::span(local.entries).subspan(record.begin, record.count));
  }

  bool kept(const HitEntry& entry) const {
    if (is_hit({0, entry.name, entry.child, entry.is_tree})) return true;
    return entry.is_tree && entry.child < kMissing && leads_[entry.child];
  }

  void collect() {
    HitTrees& hits = result_.hits;
    for (const Local& local : locals_)
      for (const Record& record : local.records) {
        if (!leads_[record.tree]) continue;
        const std::uint64_t begin = hits.entries_.size();
        for (std::uint64_t i = 0; i < record.count; ++i)
          if (const HitEntry& entry = local.entries[record.begin + i]; kept(entry)) hits.entries_.push_back(entry);
        hits.places_.push_back({record.tree, begin, hits.entries_.size() - begin});
      }
    std::sort(hits.places_.begin(), hits.places_.end(),
              [](const HitTrees::Place& a, const HitTrees::Place& b) { return a.tree < b.tree; });
    if (!hits.places_.empty()) hits.by_tree_.resize(objects_.numbers().size());
    for (std::uint32_t i = 0; i < hits.places_.size(); ++i) hits.by_tree_[hits.places_[i].tree] = i + 1;
  }

  const Objects& objects_;
  Scanner& scanner_;
  const TreeOptions& options_;
  Names& names_;
  const Progress& progress_;
  std::mutex mutex_;
  TreeResult result_;
  std::map<ObjectId, std::uint32_t> missing_;
  tbb::enumerable_thread_specific<Local> locals_;
  std::vector<bool> leads_;
};

TreeResult look_through_trees(const Objects& objects, Scanner& scanner, const TreeOptions& options, Names& names,
                              const Progress& progress) {
  return TreePass(objects, scanner, options, names, progress).run();
}

}  // namespace staunch
