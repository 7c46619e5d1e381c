// Private keys that run over lines, redacted before their end is seen.
//
// From "BEGIN … PRIVATE KEY" on, what looks like key material is redacted at once: base64 of kKeyRun characters or
// more, and a shorter run that begins in the column of the last one or is all of its line. That ends with "END …
// PRIVATE KEY", kKeyLines lines or kKeyBytes bytes after the beginning, or after kIdleLines lines without any of it.
// Lines of others in between, and whatever a logger writes in front of each line, stay as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/expand/expansion.h"

namespace staunch {

inline constexpr std::size_t kKeyRun = 40;
inline constexpr std::size_t kKeyLines = 1000, kIdleLines = 50;
inline constexpr std::uint64_t kKeyBytes = 128u << 10;

class KeyLines {
 public:
  // Whether a key may begin in the text.
  static bool may_begin(std::string_view text);

  // Whether the next lines must be looked at.
  bool inside() const { return inside_; }

  // The next whole lines, or a part of a long one; the spans of them that are to be redacted, in order.
  std::vector<Span> take(std::string_view lines);
  std::uint64_t begun() const { return begun_; }  // keys so far

 private:
  void take_line(std::string_view text, std::size_t begin, std::size_t end, std::vector<Span>& spans);
  bool take_runs(std::string_view text, std::size_t line, std::size_t begin, std::size_t end, std::vector<Span>& spans);

  bool inside_ = false;
  std::size_t lines_ = 0, idle_ = 0;
  std::uint64_t bytes_ = 0, begun_ = 0;
  std::size_t column_ = static_cast<std::size_t>(-1);  // of the last run
};

}  // namespace staunch
