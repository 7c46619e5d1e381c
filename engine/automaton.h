// A small automaton that walks the bytes beside a needle: may a match stand here, and how far can it reach?
//
// It walks over sets of positions (engine/positions.h), made deterministic where that stays small and it is walked
// often: then a byte costs one look-up. Nine of ten needle hits fail within a few bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/lazy.h"
#include "engine/positions.h"

namespace staunch {

struct Walk {
  bool accepted = false;
  bool alive = false;        // stopped by the budget or the text's end while more could follow
  std::uint64_t seen = 0;    // bytes looked at; the whole walk where `alive`
  std::uint64_t length = 0;  // bytes to the furthest place at which the automaton accepted
};

// Where the last long walk of one automaton through one text came by, so that the next one can join it: two walks that
// stand at the same place in the same state go the same way from there. Without it, text in which every needle's walk
// is long would be walked once a needle. Belongs to one thread and one text.
struct Trail {
  std::uint64_t text = 0;               // which text, as the thread numbers them
  std::uint64_t first = 0;              // the place, a multiple of kTrailStep, of the first entry
  std::vector<std::uint32_t> states;    // at each further multiple of kTrailStep
  std::vector<std::uint32_t> walking;   // the same of a walk that has not joined yet
  std::uint64_t end = 0, accepted = 0;  // where the walk ended, and the furthest place at which it accepted
  std::uint32_t end_state = 0;
};
inline constexpr std::uint64_t kTrailStep = 64;

class Automaton {
 public:
  Automaton(const Positions& positions, Direction direction);

  // Accepts before the first byte, whatever stands there.
  bool nullable() const { return positions_.nullable; }
  // Whether the byte next to `at` alone settles that a walk from there accepts nothing.
  bool refuses(std::string_view text, std::uint64_t at) const {
    if (nullable() || at == (direction_ == Direction::right ? text.size() : 0)) return false;
    const char next = text[direction_ == Direction::right ? at : at - 1];
    return (positions_.first & positions_.by_byte[static_cast<unsigned char>(next)]) == 0;
  }
  // A match may reach beyond where the walk accepts.
  bool open() const { return positions_.open; }
  const Positions& positions() const { return positions_; }
  Direction direction() const { return direction_; }

  // Walks at most `budget` bytes of `text` from `at`: text[at], text[at + 1], … (right) or text[at - 1], … (left).
  Walk walk(std::string_view text, std::uint64_t at, std::uint64_t budget) const;
  // The same to the right, by way of a trail.
  Walk walk(std::string_view text, std::uint64_t at, std::uint64_t budget, Trail& trail) const;

 private:
  // The deterministic form; empty where it would be too large. A state is named by where its row begins in next, and by
  // its lowest bit, which tells that it accepts: rows are of even length. 0 is dead, the row behind it is the start's.
  struct Table {
    std::vector<std::uint32_t> next;  // by row and class of byte
    std::array<std::uint8_t, 256> class_of{};
    std::uint32_t row = 0;  // length of a row
  };
  // Made when it was walked a few times, since many guards are asked once or twice.
  struct Later {
    std::atomic<std::uint32_t> walks{0};
    Lazy<Table> table;
  };

  std::uint64_t following(std::uint64_t states) const;
  std::unique_ptr<Table> determinised() const;
  const Table& table() const;
  template <Direction direction>
  Walk run(const Table& table, std::string_view text, std::uint64_t at, std::uint64_t budget) const;
  template <Direction direction>
  Walk run_states(std::string_view text, std::uint64_t at, std::uint64_t budget) const;

  Direction direction_;
  Positions positions_;
  // Most positions are of counted classes: they are followed by themselves or the next one. `others_` are not.
  std::uint64_t stays_ = 0, moves_ = 0, others_ = 0;
  std::unique_ptr<Later> later_ = std::make_unique<Later>();
};

}  // namespace staunch
