#include "engine/automaton.h"

#include <algorithm>
#include <bit>
#include <map>
#include <unordered_map>

namespace staunch {
namespace {

constexpr std::size_t kMaxStates = 768;  // of the deterministic form: some tens of KiB
constexpr std::uint32_t kWalksWithoutTable = 24;

}  // namespace

Automaton::Automaton(const Positions& positions, Direction direction) : direction_(direction), positions_(positions) {
  for (int i = 0; i < positions.count; ++i) {
    const std::uint64_t self = std::uint64_t{1} << i, next = self << 1;
    const std::uint64_t follow = positions.follow[static_cast<std::size_t>(i)];
    if ((follow & self) != 0) stays_ |= self;
    if ((follow & next) != 0) moves_ |= self;
    if ((follow & ~(self | next)) != 0) others_ |= self;
  }
}

std::uint64_t Automaton::following(std::uint64_t states) const {
  std::uint64_t next = (states & stays_) | (states & moves_) << 1;
  for (states &= others_; states != 0; states &= states - 1)
    next |= positions_.follow[static_cast<std::size_t>(std::countr_zero(states))];
  return next;
}

// The subset construction. A state is the set of positions that the last byte may have stood at.
std::unique_ptr<Automaton::Table> Automaton::determinised() const {
  auto table = std::make_unique<Table>();
  std::map<std::uint64_t, std::uint8_t> classes;
  std::vector<std::uint64_t> of_class;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    const auto [known, is_new] =
        classes.try_emplace(positions_.by_byte[byte], static_cast<std::uint8_t>(classes.size()));
    if (is_new) of_class.push_back(positions_.by_byte[byte]);
    table->class_of[byte] = known->second;
  }
  const std::uint32_t row_size = table->row = static_cast<std::uint32_t>((of_class.size() + 1) / 2 * 2);
  std::vector<std::uint64_t> possible = {0, positions_.first};  // by row: where the next byte may stand
  std::unordered_map<std::uint64_t, std::uint32_t> names = {{0, 0}};
  table->next.assign(row_size, 0);
  for (std::size_t row = 1; row < possible.size(); ++row) {
    for (std::uint64_t members : of_class) {
      const std::uint64_t states = possible[row] & members;
      const auto accepts = static_cast<std::uint32_t>((states & positions_.last) != 0);
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
  Walk walk{.accepted = nullable(), .alive = false, .seen = 0, .length = 0};
  const std::uint64_t end = std::min(direction == Direction::right ? text.size() - at : at, budget);
  std::uint32_t state = table.row;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(direction == Direction::right ? text[at + i] : text[at - 1 - i]);
    state = table.next[(state & ~1u) + table.class_of[byte]];
    walk.seen = i + 1;
    if (state == 0) return walk;
    if ((state & 1) != 0) {
      walk.accepted = true;
      walk.length = i + 1;
    }
  }
  walk.alive = true;
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
  return {.accepted = nullable() || accepted > at,
          .alive = alive,
          .seen = alive ? end - at : place + 1 - at,
          .length = accepted - at};
}

// The same walk over sets of positions, where the deterministic form would be too large.
template <Direction direction>
Walk Automaton::run_states(std::string_view text, std::uint64_t at, std::uint64_t budget) const {
  Walk walk{.accepted = nullable(), .alive = false, .seen = 0, .length = 0};
  const std::uint64_t end = std::min(direction == Direction::right ? text.size() - at : at, budget);
  std::uint64_t next = positions_.first;
  for (std::uint64_t i = 0; i < end; ++i) {
    const auto byte = static_cast<unsigned char>(direction == Direction::right ? text[at + i] : text[at - 1 - i]);
    const std::uint64_t states = next & positions_.by_byte[byte];
    walk.seen = i + 1;
    if (states == 0) return walk;
    if ((states & positions_.last) != 0) {
      walk.accepted = true;
      walk.length = i + 1;
    }
    next = following(states);
  }
  walk.alive = next != 0;
  return walk;
}

}  // namespace staunch
