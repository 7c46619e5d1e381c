#include "engine/automaton.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <unordered_map>

namespace staunch {
namespace {

// Counts above the limit become loops; the limits are tried from exact to loosest until the automaton fits.
constexpr std::uint32_t kLoosen[] = {64, 40, 24, 16, 8, 4, 1};
constexpr int kMaxPositions = 64;
constexpr std::size_t kMaxStates = 768;  // of the deterministic form: some tens of KiB
constexpr std::uint32_t kWalksWithoutTable = 24;
constexpr std::uint64_t kCut[] = {16, 8, 6, 4, 3, 2};

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

}  // namespace

// The most of the sequence that fits, with its counts as exact as they can be; where even the first parts do not fit,
// the bytes nearest the needle.
Automaton::Automaton(const std::vector<const Node*>& sequence, Direction direction) : direction_(direction) {
  for (std::size_t count = sequence.size(); count > 0; --count) {
    if (build_first(sequence, count, count < sequence.size())) return;
    std::vector<const Node*> parts(sequence.begin(), sequence.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::uint64_t bytes : kCut) {
      std::deque<Node> made;
      parts.back() = cut(sequence[count - 1], bytes, direction, made).node;
      if (build_first(parts, count, true)) return;
    }
  }
  open_ = !sequence.empty();
}

bool Automaton::build_first(const std::vector<const Node*>& sequence, std::size_t count, bool open) {
  for (std::uint32_t loosen : kLoosen) {
    if (size_of(sequence, count, loosen) > kMaxPositions) continue;
    build(sequence, count, loosen, open);
    return true;
  }
  return false;
}

void Automaton::build(const std::vector<const Node*>& sequence, std::size_t count, std::uint32_t loosen, bool open) {
  open_ = open;
  Fragment whole;
  for (std::size_t i = 0; i < count; ++i) whole = join(whole, add(*sequence[i], loosen));
  first_ = whole.first;
  last_ = whole.last;
  nullable_ = whole.nullable;
  for (const auto& [node, positions] : standing_)
    for (std::size_t byte = node->set._Find_first(); byte < 256; byte = node->set._Find_next(byte))
      by_byte_[byte] |= positions;
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

std::uint64_t Automaton::following(std::uint64_t states) const {
  std::uint64_t next = 0;
  for (; states != 0; states &= states - 1) next |= follow_[static_cast<std::size_t>(std::countr_zero(states))];
  return next;
}

// The subset construction. A state is the set of positions that the last byte may have stood at.
std::unique_ptr<Automaton::Table> Automaton::determinised() const {
  auto table = std::make_unique<Table>();
  std::map<std::uint64_t, std::uint8_t> classes;
  std::vector<std::uint64_t> of_class;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto [known, is_new] = classes.try_emplace(by_byte_[byte], static_cast<std::uint8_t>(classes.size()));
    if (is_new) of_class.push_back(by_byte_[byte]);
    table->class_of[byte] = known->second;
  }
  const std::uint32_t row_size = table->row = static_cast<std::uint32_t>((of_class.size() + 1) / 2 * 2);
  std::vector<std::uint64_t> possible = {0, first_};  // by row: where the next byte may stand
  std::unordered_map<std::uint64_t, std::uint32_t> names = {{0, 0}};
  table->next.assign(row_size, 0);
  for (std::size_t row = 1; row < possible.size(); ++row) {
    for (std::uint64_t members : of_class) {
      const std::uint64_t states = possible[row] & members;
      const auto accepts = static_cast<std::uint32_t>((states & last_) != 0);
      const auto name = static_cast<std::uint32_t>(possible.size()) * row_size + accepts;
      const auto [known, is_new] = names.try_emplace(states, name);
      if (is_new) {
        if (possible.size() == kMaxStates) {
          table->next.clear();
          return table;
        }
        possible.push_back(following(states));
      }
      table->next.push_back(known->second);
    }
    table->next.resize((row + 1) * row_size);
  }
  return table;
}

const Automaton::Table& Automaton::table() const {
  return later_->table.get([this] { return determinised(); });
}

// Short walks go over sets of positions until there were some; a long one is worth the table at once.
Walk Automaton::walk(std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  const Table* ready = later_->table.made();
  if (ready == nullptr &&
      (budget > kTrailStep || later_->walks.fetch_add(1, std::memory_order_relaxed) >= kWalksWithoutTable))
    ready = &table();
  if (ready == nullptr || ready->next.empty())
    return direction_ == Direction::right ? run_states<Direction::right>(text, at, budget)
                                          : run_states<Direction::left>(text, at, budget);
  return direction_ == Direction::right ? run<Direction::right>(*ready, text, at, budget)
                                        : run<Direction::left>(*ready, text, at, budget);
}

template <Direction direction>
Walk Automaton::run(const Table& table, std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  Walk walk{.accepted = nullable_, .alive = false, .seen = 0, .length = 0};
  const std::uint64_t end = std::min(direction == Direction::right ? text.size() - at : at, budget);
  std::uint32_t state = table.row;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(direction == Direction::right ? text[at + i] : text[at - 1 - i]);
    state = table.next[(state & ~1u) + table.class_of[byte]];
    if (state == 0) return walk;
    if ((state & 1) != 0) {
      walk.accepted = true;
      walk.length = i + 1;
    }
  }
  walk.alive = true;
  walk.seen = end;
  return walk;
}

