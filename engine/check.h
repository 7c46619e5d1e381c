// Offline checks: what a credential's own bytes prove about it, without asking anyone.
//
// Each check is named by the `kind` of a rule's `check`. Sources of the algorithms stand at each one in check.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"
#include "rules/rule.h"

namespace staunch {

struct CheckResult {
  CheckOutcome outcome = CheckOutcome::none;
  std::map<std::string, std::string> derived;  // facts read from the secret, never the secret itself
  std::string reason;                          // one line for people: "checksum matches"
};

// All names that `kind` may have, sorted; the rule reader suggests from them.
const std::vector<std::string>& check_kinds();

// `secret` is hostile. An unknown kind is outcome none.
CheckResult run_check(const Check& check, std::string_view secret);

// The secret that `body` (a secret whose check characters may be anything) becomes with right check characters; used
// to generate samples. Returns `body` unchanged where the kind has no characters to fill.
std::string fill_check(const Check& check, std::string body);

}  // namespace staunch
