// Where a needle was found, and where a rule matched.
#pragma once

#include <cstdint>

namespace staunch {

// A needle that ends at `end` (offset in the text that was scanned).
struct Hit {
  std::uint32_t needle;
  std::uint32_t end;
};

// What RE2 found: path-free, offsets absolute in the item.
struct RawMatch {
  std::uint32_t rule;
  std::uint64_t begin, end;
};

}  // namespace staunch
