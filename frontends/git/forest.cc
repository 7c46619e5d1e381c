#include "frontends/git/forest.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>

namespace staunch {

Forest::Forest(const Pack& pack) : data_end_(pack.data_end()) {
  const std::vector<std::uint32_t> order = pack.index().by_offset();
  nodes_.resize(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    nodes_[i].object = order[i];
    nodes_[i].begin = pack.index().offset(order[i]);
  }
  read_headers(pack);
  settle();
}

void Forest::read_headers(const Pack& pack) {
  std::vector<std::uint32_t> by_object(size());  // the node of an object
  for (std::uint32_t i = 0; i < size(); ++i) by_object[nodes_[i].object] = i;
  const auto at_offset = [&](std::uint64_t offset) {
    const auto found = std::lower_bound(nodes_.begin(), nodes_.end(), offset,
                                        [](const Node& node, std::uint64_t at) { return node.begin < at; });
    return found != nodes_.end() && found->begin == offset ? static_cast<std::uint32_t>(found - nodes_.begin()) : kNone;
  };
  tbb::parallel_for(tbb::blocked_range<std::uint32_t>(0, size(), 4096), [&](const auto& range) {
    EntryReader reader(pack);
    for (std::uint32_t i = range.begin(); i < range.end(); ++i) {
      Node& node = nodes_[i];
      const auto entry = reader.entry(node.begin, end_of(i));
      if (!entry) {
        node.delta = true;  // of nothing: it stays without a type
        continue;
      }
      node.size = entry->size;
      node.type = entry->type;
      node.header = static_cast<std::uint8_t>(entry->data - entry->begin);
      node.delta = entry->is_delta();
      if (!node.delta) continue;
      if (entry->base_offset > 0) {
        node.base = at_offset(entry->base_offset);
      } else if (const auto object = pack.index().find(entry->base_id.raw())) {
        node.base = by_object[*object];
      }
    }
  });
}

// Children, types and costs, from the roots on: what no root leads to keeps no type.
void Forest::settle() {
  first_child_.assign(size() + 1, 0);
  for (const Node& node : nodes_)
    if (node.base != kNone) ++first_child_[node.base + 1];
  for (std::uint32_t i = 0; i < size(); ++i) first_child_[i + 1] += first_child_[i];
  children_.resize(first_child_[size()]);
  std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
  for (std::uint32_t i = 0; i < size(); ++i)
    if (nodes_[i].base != kNone) children_[next[nodes_[i].base]++] = i;

  std::vector<std::uint32_t>& reached = from_roots_;
  reached.reserve(size());
  costs_.resize(size());
  for (std::uint32_t i = 0; i < size(); ++i) {
    costs_[i] = end_of(i) - nodes_[i].begin;
    if (!nodes_[i].delta) reached.push_back(i);
  }
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (std::uint32_t child : children(reached[i])) {
      nodes_[child].type = nodes_[reached[i]].type;
      reached.push_back(child);
    }
  for (std::size_t i = reached.size(); i-- > 0;)
    if (const Node& node = nodes_[reached[i]]; node.base != kNone) costs_[node.base] += costs_[reached[i]];
  // The dearest comes last: a walk that goes on with it need not keep what it is made of.
  for (std::uint32_t i = 0; i < size(); ++i)
    std::sort(children_.begin() + first_child_[i], children_.begin() + first_child_[i + 1],
              [&](std::uint32_t a, std::uint32_t b) { return costs_[a] != costs_[b] ? costs_[a] < costs_[b] : a < b; });
}

PackEntry Forest::entry(std::uint32_t number) const {
  const Node& node = nodes_[number];
  PackEntry entry;
  entry.type = node.delta ? ObjectType::none : node.type;
  entry.size = node.size;
  entry.begin = node.begin;
  entry.data = node.begin + node.header;
  entry.end = end_of(number);
  return entry;
}

}  // namespace staunch
