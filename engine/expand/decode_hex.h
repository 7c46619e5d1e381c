// Hex digits that hide text, two to a byte.
//
// Pure functions over hostile bytes, each of which looks at a bounded number of them.
#pragma once

#include <cstddef>
#include <string_view>

namespace staunch {

// The byte that two digits at text[at] say, or -1.
int hex_pair(std::string_view text, std::size_t at);

// Whether twelve pairs at text[at] decode to text: printable ASCII or line breaks, at least half of it letters and
// digits, and not all the same. Hashes and numbers pass once in many thousand.
inline constexpr std::size_t kHexFirst = 24;
bool hex_begins(std::string_view text, std::size_t at);

// Whether text has ended at `at`: four pairs that look like something else.
bool hex_torn(std::string_view text, std::size_t at);

}  // namespace staunch
