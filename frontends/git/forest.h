// The delta forest of one pack: which of its objects are made of which, in the order in which they stand.
//
// A node is an object; its number is its place in pack order. Headers are read once; 32 bytes a node are kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/pack.h"

namespace staunch {

class Forest {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  struct Node {
    std::uint64_t begin = 0;             // offset of the entry
    std::uint64_t size = 0;              // inflated bytes of the entry
    std::uint32_t object = 0;            // in the index
    std::uint32_t base = kNone;          // the node that it is made of
    ObjectType type = ObjectType::none;  // of its root; none: cannot be rebuilt from this pack
    std::uint8_t header = 0;             // bytes before the packed ones
    bool delta = false;
  };

  // Objects whose header cannot be read, or whose base is not in this pack, have no type.
  explicit Forest(const Pack& pack);

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  const Node& node(std::uint32_t number) const { return nodes_[number]; }
  std::span<const std::uint32_t> children(std::uint32_t number) const {
    return std::span(children_).subspan(first_child_[number], first_child_[number + 1] - first_child_[number]);
  }
  PackEntry entry(std::uint32_t number) const;
  // Every node that has a type, each behind its base.
  const std::vector<std::uint32_t>& from_roots() const { return from_roots_; }
  // Packed bytes of the node and of all that are made of it; what a walk over them costs, more or less.
  std::uint64_t cost(std::uint32_t number) const { return costs_[number]; }

 private:
  std::uint64_t end_of(std::uint32_t number) const {
    std::uint32_t next = number + 1;
    while (next < size() && nodes_[next].begin == nodes_[number].begin) ++next;  // an object that is listed twice
    return next < size() ? nodes_[next].begin : data_end_;
  }
  void read_headers(const Pack& pack);
  void settle();

  std::uint64_t data_end_ = 0;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> first_child_, children_, from_roots_;
  std::vector<std::uint64_t> costs_;
};

}  // namespace staunch
