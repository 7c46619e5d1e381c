// staunch incident: what happened, what was done, and whether the record of it is whole.
#include <fmt/format.h>

#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"

namespace staunch {
namespace {

int audit(const Books& books, Output& output) {
  const std::vector<std::string> wrong = check_audit(*books.journal);
  for (const std::string& line : wrong) output.out(line);
  if (wrong.empty()) output.out("the audit is whole: no edit, no gap, no fork, nothing removed");
  return wrong.empty() ? kDone : kUnknown;
}

}  // namespace

int run_incident(const RespondOptions& options, Output& output) {
  const auto policy = policy_of(options, {}, output);
  if (!policy) return kWrongUse;
  const auto books = open_books(*policy, output);
  if (!books) return kWrongUse;
  return audit(*books, output);
}

}  // namespace staunch