Walk Automaton::walk(std::string_view text, std::uint64_t at, std::uint64_t budget, Trail& trail) const {
  const std::uint64_t end = at + std::min(text.size() - at, budget);
  if (end < at + kTrailStep) return walk(text, at, budget);
  const Table& own = table();
  if (own.next.empty()) return walk(text, at, budget);
  std::uint32_t state = own.row;
  std::uint64_t place = at, accepted = at;
  std::uint64_t first = 0;
  bool joined = false;
  trail.walking.clear();
  while (place < end && state != 0) {
    const std::uint64_t stop = std::min(end, (place / kTrailStep + 1) * kTrailStep);
    for (; place < stop; ++place) {
      state = own.next[(state & ~1u) + own.class_of[static_cast<unsigned char>(text[place])]];
      if (state == 0) break;
      if ((state & 1) != 0) accepted = place + 1;
    }
    if (state == 0 || place % kTrailStep != 0) continue;
    const std::uint64_t step = (place - trail.first) / kTrailStep;
    if (joined) {
      if (step == trail.states.size()) trail.states.push_back(state);
    } else if (place >= trail.first && step < trail.states.size() && trail.states[step] == state && trail.end <= end) {
      accepted = std::max(accepted, trail.accepted);
      place = trail.end;
      state = trail.end_state;
      joined = true;
    } else {
      if (trail.walking.empty()) first = place;
      trail.walking.push_back(state);
    }
  }
  if (!joined) {
    trail.first = first;
    trail.states.swap(trail.walking);
  }
  trail.end = place;
  trail.end_state = state;
  trail.accepted = accepted;
  const bool alive = state != 0;
  return {.accepted = nullable_ || accepted > at, .alive = alive, .seen = alive ? end - at : 0, .length = accepted - at};
}

// The same walk over sets of positions, where the deterministic form would be too large.
template <Direction direction>
Walk Automaton::run_states(std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  Walk walk{.accepted = nullable_, .alive = false, .seen = 0, .length = 0};
  const std::uint64_t end = std::min(direction == Direction::right ? text.size() - at : at, budget);
  std::uint64_t next = first_;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(direction == Direction::right ? text[at + i] : text[at - 1 - i]);
    const std::uint64_t states = next & by_byte_[byte];
    if (states == 0) return walk;
    if ((states & last_) != 0) {
      walk.accepted = true;
      walk.length = i + 1;
    }
    next = following(states);
  }
  walk.alive = next != 0;
  walk.seen = end;
  return walk;
}

}  // namespace staunch
