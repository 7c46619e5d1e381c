#include "engine/automaton.h"

#include <algorithm>
#include <bit>

namespace staunch {
namespace {

// Counts above the limit become loops; the limits are tried from exact to loosest until the automaton fits.
constexpr std::uint32_t kLoosen[] = {64, 40, 24, 16, 8, 4, 1};
constexpr int kMaxPositions = 64;

}  // namespace

Automaton::Automaton(const std::vector<const Node*>& sequence, Direction direction) : direction_(direction) {
  for (std::size_t count = sequence.size(); count > 0; --count) {
    for (std::uint32_t loosen : kLoosen) {
      if (size_of(sequence, count, loosen) > kMaxPositions) continue;
      build(sequence, count, loosen);
      open_ = count < sequence.size();
      return;
    }
  }
  open_ = !sequence.empty();
}

void Automaton::build(const std::vector<const Node*>& sequence, std::size_t count, std::uint32_t loosen) {
  Fragment whole;
  for (std::size_t i = 0; i < count; ++i) whole = join(whole, add(*sequence[i], loosen));
  first_ = whole.first;
  last_ = whole.last;
  nullable_ = whole.nullable;
  for (const auto& [node, positions] : standing_)
    for (unsigned byte = 0; byte < 256; ++byte)
      if (node->set[byte]) by_byte_[byte] |= positions;
  standing_ = {};
}

void Automaton::link(std::uint64_t from, std::uint64_t to) {
  for (; from != 0; from &= from - 1) follow_[std::countr_zero(from)] |= to;
}

Automaton::Fragment Automaton::join(const Fragment& before, const Fragment& after) {
  link(before.last, after.first);
  return {.first = before.first | (before.nullable ? after.first : 0),
          .last = after.last | (after.nullable ? before.last : 0),
          .nullable = before.nullable && after.nullable};
}

Automaton::Fragment Automaton::add(const Node& node, std::uint32_t loosen) {
  Fragment out;
  switch (node.kind) {
    case Node::Kind::empty: break;
    case Node::Kind::bytes: {
      const std::uint64_t bit = 1ull << positions_++;
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
void Automaton::stand(const Node& node, std::uint64_t bit) {
  for (auto& [known, positions] : standing_) {
    if (known != &node) continue;
    positions |= bit;
    return;
  }
  standing_.emplace_back(&node, bit);
}

Automaton::Copies Automaton::copies_of(const Node& node, std::uint32_t loosen) {
  Copies copies;
  copies.needed = std::min(node.min, loosen);
  copies.loop = copies.needed < node.min || node.max == Node::kNoLimit || node.max - copies.needed > loosen;
  copies.optional = copies.loop ? (copies.needed == 0 ? 1 : 0) : node.max - copies.needed;
  return copies;
}

// x{min,max}: min copies, then either optional copies up to max or, above the limit, a loop on the last copy.
Automaton::Fragment Automaton::add_repeat(const Node& node, std::uint32_t loosen) {
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
    if (copies.needed + i == 0)
      out.first = copy.first;
    else
      link(before, copy.first);
    before = copy.last;
    out.last |= copy.last;
  }
  if (copies.loop) link(copy.last, copy.first);
  return out;
}

// The positions that build() would take, kMaxPositions + 1 for any number above.
int Automaton::size_of(const Node& node, std::uint32_t loosen) {
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
  return static_cast<int>(std::min<std::uint64_t>(size, kMaxPositions + 1));
}

int Automaton::size_of(const std::vector<const Node*>& nodes, std::size_t count, std::uint32_t loosen) {
  int size = 0;
  for (std::size_t i = 0; i < count && size <= kMaxPositions; ++i) size += size_of(*nodes[i], loosen);
  return std::min(size, kMaxPositions + 1);
}

Walk Automaton::walk(std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  return direction_ == Direction::right ? run<Direction::right>(text, at, budget)
                                        : run<Direction::left>(text, at, budget);
}

template <Direction direction>
Walk Automaton::run(std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  Walk walk{.accepted = nullable_, .alive = false, .seen = 0, .length = 0};
  const std::uint64_t available = direction == Direction::right ? text.size() - at : at;
  const std::uint64_t end = std::min(available, budget);
  std::uint64_t next = first_;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(direction == Direction::right ? text[at + i] : text[at - 1 - i]);
    std::uint64_t states = next & by_byte_[byte];
    if (states == 0) return walk;
    if ((states & last_) != 0) {
      walk.accepted = true;
      walk.length = i + 1;
    }
    next = 0;
    do {
      next |= follow_[std::countr_zero(states)];
      states &= states - 1;
    } while (states != 0);
  }
  walk.alive = next != 0;
  walk.seen = end;
  return walk;
}

}  // namespace staunch
