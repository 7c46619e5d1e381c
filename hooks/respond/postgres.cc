#include "hooks/respond/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>

namespace staunch {
namespace {

PGconn* of(void* connection) { return static_cast<PGconn*>(connection); }

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

// Until it is open or has failed. False: time is over.
bool connect(PGconn* connection) {
  const auto until = LoginClock::now() + kLoginPatience;
  for (PostgresPollingStatusType status = PGRES_POLLING_WRITING;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - LoginClock::now()).count();
    if (left <= 0) return false;
    pollfd one{PQsocket(connection), static_cast<short>(status == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    if (poll(&one, 1, static_cast<int>(left)) == 0) return false;
    status = PQconnectPoll(connection);
    if (status == PGRES_POLLING_OK || status == PGRES_POLLING_FAILED) return true;
  }
}

}  // namespace

Result<DatabaseServer> pg_server(const std::string& text) {
  auto server = database_server(text);
  if (server && server->database.empty()) return Error{"a server is HOST:PORT/DATABASE", text};
  return server;
}

PgSession::Opened PgSession::open(const Network& network, const DatabaseServer& server, const std::string& role,
                                  const Secret& password) {
  Opened opened;
  if (!is_listed_host(network.database_hosts, server.host)) {
    opened.why = why_not_listed(server.host);
    return opened;
  }
  const bool loopback = is_loopback(server.host);
  const std::string port = fmt::format("{}", server.port), secret(password.reveal());
  const std::pair<const char*, const char*> settings[] = {
      {"host", server.host.c_str()},
      {"port", port.c_str()},
      {"dbname", server.database.c_str()},
      {"user", role.c_str()},
      {"password", secret.c_str()},
      {"sslmode", loopback ? "prefer" : "verify-full"},
      {"sslrootcert", loopback ? "" : authorities_file(network)},
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

LoginAnswer postgres_login(const Network& network, const DatabaseServer& server, const std::string& role,
                           const Secret& password) {
  const auto opened = PgSession::open(network, server, role, password);
  return {opened.state, opened.why};
}

}  // namespace staunch
