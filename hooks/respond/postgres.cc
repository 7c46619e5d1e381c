#include "hooks/respond/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace staunch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(15);
constexpr const char* kSystemCa = "/etc/ssl/certs/ca-certificates.crt";

PGconn* of(void* connection) { return static_cast<PGconn*>(connection); }

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1" || host == "localhost"; }

// The messages of the server, each with its SQLSTATE and the function that raised it.
State state_of(const std::string& error) {
  if (error.find("28P01:") != std::string::npos) return State::dead;
  // Known and right, and not allowed to log in; without an entry in pg_hba.conf the same state says nothing.
  if (error.find("28000:") != std::string::npos && error.find("InitializeSessionUserId") != std::string::npos)
    return State::dead;
  if (error.find("3D000:") != std::string::npos)
    return State::live;  // the database is not there, the password was right
  return State::unknown;
}

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.substr(0, 300);
}

// Until it is open or has failed. False: time is over.
bool connect(PGconn* connection) {
  const auto until = Clock::now() + kPatience;
  for (PostgresPollingStatusType status = PGRES_POLLING_WRITING;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) return false;
    pollfd one{PQsocket(connection), static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&one, 1, static_cast<int>(left)) == 0) return false;
    status = PQconnectPoll(connection);
    if (status == PGRES_POLLING_OK || status == PGRES_POLLING_FAILED) return true;
  }
}

}  // namespace

std::string PgServer::name() const { return fmt::format("{}:{}/{}", host, port, database); }

Result<PgServer> pg_server(const std::string& text) {
  PgServer server;
  const std::size_t slash = text.find('/'), colon = text.rfind(':', slash);
  const Error wrong{"a server is HOST:PORT/DATABASE", text};
  if (slash == std::string::npos || colon == std::string::npos) return wrong;
  const auto read = std::from_chars(text.data() + colon + 1, text.data() + slash, server.port);
  server.host = text.substr(0, colon);
  server.database = text.substr(slash + 1);
  // No comma (several hosts), no slash (a socket's folder), no blank.
  const bool plain = !server.host.empty() &&
                     server.host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:") == std::string::npos;
  if (read.ec != std::errc() || read.ptr != text.data() + slash || !plain || server.database.empty()) return wrong;
  return server;
}

bool is_listed_host(const std::vector<std::string>& patterns, const std::string& host) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (!pattern.starts_with("*.")) return pattern == host;
    return host.size() > pattern.size() - 1 && host.ends_with(std::string_view(pattern).substr(1));
  });
}

PgSession::Opened PgSession::open(const Network& network, const PgServer& server, const std::string& role,
                                  const Secret& password) {
  Opened opened;
  if (!is_listed_host(network.database_hosts, server.host)) {
    opened.why = fmt::format("the policy's 'database_hosts' does not list {}", server.host);
    return opened;
  }
  const bool loopback = is_loopback(server.host);
  const std::string port = fmt::format("{}", server.port), secret(password.reveal()),
                    ca = network.ca_file.empty() ? kSystemCa : network.ca_file;
  const std::pair<const char*, const char*> settings[] = {
      {"host", server.host.c_str()},
      {"port", port.c_str()},
      {"dbname", server.database.c_str()},
      {"user", role.c_str()},
      {"password", secret.c_str()},
      {"sslmode", loopback ? "prefer" : "verify-full"},
      {"sslrootcert", loopback ? "" : ca.c_str()},
      {"sslcert", "/nonexistent"},
      {"sslkey", "/nonexistent"},
      {"gssencmode", "disable"},
      {"options", "-c client_min_messages=error -c statement_timeout=15000"},
      {"application_name", "staunch"},
      {"passfile", "/nonexistent"},
      {"target_session_attrs", "any"},
      {"client_encoding", "UTF8"},
      {"connect_timeout", "10"}};
  std::vector<const char*> names, values;
  for (const auto& [name, value] : settings) names.push_back(name), values.push_back(value);
  names.push_back(nullptr), values.push_back(nullptr);
  PGconn* connection = PQconnectStartParams(names.data(), values.data(), 0);
  opened.session.reset(new PgSession(connection));
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
  const bool in_time = PQstatus(connection) != CONNECTION_BAD && connect(connection);
  if (in_time && PQstatus(connection) == CONNECTION_OK) {
    opened.state = State::live;
    return opened;
  }
  const std::string error = PQerrorMessage(connection);
  opened.session.reset();
  opened.state = state_of(error);
  opened.why = in_time || !error.empty() ? one_line(error) : "the server did not answer in time";
  return opened;
}

PgSession::~PgSession() { PQfinish(of(connection_)); }

PgSession::Ran PgSession::run(const std::string& statement, const std::vector<std::string>& given) {
  std::vector<const char*> values;
  for (const std::string& value : given) values.push_back(value.c_str());
  PGresult* result = given.empty() ? PQexec(of(connection_), statement.c_str())
                                   : PQexecParams(of(connection_), statement.c_str(), static_cast<int>(values.size()),
                                                  nullptr, values.data(), nullptr, nullptr, 0);
  Ran ran;
  const ExecStatusType status = PQresultStatus(result);
  ran.done = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
  if (!ran.done) {
    const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    ran.sqlstate = sqlstate ? sqlstate : "";
    ran.why = message ? message : one_line(PQerrorMessage(of(connection_)));
    ran.lost = PQstatus(of(connection_)) != CONNECTION_OK;
  }
  for (int row = 0; row < PQntuples(result); ++row) {
    auto& columns = ran.rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column) columns.emplace_back(PQgetvalue(result, row, column));
  }
  PQclear(result);
  return ran;
}

namespace {

std::string taken(char* text) {
  std::string out = text ? text : "";
  PQfreemem(text);
  return out;
}

}  // namespace

std::string PgSession::identifier(const std::string& name) const {
  return taken(PQescapeIdentifier(of(connection_), name.data(), name.size()));
}

std::string PgSession::literal(const std::string& text) const {
  return taken(PQescapeLiteral(of(connection_), text.data(), text.size()));
}

Result<std::string> PgSession::verifier(const std::string& role, const Secret& password) const {
  const std::string secret(password.reveal());
  std::string out = taken(PQencryptPasswordConn(of(connection_), secret.c_str(), role.c_str(), "scram-sha-256"));
  if (out.empty()) return Error{one_line(PQerrorMessage(of(connection_))), ""};
  return out;
}

}  // namespace staunch
