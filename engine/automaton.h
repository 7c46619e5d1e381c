// A small automaton that walks the bytes beside a needle: may a match stand here, and how far can it reach?
//
// It is a Glushkov automaton of at most 64 positions, so that a set of states is one word, made deterministic where
// that stays small and it is walked often: then a byte costs one look-up. Built from what the regex demands on one side
// of a needle, it accepts at least what RE2 would match there (long counts are loosened into loops, and what does not
// fit is left off, which `open` tells). Nine of ten needle hits fail within a few bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/lazy.h"
#include "engine/syntax.h"

namespace staunch {

enum class Direction : std::uint8_t { right, left };

struct Walk {
  bool accepted = false;
  bool alive = false;        // stopped by the budget or the text's end while more could follow
  std::uint64_t seen = 0;    // bytes walked while alive; the whole walk where `alive`
  std::uint64_t length = 0;  // bytes to the furthest place at which the automaton accepted
};

// Where the last long walk of one automaton through one text came by, so that the next one can join it: two walks that
// stand at the same place in the same state go the same way from there. Without it, text in which every needle's walk is
// long would be walked once a needle. Belongs to one thread and one text.
struct Trail {
  std::uint64_t text = 0;              // which text, as the thread numbers them
  std::uint64_t first = 0;             // the place, a multiple of kTrailStep, of the first entry
  std::vector<std::uint32_t> states;   // at each further multiple of kTrailStep
  std::vector<std::uint32_t> walking;  // the same of a walk that has not joined yet
  std::uint64_t end = 0, accepted = 0;  // where the walk ended, and the furthest place at which it accepted
  std::uint32_t end_state = 0;
};
inline constexpr std::uint64_t kTrailStep = 64;

class Automaton {
 public:
  // `sequence` is what follows the needle in reading order of `direction`: nearest part first.
  Automaton(const std::vector<const Node*>& sequence, Direction direction);

  // Accepts before the first byte, whatever stands there.
  bool nullable() const { return nullable_; }
  // Whether the byte next to `at` alone settles that a walk from there accepts nothing.
  bool refuses(std::string_view text, std::uint64_t at) const {
    if (nullable_ || at == (direction_ == Direction::right ? text.size() : 0)) return false;
    return (first_ & by_byte_[static_cast<unsigned char>(text[direction_ == Direction::right ? at : at - 1])]) == 0;
  }
  // The automaton stands for a prefix of the sequence only: a match may reach beyond where it accepts.
  bool open() const { return open_; }

  // Walks at most `budget` bytes of `text` from `at`: text[at], text[at + 1], … (right) or text[at - 1], … (left).
  Walk walk(std::string_view text, std::uint64_t at, std::uint64_t budget) const;
  // The same to the right, by way of a trail.
  Walk walk(std::string_view text, std::uint64_t at, std::uint64_t budget, Trail& trail) const;

 private:
  struct Fragment {
    std::uint64_t first = 0, last = 0;
    bool nullable = true;
  };
  struct Copies {
    std::uint32_t needed = 0, optional = 0;
    bool loop = false;
  };
  static Copies copies_of(const Node& node, std::uint32_t loosen);
  static int size_of(const Node& node, std::uint32_t loosen);
  static int size_of(const std::vector<const Node*>& nodes, std::size_t count, std::uint32_t loosen);


  bool build_first(const std::vector<const Node*>& sequence, std::size_t count, bool open);
  void build(const std::vector<const Node*>& sequence, std::size_t count, std::uint32_t loosen, bool open);
  Fragment add(const Node& node, std::uint32_t loosen);
  Fragment add_repeat(const Node& node, std::uint32_t loosen);
  Fragment join(const Fragment& before, const Fragment& after);
  void link(std::uint64_t from, std::uint64_t to);
  void stand(const Node& node, std::uint64_t bit);

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
  bool open_ = false;
  bool nullable_ = true;
  int positions_ = 0;
  std::uint64_t first_ = 0, last_ = 0;
  std::array<std::uint64_t, 64> follow_{};
  std::array<std::uint64_t, 256> by_byte_{};  // positions that a byte can stand at
  std::unique_ptr<Later> later_ = std::make_unique<Later>();
  std::vector<std::pair<const Node*, std::uint64_t>> standing_;  // while it is built: the positions of each node
};

}  // namespace staunch
