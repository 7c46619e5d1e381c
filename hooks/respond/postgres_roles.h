// A leaked password of a PostgreSQL role: taken away.
//
// Who and where stands in logins.h. Logins that fail lock accounts, so its end is not proved by them but read as
// administrator: the role may not log in and has no session.
#pragma once

#include <string>

#include "hooks/respond/revoke.h"

namespace staunch {

// The provider under which the policy speaks of roles (live, own_accounts, credentials).
inline constexpr const char* kPostgresql = "postgresql";

bool is_postgres(const Subject& subject);

// Dead where the role may not log in and has no session: read as administrator, without a login of its own.
Verdict look_at_role(const Policy& policy, Journal& journal, Output& output, const Subject& subject, std::int64_t now);

Action plan_postgres(const Policy& policy, const Subject& subject, const Verdict& verdict);

// NOLOGIN and the end of all sessions; the password too where not `only_disable`.
Outcome end_postgres(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict,
                     bool only_disable);

}  // namespace staunch
