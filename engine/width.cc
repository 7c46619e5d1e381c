#include "engine/width.h"

#include <algorithm>

namespace staunch {
namespace {

std::uint64_t add(std::uint64_t a, std::uint64_t b) { return a > kNoWidthLimit - b ? kNoWidthLimit : a + b; }

std::uint64_t multiply(std::uint64_t a, std::uint64_t b) {
  return a != 0 && b > kNoWidthLimit / a ? kNoWidthLimit : a * b;
}

}  // namespace

std::uint64_t max_width(const Node& node) {
  std::uint64_t width = 0;
  switch (node.kind) {
    case Node::Kind::empty: return 0;
    case Node::Kind::bytes: return 1;
    case Node::Kind::concat:
      for (const Node* child : node.children) width = add(width, max_width(*child));
      return width;
    case Node::Kind::alternate:
      for (const Node* child : node.children) width = std::max(width, max_width(*child));
      return width;
    case Node::Kind::repeat: {
      const std::uint64_t inside = max_width(*node.children.front());
      if (inside == 0) return 0;
      return node.max == Node::kNoLimit ? kNoWidthLimit : multiply(inside, node.max);
    }
  }
  return kNoWidthLimit;
}

std::uint64_t min_width(const Node& node) {
  std::uint64_t width = 0;
  switch (node.kind) {
    case Node::Kind::empty: return 0;
    case Node::Kind::bytes: return 1;
    case Node::Kind::concat:
      for (const Node* child : node.children) width = add(width, min_width(*child));
      return width;
    case Node::Kind::alternate:
      width = kNoWidthLimit;
      for (const Node* child : node.children) width = std::min(width, min_width(*child));
      return width;
    case Node::Kind::repeat: return multiply(min_width(*node.children.front()), node.min);
  }
  return 0;
}

}  // namespace staunch
