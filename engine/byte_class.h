// Sets of bytes as RE2's syntax names them: \d and its like, [[:alpha:]] and its like, ranges.
#pragma once

#include <optional>
#include <string_view>

#include "engine/syntax.h"

namespace staunch {

// Adds the bytes from `low` to `high`, both included; what is beyond a byte is left out.
void add_range(ByteSet& set, unsigned low, unsigned high);

// \d, \s, \w and their negations, by their letter; nothing for any other.
std::optional<ByteSet> perl_class(char letter);

// What stands between [: and :]; nothing for a name that RE2 does not know.
std::optional<ByteSet> named_class(std::string_view name);

}  // namespace staunch
