// What stands on either side of a rule's needles: whether a match may be there, and how far it can reach.
//
// Guards are made when the rules are compiled, and lie packed in the Database until the first hit of their rule: a run
// asks few of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/automaton.h"
#include "engine/needle.h"

namespace staunch {

// The guards of one anchor. The automata belong to the Guards that it stands in.
struct Guard {
  const Automaton* left;
  const Automaton* right;
  std::uint64_t left_width, right_width;  // the most bytes of a match on that side
};

// Those of one rule, by the order of its anchors.
class Guards {
 public:
  // Of bytes that pack_guards() has not made come guards that let everything pass: nothing is lost by them.
  explicit Guards(std::string_view packed);

  const Guard& operator[](std::size_t anchor) const { return guards_[anchor]; }

 private:
  std::vector<Automaton> automata_;
  std::vector<Guard> guards_;
};

// Anchors that demand the same share an automaton.
std::string pack_guards(const std::vector<Anchor>& anchors);
// How many anchors Guards of these bytes have.
std::size_t packed_anchors(std::string_view packed);

}  // namespace staunch
