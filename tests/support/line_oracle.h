// What the filter makes of a text, by someone who knows nothing of blocks: line after line, each judged with the one
// before it and spliced.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/stream/redactor.h"
#include "tests/support/lines_of.h"

namespace staunch::test {

inline std::string filtered_one_by_one(std::string_view text, const Redactor& redactor) {
  std::string out;
  std::size_t before = 0, at = 0;
  for (const std::string_view line : lines_of(text)) {
    const std::string_view seen = text.substr(before, at - before + line.size());
    std::vector<Edit> edits = redactor.decide_lines(seen, at - before, Occasion()).edits;
    for (Edit& edit : edits) edit.offset -= at - before;
    Redactor::apply(line, edits, out);
    before = at;
    at += line.size();
  }
  return out;
}

}  // namespace staunch::test
