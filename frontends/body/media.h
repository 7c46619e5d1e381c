// Pictures, sound and films inside a text, in base64: megabytes in which nothing can be found but false alarms.
//
// What counts is the content, not what somebody calls it: the first bytes must be those of such a format, and all of it
// must be base64 (RFC 4648, with "+" and "/"). So a text that is called "image/png" is read as a text.
#pragma once

#include <string_view>

namespace staunch {

inline constexpr std::size_t kSmallestMedia = 128;  // characters; less is not worth the question

// `text` is a whole string: "data:…;base64," and the content, or the content alone.
bool is_media(std::string_view text);

}  // namespace staunch
