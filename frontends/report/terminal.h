// Text from scanned material made harmless for a terminal, and its width there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace staunch {

// `text` in which nothing moves the cursor, changes colours, hides or reorders: control characters, invalid bytes and
// the invisible characters of Unicode (bidirectional controls, zero width, line separators, tags) are spelt as \x1b or
// \u{202e}, a newline as \n; a tab becomes a blank.
std::string visible(std::string_view text);

// Columns that visible text takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
std::size_t display_width(std::string_view text);

// The first or last characters of visible text that fit in `columns`.
std::string_view fit_front(std::string_view text, std::size_t columns);
std::string_view fit_back(std::string_view text, std::size_t columns);

}  // namespace staunch
