#include "hooks/respond/audit_head.h"

#include <fmt/format.h>
#include <syslog.h>

#include "hooks/respond/store.h"

namespace staunch {

AuditHead::AuditHead(const Policy& policy, Journal& journal, Output& output)
    : policy_(policy), journal_(journal), output_(output), before_(audit_head(journal)) {}

AuditHead::~AuditHead() {
  const std::string head = audit_head(journal_);
  if (head == before_) return;
  if (policy_.audit.syslog) {
    openlog("staunch", LOG_PID, LOG_AUTH);
    syslog(LOG_NOTICE, "audit %s of %s", head.c_str(), journal_.sealer().public_key().c_str());
    closelog();
  }
  if (const Status told = tell_webhook(head); !told)
    output_.tell("the audit's head could not be told: " + to_string(told.error()));
}

Status AuditHead::tell_webhook(const std::string& head) {
  const Reference& where = policy_.audit.webhook;
  if (where.env.empty() && where.file.empty() && where.store.empty() && where.command.empty()) return Done{};
  const auto url = resolve({policy_, &journal_}, where);
  if (!url) return url.error();
  output_.know(*url);
  HttpRequest request{"POST", std::string(url->reveal()), {{"Content-Type", "application/json"}}, "", true};
  request.body = to_line({{"text", "staunch audit " + head}, {"head", head}, {"key", journal_.sealer().public_key()}});
  const HttpAnswer answer = send(policy_.network, request);
  if (answer.outcome != HttpAnswer::Outcome::answered) return Error{"the webhook was not reached: " + answer.why, ""};
  if (answer.status < 200 || answer.status > 299)
    return Error{fmt::format("the webhook answered {}", answer.status), ""};
  return Done{};
}

}  // namespace staunch
