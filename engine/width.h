// How many bytes a text in the language of a regex's tree has: what bounds reaches and guards.
#pragma once

#include <cstdint>
#include <limits>

#include "engine/syntax.h"

namespace staunch {

// The most and the fewest bytes that a text in the node's language can have; kNoWidthLimit where there is no limit.
inline constexpr std::uint64_t kNoWidthLimit = std::numeric_limits<std::uint64_t>::max();
std::uint64_t max_width(const Node& node);
std::uint64_t min_width(const Node& node);

}  // namespace staunch
