// The literals of which every match of a rule holds at least one, and what the rule demands on either side of them.
//
// choose_anchors() looks through a regex for the cheapest such set: literals are exact pieces of the tree, priced by
// how often they stand in ordinary text. An Anchor is one literal at one place in the regex; its contexts are the rest
// of the regex, nearest part first, from which guards and reaches are made.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/syntax.h"

namespace staunch {

inline constexpr std::size_t kMaxNeedleBytes = 64;
inline constexpr std::size_t kMinNeedleBytes = 2;

struct Anchor {
  std::string literal;  // lower case where `caseless`
  bool caseless = false;
  std::vector<const Node*> left, right;
};

// The anchors of a rule and the nodes that were made for their contexts; `syntax` must outlive it.
struct Anchors {
  std::vector<Anchor> all;
  double price = 0;  // expected hits a megabyte
  std::deque<Node> nodes;
};

// What a literal would cost, in hits a megabyte; nothing where it may not be chosen. Called with lower case where
// `caseless`.
using Price = std::function<std::optional<double>(const std::string& literal, bool caseless)>;
// The price of a literal that nobody looks for yet: to look for it, and to look at what is found.
double price_alone(const std::string& literal, bool caseless);
// The price of a further use of a literal that is looked for anyway.
double price_shared(const std::string& literal, bool caseless);

// Nothing where the regex has no such set (it can match without any fixed text of two bytes).
std::optional<Anchors> choose_anchors(const Syntax& syntax, const Price& price = price_alone);

// Whether every match holds one of `keywords` (lower case, case ignored), as far as fixed pieces of the regex show it.
bool implies_keyword(const Syntax& syntax, const std::vector<std::string>& keywords);

// The most bytes that a match can reach beyond its needle on one side.
std::uint64_t max_width(const std::vector<const Node*>& sequence);

}  // namespace staunch
