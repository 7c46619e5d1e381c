// What a decision means for the lines of a block.
#pragma once

#include <string_view>
#include <vector>

#include "frontends/stream/blocks.h"
#include "frontends/stream/redactor.h"

namespace staunch {

// Offsets of edits and rulings count from the block's first own byte. A ruling belongs to the block that it begins in.
struct Judged {
  std::vector<Ruling> rulings;
  std::vector<Edit> edits;  // sorted, not overlapping
};

// Lines that shall be blocked are replaced as a whole. Where `json`, edits are made fit for JSON.
Judged judged_block(Decision decision, const Block& block, bool json);

// Sorted; those that overlap become one.
std::vector<Edit> merged(std::vector<Edit> edits);

// One for the content of every line that is not empty.
std::vector<Edit> edits_of_all_lines(std::string_view text, std::string_view replacement);

}  // namespace staunch
