#include "engine/positions.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <optional>
#include <utility>

#include "engine/width.h"

namespace staunch {
namespace {

// Counts above the limit become loops; the limits are tried from exact to loosest until the positions suffice.
constexpr std::uint32_t kLoosen[] = {64, 40, 24, 16, 8, 4, 1};
constexpr std::uint64_t kCut[] = {16, 8, 6, 4, 3, 2};
constexpr int kTooMany = Positions::kMost + 1;

// The first `bytes` bytes that a node demands, read in `direction`; what lies behind is left off.
struct Cut {
  const Node* node;
  bool whole;  // nothing was left off: what stands behind the node may follow
};

// Made nodes go to `made`.
Cut cut(const Node* node, std::uint64_t bytes, Direction direction, std::deque<Node>& made) {
  switch (node->kind) {
    case Node::Kind::empty:
    case Node::Kind::bytes: return {node, true};
    case Node::Kind::concat: {
      Node& out = made.emplace_back();
      out.kind = Node::Kind::concat;
      const std::size_t size = node->children.size();
      std::uint64_t got = 0;
      bool whole = true;
      for (std::size_t i = 0; i < size && whole; ++i) {
        if (got >= bytes) {
          whole = false;
          break;
        }
        const Node* child = node->children[direction == Direction::right ? i : size - 1 - i];
        const Cut part = cut(child, bytes - got, direction, made);
        out.children.push_back(part.node);
        whole = part.whole;
        got += min_width(*child);
      }
      if (direction == Direction::left) std::reverse(out.children.begin(), out.children.end());
      return {&out, whole};
    }
    case Node::Kind::alternate: {
      Node& out = made.emplace_back(*node);
      bool whole = true;
      for (const Node*& child : out.children) {
        const Cut part = cut(child, bytes, direction, made);
        child = part.node;
        whole = whole && part.whole;
      }
      return {&out, whole};
    }
    case Node::Kind::repeat: {
      Node& out = made.emplace_back(*node);
      const Cut part = cut(node->children.front(), bytes, direction, made);
      out.children.front() = part.node;
      out.min = static_cast<std::uint32_t>(std::min<std::uint64_t>(out.min, bytes));
      // A copy that was cut cannot be followed by another one.
      if (!part.whole) {
        out.max = std::min(out.max, 1u);
        out.min = std::min(out.min, out.max);
      }
      return {&out, part.whole};
    }
  }
  return {node, true};
}

// How a repeat is spelt out.
struct Copies {
  std::uint32_t needed = 0, optional = 0;
  bool loop = false;
};

Copies copies_of(const Node& node, std::uint32_t loosen) {
  Copies copies;
  copies.needed = std::min(node.min, loosen);
  copies.loop = copies.needed < node.min || node.max == Node::kNoLimit || node.max - copies.needed > loosen;
  copies.optional = copies.loop ? (copies.needed == 0 ? 1 : 0) : node.max - copies.needed;
  return copies;
}

int size_of(const std::vector<const Node*>& nodes, std::size_t count, std::uint32_t loosen);

// The positions that a node would take, kTooMany for any number above the most.
int size_of(const Node& node, std::uint32_t loosen) {
  std::uint64_t size = 0;
  switch (node.kind) {
    case Node::Kind::empty: break;
    case Node::Kind::bytes: size = 1; break;
    case Node::Kind::concat:
    case Node::Kind::alternate: return size_of(node.children, node.children.size(), loosen);
    case Node::Kind::repeat: {
      if (node.max == 0) break;
      const Copies copies = copies_of(node, loosen);
      size = static_cast<std::uint64_t>(size_of(*node.children.front(), loosen)) * (copies.needed + copies.optional);
      break;
    }
  }
  return static_cast<int>(std::min<std::uint64_t>(size, kTooMany));
}

int size_of(const std::vector<const Node*>& nodes, std::size_t count, std::uint32_t loosen) {
  int size = 0;
  for (std::size_t i = 0; i < count && size < kTooMany; ++i) size += size_of(*nodes[i], loosen);
  return std::min(size, kTooMany);
}

class Builder {
 public:
  explicit Builder(Direction direction) : direction_(direction) {}

  Positions build(const std::vector<const Node*>& sequence, std::size_t count, std::uint32_t loosen) {
    Fragment whole;
    for (std::size_t i = 0; i < count; ++i) whole = join(whole, add(*sequence[i], loosen));
    out_.first = whole.first;
    out_.last = whole.last;
    out_.nullable = whole.nullable;
    for (const auto& [node, positions] : standing_)
      for (std::size_t byte = node->set._Find_first(); byte < 256; byte = node->set._Find_next(byte))
        out_.by_byte[byte] |= positions;
    return out_;
  }

