#include "engine/fence.h"

#include <algorithm>

#include "engine/width.h"

namespace staunch {
namespace {

constexpr std::size_t kMostSets = 1u << 16;

// What can stand at the first bytes of a sequence, read away from the needle. Bit i of a mask of places says that a
// node may begin i bytes from the needle; places behind the last one that is asked for fall off.
class Places {
 public:
  Places(std::size_t count, bool leftwards) : sets(count), leftwards_(leftwards) {}

  std::vector<ByteSet> sets;

  unsigned pass(const Node& node, unsigned places) {
    if (places == 0) return 0;
    switch (node.kind) {
      case Node::Kind::empty: return places;
      case Node::Kind::bytes:
        for (std::size_t i = 0; i < sets.size(); ++i)
          if ((places >> i & 1) != 0) sets[i] |= node.set;
        return (places << 1) & ((1u << sets.size()) - 1);
      case Node::Kind::concat: {
        const std::size_t size = node.children.size();
        for (std::size_t i = 0; i < size; ++i) places = pass(*node.children[leftwards_ ? size - 1 - i : i], places);
        return places;
      }
      case Node::Kind::alternate: {
        unsigned out = 0;
        for (const Node* child : node.children) out |= pass(*child, places);
        return out;
      }
      case Node::Kind::repeat: return pass_repeat(node, places);
    }
    return places;
  }

 private:
  // Each copy either moves on by a byte or more, or adds no place that was not there: so many rounds see all of them.
  unsigned pass_repeat(const Node& node, unsigned places) {
    const std::size_t rounds = std::min<std::size_t>(node.max, std::min<std::size_t>(node.min, 64) + sets.size() + 1);
    unsigned out = node.min == 0 ? places : 0;
    for (std::size_t round = 1; round <= rounds && places != 0; ++round) {
      places = pass(*node.children.front(), places);
      if (round >= node.min) out |= places;
    }
    if (node.min > 64) out |= places;  // its child may be empty: whatever still stands stays
    return out;
  }

  bool leftwards_;
};

template <std::size_t size>
std::array<std::uint16_t, size> side(const std::vector<const Node*>& sequence, bool leftwards,
                                     const std::array<std::uint8_t, size>& looked_at, ByteSets& sets) {
  // A match has at least so many bytes on this side.
  std::uint64_t least = 0;
  for (const Node* node : sequence) least = std::min<std::uint64_t>(looked_at.back() + 1u, least + min_width(*node));
  std::array<std::uint16_t, size> out{};
  if (least == 0) return out;
  Places places(least, leftwards);
  unsigned at = 1;
  for (const Node* node : sequence) at = places.pass(*node, at);
  for (std::size_t i = 0; i < size && looked_at[i] < least; ++i) out[i] = sets.index_of(places.sets[looked_at[i]]);
  return out;
}

}  // namespace

std::uint16_t ByteSets::index_of(const ByteSet& set) {
  auto known = std::find(sets_.begin(), sets_.end(), set);
  if (known == sets_.end()) {
    if (sets_.size() == kMostSets) return Fence::kAny;
    known = sets_.insert(sets_.end(), set);
  }
  return static_cast<std::uint16_t>(known - sets_.begin());
}

Fence make_fence(const Anchor& anchor, ByteSets& sets) {
  return {side(anchor.right, false, kPlacesBehind, sets), side(anchor.left, true, kPlacesBefore, sets)};
}

Fan::Fan(std::span<const Fence* const> fences, const ByteSets& sets)
    : words_((fences.size() + 63) / 64), last_(~std::uint64_t{0} >> (words_ * 64 - fences.size())) {
  constexpr std::size_t kPlaces = kPlacesBehind.size() + kPlacesBefore.size();
  masks_.assign(kPlaces * 256 * words_, 0);
  for (std::size_t place = 0; place < kPlaces; ++place) {
    const bool is_behind = place < kPlacesBehind.size();
    for (std::size_t i = 0; i < fences.size(); ++i) {
      const std::uint16_t index =
          is_behind ? fences[i]->behind[place] : fences[i]->before[place - kPlacesBehind.size()];
      const ByteSet& set = sets.all()[index];
      for (std::size_t byte = set._Find_first(); byte < 256; byte = set._Find_next(byte))
        masks_[at(place, static_cast<char>(byte)) + i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
}

}  // namespace staunch
