// All objects of one type in a pack, each rebuilt once, from the one that it is made of and that is still in memory.
//
// Every base is inflated once; its deltas are applied depth first, the dearest child last, so that few texts are alive
// at a time. Roots are TBB tasks; so are large subtrees, split at their children. Nothing waits inside of a task.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/progress.h"
#include "engine/scan.h"
#include "engine/version.h"
#include "frontends/git/forest.h"

namespace staunch {

// Objects that are not made of others are streamed from this size on; others are held up to kMaxHeldObject and named
// beyond.
inline constexpr std::uint64_t kStreamedObject = 32u << 20, kMaxHeldObject = 1u << 30;

// An entry of a tree (frontends/git/trees.h).
struct TreeItem {
  std::uint32_t offset = 0;  // in the tree
  std::uint32_t name = 0;
  std::uint32_t child = 0;  // the object's number
  bool is_tree = false;
};

// What is known of an object's text, for those that are made of it.
struct Known {
  Carried carried;              // of a blob
  std::vector<TreeItem> items;  // of a tree
  std::uint64_t items_end = 0;  // bytes that they fill
};

// One object, while it is in memory.
struct Rebuilt {
  std::uint32_t node = 0;
  bool wanted = false;  // else others that are made of it are
  std::string_view text;
  const Known* base = nullptr;   // of what it is made of; null where it stands for itself
  std::span<const Copy> copies;  // from the base
  Known& known;                  // to be filled
  Scanner::Lease& worker;
};

struct WalkVisitor {
  // Called from several threads, each object once and behind its base.
  std::function<void(const Rebuilt&)> on_object;
  // Objects from kStreamedObject on which nothing is made of.
  std::function<void(std::uint32_t node, ByteStream& bytes)> on_stream;
  // What could not be rebuilt; those that are made of it are told, too.
  std::function<void(std::uint32_t node, std::string why)> on_failure;
};

// `wanted` has a flag for each node; of the others those are rebuilt that a wanted one is made of. Ends early where
// progress.stop is set.
void walk_pack(const Pack& pack, const Forest& forest, ObjectType type, const std::vector<bool>& wanted,
               Scanner& scanner, const WalkVisitor& visitor, const Progress& progress);

}  // namespace staunch
