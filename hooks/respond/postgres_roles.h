// A leaked password of a PostgreSQL role: asked about, and taken away.
//
// Role and server are what stands around the password in its connection string ("pg_role" and "pg_server" of the
// finding), or what the user says (--part role=, --part server=HOST:PORT/DATABASE). A role is logged in to once in 24
// hours at most, and only at hosts that the policy lists; within that day the answer of before counts, with its age.
// So its end is not proved by logins that fail, which lock accounts, but read as administrator: the role may not log in
// and has no session.
#pragma once

#include <string>

#include "hooks/respond/revoke.h"

namespace staunch {

// The provider under which the policy speaks of roles (live, own_accounts, credentials).
inline constexpr const char* kPostgresql = "postgresql";

bool is_postgres(const Subject& subject);

// Adds "pg_role" and "pg_server" of the text that a rule matched.
void derive_postgres(const std::string& rule, std::string_view match, std::map<std::string, std::string>& derived);

Verdict ask_postgres(const Network& network, const Subject& subject, const VerifyOptions& options);

// The same without a login of the role's own, read as administrator: dead where it may not log in and has no session.
Verdict look_at_role(const Policy& policy, Journal& journal, Output& output, const Subject& subject, std::int64_t now);

Action plan_postgres(const Policy& policy, const Subject& subject, const Verdict& verdict);

// NOLOGIN and the end of all sessions; the password too where not `only_disable`.
Outcome end_postgres(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict,
                     bool only_disable);

}  // namespace staunch
