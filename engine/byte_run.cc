#include "engine/byte_run.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/width.h"

namespace staunch {
namespace {

constexpr std::uint64_t kLeastLength = 10;
constexpr std::size_t kMostBytes = 96;  // of 256 in a set that still says something

// Bits that the run tells: how unlikely it is among random bytes.
double worth(const ByteRun& run) {
  const std::size_t size = run.set.count();
  if (size == 0 || size > kMostBytes || run.length < kLeastLength) return 0;
  return static_cast<double>(run.length) * (8 - std::log2(size));
}

// All that a text of the node may consist of, and how long it is at least.
ByteRun whole(const Node& node) {
  ByteRun run{node.kind == Node::Kind::bytes ? node.set : ByteSet(), min_width(node)};
  for (const Node* child : node.children) run.set |= whole(*child).set;
  return run;
}

const ByteRun& better(const ByteRun& a, const ByteRun& b) { return worth(b) > worth(a) ? b : a; }

ByteRun best(const Node& node);

// Neighbours make one run of what they all may consist of.
ByteRun best_of_neighbours(const std::vector<const Node*>& nodes) {
  ByteRun found;
  std::vector<ByteRun> wholes;
  for (const Node* node : nodes) {
    wholes.push_back(whole(*node));
    found = better(found, best(*node));
  }
  for (std::size_t first = 0; first < wholes.size(); ++first) {
    ByteRun run;
    for (std::size_t i = first; i < wholes.size(); ++i) {
      run.set |= wholes[i].set;
      run.length += wholes[i].length;
      if (run.set.count() > kMostBytes) break;
      found = better(found, run);
    }
  }
  return found;
}

// Whichever it is, it holds a run of bytes of either's set.
ByteRun best_of_either(const std::vector<const Node*>& nodes) {
  ByteRun found = best(*nodes.front());
  for (const Node* node : nodes) {
    const ByteRun run = best(*node);
    if (worth(run) == 0) return {};
    found.set |= run.set;
    found.length = std::min(found.length, run.length);
  }
  return found;
}

// A run that every text of the node holds; of no worth where there is none.
ByteRun best(const Node& node) {
  ByteRun found;
  switch (node.kind) {
    case Node::Kind::empty:
    case Node::Kind::bytes: break;
    case Node::Kind::concat: found = best_of_neighbours(node.children); break;
    case Node::Kind::alternate: found = best_of_either(node.children); break;
    case Node::Kind::repeat:
      if (node.min > 0) found = best(*node.children.front());
      break;
  }
  return better(found, whole(node));
}

}  // namespace

std::optional<ByteRun> demanded_run(const Node& root) {
  const ByteRun found = best(root);
  if (worth(found) == 0) return std::nullopt;
  return found;
}

}  // namespace staunch
