// Who says yes to what cannot be undone: a person at a terminal, by the plan's short code, or a signed approval.
#pragma once

#include <string>

#include "hooks/respond/output.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/program/options.h"

namespace staunch {

// The code is the beginning of the plan's digest, by option or typed at a terminal. Says why where nobody does.
bool says_yes(const RespondOptions& options, const Policy& policy, const std::string& digest, Output& output);

}  // namespace staunch
