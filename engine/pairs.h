// An id and its secret are one credential: two rules find the halves, here they are brought together.
//
// The rule of an id names in `half_of` the rules of the secrets that it may belong to. Near one it becomes a part of
// that occurrence. An id alone opens nothing: it is told, but not with high confidence. A secret alone is as certain as
// its own evidence makes it, its form or its provider's word before it and how random it is: whoever finds it needs
// only a user name.
#pragma once

#include <vector>

#include "engine/finding.h"
#include "rules/catalogue.h"

namespace staunch {

// How near the place of one match must be to that of another.
bool is_near(const Occurrence& a, const Occurrence& b, const Required& required);

// `occurrences` of one item, located. An id joins the nearest secret, of two equally near ones that behind it. A secret
// that has its id is certain, if `certain` says that the item is no test. Whether any became so.
bool join_pairs(const Catalogue& catalogue, bool certain, std::vector<Occurrence>& occurrences);

}  // namespace staunch
