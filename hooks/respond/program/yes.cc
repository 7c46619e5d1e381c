#include "hooks/respond/program/yes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "hooks/respond/approval.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/plan.h"

namespace staunch {

bool says_yes(const RespondOptions& options, const Policy& policy, const std::string& digest, Output& output) {
  if (!options.approval.empty()) {
    const auto by = check_approval(policy, options.approval, digest, now_seconds());
    output.tell(by ? "approved by " + *by : to_string(by.error()));
    return by.ok();
  }
  std::string given = options.code;
  if (given.empty() && options.target != "-" && isatty(0) && isatty(2)) {
    fmt::print(stderr, "This cannot be undone. Type the plan's code to go on: ");
    std::getline(std::cin, given);
  }
  if (given == short_code(digest)) return true;
  output.tell(given.empty() ? "it is not approved: --code is the first six digits of the plan"
                            : "that is not the plan's code");
  return false;
}

}  // namespace staunch
