// Columns in UTF-16 units, which code scanning platforms count, worked out from a place's lines while they are there.
#pragma once

#include <cstdint>

#include "engine/finding.h"

namespace staunch {

// From 1, the end exclusive; both 0 where the line's beginning is not held.
struct Utf16Columns {
  std::uint64_t begin = 0, end = 0;
};

Utf16Columns utf16_columns(const Occurrence& place);

}  // namespace staunch
