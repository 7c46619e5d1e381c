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
      if (!build(sequence, count, loosen)) continue;
      open_ = count < sequence.size();
      return;
    }
  }
  clear();
  open_ = !sequence.empty();
}

void Automaton::clear() {
  positions_ = 0;
  follow_.fill(0);
  by_byte_.fill(0);
  first_ = last_ = 0;
  nullable_ = true;
}

bool Automaton::build(const std::vector<const Node*>& sequence, std::size_t count, std::uint32_t loosen) {
  clear();
  Fragment whole;
  for (std::size_t i = 0; i < count; ++i) {
    Fragment part;
    if (!add(*sequence[i], loosen, part)) return false;
    whole = join(whole, part);
  }
  first_ = whole.first;
  last_ = whole.last;
  nullable_ = whole.nullable;
  return true;
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

bool Automaton::add(const Node& node, std::uint32_t loosen, Fragment& out) {
  switch (node.kind) {
    case Node::Kind::empty: out = {}; return true;
    case Node::Kind::bytes: {
      if (positions_ == kMaxPositions) return false;
      const std::uint64_t bit = 1ull << positions_++;
      for (unsigned byte = 0; byte < 256; ++byte)
        if (node.set[byte]) by_byte_[byte] |= bit;
      out = {.first = bit, .last = bit, .nullable = false};
      return true;
    }
    case Node::Kind::concat: {
      out = {};
      const std::size_t size = node.children.size();
      for (std::size_t i = 0; i < size; ++i) {
        Fragment part;
        const Node& child = *node.children[direction_ == Direction::right ? i : size - 1 - i];
        if (!add(child, loosen, part)) return false;
        out = join(out, part);
      }
      return true;
    }
    case Node::Kind::alternate: {
      out = {.first = 0, .last = 0, .nullable = false};
      for (const Node* child : node.children) {
        Fragment part;
        if (!add(*child, loosen, part)) return false;
        out.first |= part.first;
        out.last |= part.last;
        out.nullable = out.nullable || part.nullable;
      }
      return true;
    }
    case Node::Kind::repeat: return add_repeat(node, loosen, out);
  }
  return false;
}

// x{min,max}: min copies, then either optional copies up to max or, above the limit, a loop on the last copy.
bool Automaton::add_repeat(const Node& node, std::uint32_t loosen, Fragment& out) {
  out = {};
  if (node.max == 0) return true;
  const Node& child = *node.children.front();
  const std::uint32_t needed = std::min(node.min, loosen);
  const bool loop = needed < node.min || node.max == Node::kNoLimit || node.max - needed > loosen;
  Fragment copy;
  for (std::uint32_t i = 0; i < needed; ++i) {
    if (!add(child, loosen, copy)) return false;
    out = join(out, copy);
  }
  if (loop) {
    if (needed == 0) {
      if (!add(child, loosen, copy)) return false;
      out = copy;
      out.nullable = true;
    }
    link(copy.last, copy.first);
    return true;
  }
  // The optional copies stand one inside the other, x(x(x)?)?, so that few states are alive at once.
  std::uint64_t before = out.last;
  for (std::uint32_t i = needed; i < node.max; ++i) {
    if (!add(child, loosen, copy)) return false;
    if (i == 0)
      out.first = copy.first;
    else
      link(before, copy.first);
    before = copy.last;
    out.last |= copy.last;
  }
  return true;
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
