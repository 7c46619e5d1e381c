// Servers of databases, and one login that tells whether a password is good: what all of them have in common.
//
// A server is spoken to only where the policy's `database_hosts` lists its host, be its address private or not. TLS is
// checked against the policy's CA file or the system's, but on loopback: elsewhere nothing is sent without, and no
// refusal that came without is believed. No environment variable, option file or key of the user is read. A login ends
// within kLoginPatience whatever the server does, and what it says is cut and printable.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"
#include "hooks/respond/http.h"
#include "hooks/respond/verdict.h"

namespace staunch {

struct DatabaseServer {
  std::string host, database;  // the database may be empty, but for PostgreSQL
  std::uint16_t port = 0;
  std::string name() const;  // "host:port" or "host:port/database"
};

// "db.example:5432/app", "db.example:6379".
Result<DatabaseServer> database_server(const std::string& text);

// Whether a policy's pattern ("db.example", "*.db.example") lists the host.
bool is_listed_host(const std::vector<std::string>& patterns, const std::string& host);
std::string why_not_listed(const std::string& host);

bool is_loopback(const std::string& host);             // by its name alone
const char* authorities_file(const Network& network);  // PEM

// What a server said, in one printable line.
std::string one_line(std::string_view text);

using LoginClock = std::chrono::steady_clock;
inline constexpr std::chrono::seconds kLoginPatience{15};

struct LoginAnswer {
  State state = State::unknown;  // dead: this user and password do not log in
  std::string why;
};

// One login each, nothing more; the host is listed.
LoginAnswer postgres_login(const Network& network, const DatabaseServer& server, const std::string& user,
                           const Secret& password);
LoginAnswer mysql_login(const Network& network, const DatabaseServer& server, const std::string& user,
                        const Secret& password);
// The user "default" is who Redis takes a password without a name for.
LoginAnswer redis_login(const Network& network, const DatabaseServer& server, const std::string& user,
                        const Secret& password);
// `server.database` is where the user is kept ("admin"); where it is empty, a refusal says nothing.
LoginAnswer mongodb_login(const Network& network, const DatabaseServer& server, const std::string& user,
                          const Secret& password);

}  // namespace staunch
