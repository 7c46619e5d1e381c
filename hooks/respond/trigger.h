// What findings lead to: each is mapped by the policy's [[respond]] entries to verify, open an incident, disable,
// revoke, rotate by a plan and notify.
//
// Nothing happens twice: an open incident has a credential once, what was revoked is not revoked again, a rotation that
// is under way is not begun again, a role is told once. A source that strangers can write to (everything but folders
// and repositories that the caller named) leads to an incident at most, and is not even asked about, unless an entry
// names it. What cannot be undone needs the entry's approval (approval.h); without it a reversible disable is done
// where there is one, and the plan that waits is told.
#pragma once

#include <string>
#include <vector>

#include "hooks/respond/audit.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/revoke.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verify.h"

namespace staunch {

// Whose `source` is dir, git, stdin, report, filter, serve, gitlab …
struct TriggerWorld : RevokeWorld {
  std::string fingerprint_key;  // of the reports
};

// How it ended, the worst of all findings: nothing good is left; something is; something is not known or failed; a
// person must say yes.
enum class Responded : std::uint8_t { done, good_left, failed, not_approved };

// Looks whether it is one that was proved dead, at a place that its incident has not; then people are told.
Status tell_if_retired(TriggerWorld& world, const Subject& subject);

// "app.env:3 in commit 0123456789ab and 2 more places"; empty where there is none.
std::string first_place(const Subject& subject);

Responded respond_to(TriggerWorld& world, const std::vector<Subject>& subjects);

// The entry for a finding, before anything is known of it; null where there is none. `limited`: of a source that no
// entry names, so that an incident is the most.
const Response* response_for(const Policy& policy, const Subject& subject, const std::string& source, State state,
                             bool& limited);

}  // namespace staunch
