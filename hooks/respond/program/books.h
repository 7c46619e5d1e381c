// The journal and the audit of one run, opened together.
#pragma once

#include <memory>
#include <optional>

#include "hooks/respond/audit.h"
#include "hooks/respond/audit_head.h"
#include "hooks/respond/output.h"
#include "hooks/respond/policy.h"

namespace staunch {

struct Books {
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Audit> audit;
  std::unique_ptr<AuditHead> head;  // told when these are closed
};

// Opens what the policy's 'journal' names; tells what is wrong itself.
std::optional<Books> open_books(const Policy& policy, Output& output);

}  // namespace staunch
