// The word somebody probably meant: what a message about an unknown key or id suggests.
#pragma once

#include <span>
#include <string_view>

namespace staunch {

// The one of `words` that is fewest edits (insertion, deletion, change, swap of neighbours; ASCII case is free) from
// `word`, or an empty view where none is near enough to be worth saying: at most a third of the letters wrong. Of two
// equally near the first wins. Words over 64 bytes have no near one.
std::string_view nearest(std::string_view word, std::span<const std::string_view> words);

}  // namespace staunch
