// PostgreSQL: logging in as a role, and what an administrator does to roles. The only door to libpq.
//
// It keeps to what database.h says of all logins: PG* variables, .pgpass, service files and client certificates of the
// user are not read. Passwords are sent as SCRAM verifiers, so that neither the server nor its log ever sees one.
// Source: libpq's documentation; errors by SQLSTATE (PostgreSQL, appendix A) and the name of the function that raised
// them, which no language setting changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/database.h"

namespace staunch {

// "db.example:5432/app": a server with its database, which is its account in the policy.
Result<DatabaseServer> pg_server(const std::string& text);

// One session; everything in it is bounded in time.
class PgSession {
 public:
  struct Opened {
    State state = State::unknown;  // live: it is open; dead: this role and password do not log in
    std::string why;
    std::unique_ptr<PgSession> session;
  };
  static Opened open(const Network& network, const DatabaseServer& server, const std::string& role,
                     const Secret& password);
  ~PgSession();

  struct Ran {
    bool done = false, lost = false;  // lost: the connection broke, so it may have been done
    std::string sqlstate, why;
    std::vector<std::vector<std::string>> rows;
  };
  // One statement or several; `values` are $1 … of one. Rows are text, NULL is empty.
  Ran run(const std::string& statement, const std::vector<std::string>& values = {});

  std::string identifier(const std::string& name) const;  // quoted
  std::string literal(const std::string& text) const;
  Result<std::string> verifier(const std::string& role, const Secret& password) const;  // SCRAM-SHA-256

 private:
  explicit PgSession(void* connection) : connection_(connection) {}
  void* connection_;
};

}  // namespace staunch
