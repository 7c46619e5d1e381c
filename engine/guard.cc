// Packed guards: how many anchors and automata there are | automata | anchors. An automaton is its flags, its number of
// positions, sets of positions in as few bytes as hold them, and runs of byte values at which the same ones can stand.
#include "engine/guard.h"

#include <algorithm>
#include <map>

#include "engine/packing.h"
#include "engine/width.h"

namespace staunch {
namespace {

constexpr std::size_t kMostAnchors = 1u << 16;

int bytes_of_set(int positions) { return (positions + 7) / 8; }

std::string packed(const Automaton& automaton) {
  const Positions& positions = automaton.positions();
  const int size = bytes_of_set(positions.count);
  PackOut out;
  out.byte((automaton.direction() == Direction::left ? 4u : 0u) | (positions.open ? 2u : 0u) |
           (positions.nullable ? 1u : 0u));
  out.byte(static_cast<std::uint64_t>(positions.count));
  out.number(positions.first, size);
  out.number(positions.last, size);
  for (int i = 0; i < positions.count; ++i) out.number(positions.follow[static_cast<std::size_t>(i)], size);
  for (std::size_t byte = 0; byte < 256;) {
    std::size_t end = byte + 1;
    while (end < 256 && positions.by_byte[end] == positions.by_byte[byte]) ++end;
    out.byte(end - 1);
    out.number(positions.by_byte[byte], size);
    byte = end;
  }
  return std::move(out.bytes);
}

Automaton unpacked_automaton(PackIn& in) {
  Positions out;
  const std::uint64_t flags = in.byte();
  out.open = (flags & 2) != 0;
  out.nullable = (flags & 1) != 0;
  out.count = static_cast<int>(std::min<std::uint64_t>(in.byte(), Positions::kMost));
  const auto size = static_cast<std::size_t>(bytes_of_set(out.count));
  out.first = in.number(size);
  out.last = in.number(size);
  for (int i = 0; i < out.count; ++i) out.follow[static_cast<std::size_t>(i)] = in.number(size);
  for (std::size_t byte = 0; byte < 256 && in.good();) {
    const std::size_t last = in.byte();
    const std::uint64_t set = in.number(size);
    for (; byte <= last; ++byte) out.by_byte[byte] = set;
    if (last == 255) break;
  }
  return {out, (flags & 4) != 0 ? Direction::left : Direction::right};
}

}  // namespace

std::string pack_guards(const std::vector<Anchor>& anchors) {
  std::map<std::string, std::size_t> known;
  PackOut automata, guards;
  auto index_of = [&](const std::vector<const Node*>& sequence, Direction direction) {
    const std::string bytes = packed(Automaton(positions_of(sequence, direction), direction));
    const auto [at, is_new] = known.try_emplace(bytes, known.size());
    if (is_new) automata.bytes += bytes;
    return at->second;
  };
  for (const Anchor& anchor : anchors) {
    guards.number(index_of(anchor.left, Direction::left), 2);
    guards.number(index_of(anchor.right, Direction::right), 2);
    guards.number(max_width(anchor.left));
    guards.number(max_width(anchor.right));
  }
  PackOut out;
  out.number(anchors.size());
  out.number(known.size());
  return std::move(out.bytes) + automata.bytes + guards.bytes;
}

std::size_t packed_anchors(std::string_view packed) {
  return std::min<std::uint64_t>(PackIn(packed).number(), kMostAnchors);
}

Guards::Guards(std::string_view packed) {
  PackIn in(packed);
  const std::size_t anchors = std::min<std::uint64_t>(in.number(), kMostAnchors);
  const std::size_t count = std::min<std::uint64_t>(in.number(), 2 * kMostAnchors);
  for (std::size_t i = 0; i < count && in.good(); ++i) automata_.push_back(unpacked_automaton(in));
  for (std::size_t i = 0; i < anchors && in.good(); ++i) {
    const std::uint64_t left = in.number(2), right = in.number(2), left_width = in.number(), right_width = in.number();
    if (in.good() && left < automata_.size() && right < automata_.size())
      guards_.push_back({&automata_[left], &automata_[right], left_width, right_width});
  }
  if (guards_.size() == anchors && in.done()) return;
  Positions anything;
  anything.open = true;
  automata_.clear();
  automata_.emplace_back(anything, Direction::left);
  automata_.emplace_back(anything, Direction::right);
  guards_.assign(anchors, {&automata_[0], &automata_[1], kNoWidthLimit, kNoWidthLimit});
}

}  // namespace staunch
