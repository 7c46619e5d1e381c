// A leaked password of a database: where it belongs, and asking by one login whether it is good.
//
// User and server are what stands around the password in its connection string ("login_user" and "login_server" of the
// finding), or what the caller says (--part user=, of PostgreSQL role=; --part server=HOST:PORT/DATABASE). A user is
// logged in as once in 24 hours at most, and only at hosts that the policy lists; within that day the answer of before
// counts, with its age.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "hooks/respond/database.h"
#include "hooks/respond/verify.h"

namespace staunch {

struct Login {
  std::string user;
  DatabaseServer server;
  bool assumed = false;         // nothing says that the secret belongs to this server but that the policy has no other
  std::string account() const;  // "host:port"
  std::string principal() const;  // "user@host:port"
};

// Whether a login is how one asks about secrets of this rule.
bool is_by_login(std::string_view rule);

// Adds "login_user" and "login_server" of the text that a rule matched in `lines`.
void derive_login(std::string_view rule, std::string_view match, std::string_view lines,
                  std::map<std::string, std::string>& derived);

Result<Login> login_of(const Subject& subject, const Network& network, const std::map<std::string, std::string>& parts);

// Writes down that somebody logged in as this user, and what it told.
Status note_login(Journal& journal, const Login& login, const std::string& fingerprint, const Verdict& verdict);

Verdict ask_by_login(const Network& network, const Subject& subject, const VerifyOptions& options);

}  // namespace staunch
