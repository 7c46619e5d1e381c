// One glob pattern as gitignore(5) defines it: `*` and `?` stop at '/', `**` between slashes crosses it, `[…]` is a
// class, a backslash quotes. Bytes, not characters; case matters. A malformed pattern (an open class, a lone backslash
// at the end) matches nothing, as in git.
//
// Matching keeps one resume point for the last `*` and one for the last `**`, so time is bounded by
// |text|^2 * |pattern| for any hostile pattern; plain names and `*.suffix` are compared directly.
#pragma once

#include <string>
#include <string_view>

namespace staunch {

class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  enum class Shape : unsigned char { literal, suffix, general };
  std::string text_;  // what is compared for literal and suffix, the pattern otherwise
  Shape shape_ = Shape::general;
};

}  // namespace staunch
