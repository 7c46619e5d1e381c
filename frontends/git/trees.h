// Where hits stand: the trees that lead to them, of all trees of a repository.
//
// Every tree is rebuilt once. What it shares with the tree that it is made of is not parsed again: entries are carried
// through the copies of the delta. A hit is an object that somebody looks for (a blob that holds a secret), or an entry
// of a name that somebody looks for; a tree that leads to one is itself looked for in the trees above it.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/names.h"
#include "frontends/git/objects.h"

namespace staunch {

// An entry that is a hit, or leads to one.
struct HitEntry {
  std::uint32_t name = 0;
  std::uint32_t child = 0;  // the object's number; kMissing + i for the i-th id that is not here
  bool is_tree = false;
};

// Numbers from here on stand for objects that trees name and that are not here.
inline constexpr std::uint32_t kMissing = 0x80000000;

class HitTrees {
 public:
  // What leads to hits in a tree, in the tree's own order; empty where nothing does.
  std::span<const HitEntry> entries(std::uint32_t tree) const;
  bool empty() const { return entries_.empty(); }
  template <typename Function>
  void for_each(Function function) const {
    for (const Place& place : places_) function(place.tree, std::span(entries_).subspan(place.begin, place.count));
  }

 private:
  friend class TreePass;
  struct Place {
    std::uint32_t tree;
    std::uint64_t begin, count;
  };
  std::vector<Place> places_;           // ordered by tree
  std::vector<std::uint32_t> by_tree_;  // 1 + index into places_; 0: leads nowhere
  std::vector<HitEntry> entries_;
};

struct TreeOptions {
  const std::vector<bool>& hit_objects;          // by number
  const std::vector<bool>* hit_names = nullptr;  // by number of the name; null: none yet
  bool missing_is_hit = true;                    // objects that are not here are looked for, too
};

struct TreeResult {
  HitTrees hits;
  std::vector<ObjectId> missing;  // what kMissing + i stands for
  std::vector<Note> failures;     // trees that cannot be read
};

TreeResult look_through_trees(const Objects& objects, Scanner& scanner, const TreeOptions& options, Names& names,
                              const Progress& progress);

// An item of which the child's number is not known yet.
struct FreshItem {
  std::size_t item = 0;     // index into the tree's items
  std::string_view raw_id;  // in the tree
};

// The items of one tree; `base` and `copies` as in Rebuilt. `fresh` becomes those that it does not share with its base,
// but for submodules. Whether the tree could be read to its end.
bool read_items(const Rebuilt& tree, std::size_t id_bytes, Names& names, Names::Seen& seen,
                std::vector<FreshItem>& fresh);

}  // namespace staunch
