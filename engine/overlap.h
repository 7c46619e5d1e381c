// Several rules, one secret: which of the occurrences in an item stay.
//
// The most specific rule wins on the same bytes, and a generic match inside or across a specific rule's match is
// dropped. Specific secrets of which one stands encoded inside another (a key in a token's payload) both stay.
// Composite rules stay only where the parts that they require stand near.
#pragma once

#include <vector>

#include "engine/finding.h"
#include "rules/catalogue.h"

namespace staunch {

// Drops composite matches without their parts, then parts that are not reported themselves. Needs line numbers.
void apply_required(const Catalogue& catalogue, std::vector<Occurrence>& occurrences);

// `occurrences` of one item in any order; the survivors are left ordered by offset, then by rule.
void resolve_overlaps(const Catalogue& catalogue, std::vector<Occurrence>& occurrences);

}  // namespace staunch
