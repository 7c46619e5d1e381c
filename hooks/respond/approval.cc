#include "hooks/respond/approval.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontends/report/small_file.h"
#include "hooks/respond/json.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/seal.h"
#include "hooks/respond/canonical.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxApproval = 64u << 10, kSignatureBytes = 64;

}  // namespace

std::string response_digest(const Response& r) {
  const Json all = {{"providers", r.providers}, {"rules", r.rules}, {"sources", r.sources}, {"do", r.deeds},
                    {"plans", r.plans},         {"when", r.when},   {"revoker", r.revoker}, {"exposure", r.exposure}};
  return sha256_hex(to_line(all));
}

Result<std::string> check_approval(const Policy& policy, const std::string& file, const std::string& digest,
                                   std::int64_t now) {
  if (file.empty()) return Error{"there is no approval", ""};
  const auto text = read_small_file(file, kMaxApproval), signature = read_small_file(file + ".sig", kMaxApproval);
  if (!text) return text.error();
  if (!signature) return signature.error();
  const bool holds = signature->size() == kSignatureBytes &&
                     std::any_of(policy.approval_keys.begin(), policy.approval_keys.end(), [&](const std::string& key) {
                       return signature_holds(*text, hex_of(*signature), key);
                     });
  if (!holds) return Error{"it is not signed by a key of the policy's 'approval_keys'", file};
  const auto json = parse_json(*text);
  if (!json || text_at(*json, "/approves") != digest) return Error{"it approves something else", file};
  const std::int64_t until = rfc3339_seconds(text_at(*json, "/until"));
  if (until < now) return Error{until < 0 ? "it does not say until when" : "it has ended", file};
  const std::string by = text_at(*json, "/by");
  return by.empty() ? "an approver without a name" : by;
}

}  // namespace staunch
