// GitLab's Token Revocation API, from both ends: what a self-managed GitLab calls when it finds tokens, and the same as
// a caller of somebody's own revoker.
//
//   GET  /v1/revocable_token_types   -> {"types":["..."]}
//   POST /v1/revoke_tokens           [{"type":"...","token":"...","location":"https://..."}]   -> 204, 400, 429
//
// with a token that both know in Authorization. Source: GitLab's development documentation, "Token Revocation API".
//
// As the server: what comes is sealed into the journal, which is synced before 204 is said, and only then worked on,
// through the policy's [[respond]] entries that name the source "gitlab". A type is one of our rule ids, also behind
// "gitleaks_rule_id_" and with underscores. What did not come to an end is taken up again, also after a restart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hooks/respond/http_listener.h"
#include "hooks/respond/trigger.h"

namespace staunch {

inline constexpr std::size_t kMaxTokensHeard = 1000, kMaxInbox = 10'000;

// All rules of which an entry for "gitlab" speaks, as types.
std::vector<std::string> gitlab_types(const Catalogue& catalogue, const Policy& policy);

// The rule of a type; null where there is none.
const Rule* rule_of_gitlab_type(const Catalogue& catalogue, std::string_view type);

// What is answered to a request. `shared` is the token that both know. Writes to the journal alone.
HttpReply hear_gitlab(const Catalogue& catalogue, const Policy& policy, Journal& journal, const Secret& shared,
                      const std::string& fingerprint_key, const HeardRequest& request);

// Works on what waits in the journal and is due. Returns when something is due again; 0: nothing waits.
std::int64_t work_off_inbox(TriggerWorld& world, std::int64_t now);

// As a caller: hands over those whose type the revoker takes.
struct HandedOver {
  std::size_t taken = 0, not_taken = 0;  // not_taken: of types that it does not revoke
};
Result<HandedOver> hand_to_revoker(const Network& network, const std::string& address, const Secret& shared,
                                   const std::vector<Subject>& subjects);

}  // namespace staunch
