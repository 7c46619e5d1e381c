// Checks of a request's head that are stricter than those of most readers.
#pragma once

#include <string_view>

namespace staunch {

enum class HeadFault : unsigned char { none, bare_line, folded, control };

// `head` ends with its empty line. CR and LF stand together only, no line goes on in the next, and nothing but them is
// a control character (a tab within a line excepted).
HeadFault fault_of_head(std::string_view head);

}  // namespace staunch
