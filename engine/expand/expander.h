// Finds encoded runs in a text and writes the Expansion of it.
//
// The source comes as one text or as consecutive ones; the copy does not depend on how it was cut, and memory does not
// depend on the length of a run. What counts as encoded, and how much stands around it, is told in expander.cc.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/expand/expansion.h"

namespace staunch {

class Expander {
 public:
  // Appends to `out` what has become certain. `text` begins at the offset `base` of the source, at or before
  // keep_from() of the call before, and reaches beyond the text before. `last` says that the source ends here.
  void feed(std::string_view text, std::uint64_t base, bool last, Expansion& out);

  // The source bytes before this offset are not needed again.
  std::uint64_t keep_from() const { return keep_from_; }

 private:
  std::uint64_t keep_from_ = 0;
};

}  // namespace staunch
