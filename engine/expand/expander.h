// Finds encoded runs in a text and writes the Expansion of it.
//
// The source comes as one text or as consecutive ones; the copy does not depend on how it was cut, and memory does not
// depend on the length of a run. What counts as encoded, and how much stands around it, is told in expander.cc.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/expand/expansion.h"
#include "engine/expand/find_runs.h"

namespace staunch {

class Expander {
 public:
  // All of Simd give the same copy; those that this machine does not have must not be asked for (has_simd).
  explicit Expander(Simd simd = best_simd()) : simd_(simd) {}

  // A fragment of a copy begins at this offset of the source, behind all that was fed with `last`. It is read as a text
  // of its own, which is no UTF-16 for a byte order mark: only an item begins with one.
  void begin_fragment(std::uint64_t at) {
    state_ = State::text;
    at_ = keep_from_ = at;
    until_ = 0;
  }

  // Appends to `out` what has become certain: all but what the last kAhead bytes of the text may still change, and all
  // where the source ends. `text` begins at the offset `base` of the source, at or before keep_from() of the call
  // before, and reaches beyond the text before; the first one may begin anywhere in the source. `last` says that the
  // source ends here. The last piece of the call before may be continued: a caller that drops from the front of `out`
  // leaves it there, or gets a new piece.
  void feed(std::string_view text, std::uint64_t base, bool last, Expansion& out);

  // The source bytes before this offset are not needed again.
  std::uint64_t keep_from() const { return keep_from_; }

  static constexpr std::size_t kAhead = 256;

 private:
  friend class ExpanderPass;
  enum class State : std::uint8_t { start, text, base64, hex, utf16, all_utf16 };

  Simd simd_;
  State state_ = State::start;
  bool big_endian_ = false;  // of UTF-16
  bool joins_ = false;       // the last piece may be continued
  bool copied_ = false;      // something is in the copy
  std::uint32_t line_ = 0;   // base64 characters on this line, in a run
  std::uint64_t at_ = 0;     // decided up to here
  std::uint64_t done_ = 0;   // the end of what was copied last
  std::uint64_t until_ = 0;  // everything is copied up to here, or to the end of the line
  std::uint64_t keep_from_ = 0;
};

}  // namespace staunch