 private:
  // A part of the regex: where it may begin and end.
  struct Fragment {
    std::uint64_t first = 0, last = 0;
    bool nullable = true;
  };

  void link(std::uint64_t from, std::uint64_t to) {
    for (; from != 0; from &= from - 1) out_.follow[std::countr_zero(from)] |= to;
  }

  Fragment join(const Fragment& before, const Fragment& after) {
    link(before.last, after.first);
    return {.first = before.first | (before.nullable ? after.first : 0),
            .last = after.last | (after.nullable ? before.last : 0),
            .nullable = before.nullable && after.nullable};
  }

  Fragment add(const Node& node, std::uint32_t loosen) {
    Fragment out;
    switch (node.kind) {
      case Node::Kind::empty: break;
      case Node::Kind::bytes: {
        const std::uint64_t bit = 1ull << out_.count++;
        stand(node, bit);
        out = {.first = bit, .last = bit, .nullable = false};
        break;
      }
      case Node::Kind::concat: {
        const std::size_t size = node.children.size();
        for (std::size_t i = 0; i < size; ++i)
          out = join(out, add(*node.children[direction_ == Direction::right ? i : size - 1 - i], loosen));
        break;
      }
      case Node::Kind::alternate: {
        out.nullable = false;
        for (const Node* child : node.children) {
          const Fragment part = add(*child, loosen);
          out.first |= part.first;
          out.last |= part.last;
          out.nullable = out.nullable || part.nullable;
        }
        break;
      }
      case Node::Kind::repeat: return add_repeat(node, loosen);
    }
    return out;
  }

  // Copies of a repeated part stand for the same node: their positions are entered into the table at once.
  void stand(const Node& node, std::uint64_t bit) {
    for (auto& [known, positions] : standing_) {
      if (known != &node) continue;
      positions |= bit;
      return;
    }
    standing_.emplace_back(&node, bit);
  }

  // x{min,max}: min copies, then either optional copies up to max or, above the limit, a loop on the last copy.
  Fragment add_repeat(const Node& node, std::uint32_t loosen) {
    Fragment out;
    if (node.max == 0) return out;
    const Node& child = *node.children.front();
    const Copies copies = copies_of(node, loosen);
    Fragment copy;
    for (std::uint32_t i = 0; i < copies.needed; ++i) out = join(out, copy = add(child, loosen));
    // The optional copies stand one inside the other, x(x(x)?)?, so that few states are alive at once.
    std::uint64_t before = out.last;
    for (std::uint32_t i = 0; i < copies.optional; ++i) {
      copy = add(child, loosen);
      if (copies.needed + i == 0) out.first = copy.first;
      else link(before, copy.first);
      before = copy.last;
      out.last |= copy.last;
    }
    if (copies.loop) link(copy.last, copy.first);
    return out;
  }

  Direction direction_;
  Positions out_;
  std::vector<std::pair<const Node*, std::uint64_t>> standing_;  // the positions of each node
};

// With its counts as exact as they can be.
std::optional<Positions> fitted(const std::vector<const Node*>& sequence, std::size_t count, Direction direction) {
  for (std::uint32_t loosen : kLoosen)
    if (size_of(sequence, count, loosen) < kTooMany) return Builder(direction).build(sequence, count, loosen);
  return std::nullopt;
}

}  // namespace

// The most of the sequence that fits; where even the first parts do not fit, the bytes nearest the needle.
Positions positions_of(const std::vector<const Node*>& sequence, Direction direction) {
  for (std::size_t count = sequence.size(); count > 0; --count) {
    std::optional<Positions> out = fitted(sequence, count, direction);
    if (!out) {
      std::vector<const Node*> parts(sequence.begin(), sequence.begin() + static_cast<std::ptrdiff_t>(count));
      for (std::uint64_t bytes : kCut) {
        std::deque<Node> made;
        parts.back() = cut(sequence[count - 1], bytes, direction, made).node;
        if ((out = fitted(parts, count, direction))) break;
      }
      if (!out) continue;
      out->open = true;
    }
    out->open = out->open || count < sequence.size();
    return *out;
  }
  Positions none;
  none.open = !sequence.empty();
  return none;
}

}  // namespace staunch
