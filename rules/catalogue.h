// All rules and providers after configuration is merged: what the engine compiles.
#pragma once

#include <vector>

#include "rules/canary.h"
#include "rules/provider.h"
#include "rules/rule.h"

namespace staunch {

// The order of `rules` is part of the meaning: a Match names its rule by index. The readers keep rules sorted by id.
struct Catalogue {
  std::vector<Provider> providers;
  std::vector<Rule> rules;
  std::vector<Allowlist> allowlists;    // global ones, for every rule or for their target rules
  std::vector<CanaryService> canaries;  // of the built-in catalogue
};

}  // namespace staunch
