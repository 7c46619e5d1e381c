// PostgreSQL: logging in as a role, and what an administrator does to roles. The only door to libpq.
//
// A server is spoken to only where the policy's `database_hosts` lists its host. PG* variables, .pgpass, service files
// and client certificates of the user are not read. TLS is checked against the policy's CA file or the system's, but on
// loopback. Passwords are sent as SCRAM verifiers, so that neither the server nor its log ever sees one.
// Source: libpq's documentation; errors by SQLSTATE (PostgreSQL, appendix A) and the name of the function that raised
// them, which no language setting changes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/http.h"
#include "hooks/respond/verdict.h"

namespace staunch {

struct PgServer {
  std::string host, database;
  std::uint16_t port = 5432;
  std::string name() const;  // "host:port/database": its account in the policy
};

// "db.example:5432/app".
Result<PgServer> pg_server(const std::string& text);

// Whether a policy's pattern ("db.example", "*.db.example") lists the host.
bool is_listed_host(const std::vector<std::string>& patterns, const std::string& host);

// One session; everything in it is bounded in time.
class PgSession {
 public:
  struct Opened {
    State state = State::unknown;  // live: it is open; dead: this role and password do not log in
    std::string why;
    std::unique_ptr<PgSession> session;
  };
  static Opened open(const Network& network, const PgServer& server, const std::string& role, const Secret& password);
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
