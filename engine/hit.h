// Where a needle was found.
#pragma once

#include <cstdint>

namespace staunch {

// A needle that ends at `end` (offset in the text that was scanned).
struct Hit {
  std::uint32_t needle;
  std::uint32_t end;
};

}  // namespace staunch
