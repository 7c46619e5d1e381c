// Bytes that one text has from another.
#pragma once

#include <cstdint>

namespace staunch {

// Bytes [from, from + size) of the base stand at `to`.
struct Copy {
  std::uint64_t from = 0, to = 0, size = 0;
};

}  // namespace staunch
