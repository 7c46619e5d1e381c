// The audit's head, told to where whoever can change this machine's files cannot change it: syslog, or a webhook.
//
// Journal and audit lie side by side; somebody who takes both back to an earlier state leaves no trace in them. With a
// head that was told, `staunch incident audit --head N:HASH` finds that. It is told when a run ends in which lines were
// added; that it could not be told is said, and does not fail the run: the next one tells a later head.
#pragma once

#include "hooks/respond/audit.h"
#include "hooks/respond/policy.h"

namespace staunch {

class AuditHead {
 public:
  // What is said here is of the head from now on. `journal` and `output` outlive it.
  AuditHead(const Policy& policy, Journal& journal, Output& output);
  ~AuditHead();
  AuditHead(const AuditHead&) = delete;
  AuditHead& operator=(const AuditHead&) = delete;

 private:
  Status tell_webhook(const std::string& head);
  const Policy policy_;
  Journal& journal_;
  Output& output_;
  const std::string before_;
};

}  // namespace staunch
