// gitleaks' one generic rule, "generic-api-key", is several rules here. Whoever disables it, allows something in it or
// has it in an ignore file or baseline means all of them. Other rules of gitleaks have their ids as `aliases`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"

namespace staunch {

inline constexpr std::string_view kGitleaksGeneric = "generic-api-key";

bool shares_gitleaks_generic(const Rule& rule);

// Ids of a user: its name becomes those of the rules in `base` that share its work. Unchanged where there are none, or
// where a rule of that id is.
void spread_gitleaks_generic(const Catalogue& base, std::vector<std::string>& ids);

// The same in what extends `base`: a rule without a regex of its own, and allowlists for some rules.
void spread_gitleaks_generic(const Catalogue& base, Catalogue& extending);

}  // namespace staunch
