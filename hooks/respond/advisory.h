// An advisory names credentials without their values: "rotate what was in our build system". What it names becomes
// subjects of an incident all the same, so that nothing of it is forgotten.
//
// A reference is one of the policy's credentials (NAME or NAME.PART) or STORE/NAME of one of its stores; where it
// resolves, its value is known, asked about and kept sealed like any other. An id is that of a key, as a provider lists
// it; its value stays unknown. A list is a provider's file of such ids, one a line, the first column of a CSV.
#pragma once

#include <string>
#include <vector>

#include "hooks/respond/policy.h"
#include "hooks/respond/store.h"
#include "hooks/respond/subjects.h"

namespace staunch {

struct Advisory {
  std::vector<std::string> references, ids;
  std::string list;  // a file; empty: none
  std::string fingerprint_key;
};
inline constexpr std::size_t kMaxAdvisoryBytes = 16u << 20;

// An Error for a reference that the policy does not have, and a list that cannot be read.
Result<Subjects> subjects_of_advisory(const Advisory& advisory, const StoreWorld& world, const Catalogue& catalogue);

}  // namespace staunch
