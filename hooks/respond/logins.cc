#include "hooks/respond/logins.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hooks/respond/canonical.h"
#include "hooks/respond/moment.h"

namespace staunch {
namespace {

constexpr std::int64_t kDay = 86400;

struct Kind {
  std::string_view rule;
  const char* who;       // what --part calls the user
  unsigned port;         // where the connection string has none
  const char* database;  // where the connection string has none, or its own does not matter
  const char* nameless;  // who it is where no user is named; empty: one must be
  LoginAnswer (*login)(const Network&, const DatabaseServer&, const std::string&, const Secret&);
};

constexpr std::array<Kind, 5> kKinds = {{
    {"postgres-password", "role", 5432, "postgres", "", postgres_login},
    {"mysql-password", "user", 3306, "", "", mysql_login},
    {"redis-password", "user", 6379, "", "default", redis_login},
    {"azure-redis-key", "user", 6380, "", "default", redis_login},
    {"mongodb-password", "user", 27017, "admin", "", mongodb_login},
}};

const Kind* kind_of(std::string_view rule) {
  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.rule == rule; });
  return kind == kKinds.end() ? nullptr : kind;
}

// Where a MongoDB keeps the user, as what follows the host says: "/app?authSource=admin". Other ways to log in than by
// password are kept elsewhere.
// Source: https://www.mongodb.com/docs/manual/reference/connection-string-options/#authentication-options
std::string authentication_database(std::string_view rest) {
  rest = rest.substr(0, rest.find_first_of(" \t\r\n\"'`<>\\"));
  const std::size_t question = std::min(rest.find('?'), rest.size()), slash = rest.substr(0, question).find('/');
  std::string database = slash == rest.npos ? "" : percent_decoded(rest.substr(slash + 1, question - slash - 1));
  bool by_password = true;
  for (const auto& [name, value] : parameters_of(rest.substr(std::min(question + 1, rest.size())))) {
    const std::string known = lower_case(name);
    if (known == "authsource") database = value;
    if (known == "authmechanism") by_password = value.starts_with("SCRAM-");
  }
  if (!by_password) return "$external";
  return database.empty() ? "admin" : database;
}

// A key of Azure's names no host: the one of Azure's that the policy lists.
std::string azure_cache(const Network& network) {
  std::string found;
  for (const std::string& host : network.database_hosts) {
    if (host.starts_with("*.") || !host.ends_with(".redis.cache.windows.net")) continue;
    if (!found.empty()) return {};
    found = host;
  }
  return found.empty() ? found : found + ":6380";
}

State state_named(const std::string& name) {
  for (const State state : {State::live, State::restricted, State::dead})
    if (name_of(state) == name) return state;
  return State::unknown;
}

}  // namespace

std::string Login::account() const { return fmt::format("{}:{}", server.host, server.port); }
std::string Login::principal() const { return user + "@" + account(); }

bool is_by_login(std::string_view rule) { return kind_of(rule) != nullptr; }

void derive_login(std::string_view rule, std::string_view match, std::string_view lines,
                  std::map<std::string, std::string>& derived) {
  const Kind* kind = kind_of(rule);
  const std::size_t begin = match.find("://"), at = match.rfind('@');
  if (!kind || begin == match.npos || at == match.npos || at < begin) return;
  const std::string_view login = match.substr(begin + 3, at - begin - 3);
  derived["login_user"] = percent_decoded(login.substr(0, login.find(':')));
  if (lower_case(match.substr(0, begin)).ends_with("+srv")) return;  // a record of DNS names the hosts
  std::string server = lower_case(match.substr(at + 1));
  if (server.find(':') == std::string::npos) server += fmt::format(":{}", kind->port);
  std::string database = kind->database;
  if (kind->login == mongodb_login) {
    const std::size_t where = lines.find(match);
    database = where == lines.npos ? "" : authentication_database(lines.substr(where + match.size()));
  }
  derived["login_server"] = database.empty() ? server : fmt::format("{}/{}", server, database);
}

Result<Login> login_of(const Subject& subject, const Network& network,
                       const std::map<std::string, std::string>& parts) {
  const Kind* kind = kind_of(subject.rule);
  if (!kind) return Error{"there is no login for " + subject.rule, ""};
  const auto said = [&](const char* part, const char* derived) {
    if (const auto at = parts.find(part); at != parts.end()) return at->second;
    const auto at = subject.derived.find(derived);
    return at == subject.derived.end() ? std::string() : at->second;
  };
  Login login;
  login.user = said(kind->who, "login_user");
  if (login.user.empty()) login.user = kind->nameless;
  std::string server = said("server", "login_server");
  if (subject.rule == "azure-redis-key" && server.empty()) {
    server = azure_cache(network);
    login.assumed = true;
  }
  if (server.empty() || login.user.empty())
    return Error{fmt::format("{0} and server are not known: give --part {0}=NAME and --part server=HOST:PORT{1}",
                             kind->who, *kind->database ? "/DATABASE" : ""),
                 ""};
  if (login.user.find('\0') != std::string::npos) return Error{"the user's name holds a NUL", ""};
  auto read = database_server(server);
  if (!read) return read.error();
  login.server = std::move(*read);
  if (kind->login == postgres_login && login.server.database.empty())
    return Error{"a server is HOST:PORT/DATABASE", server};
  return login;
}

Status note_login(Journal& journal, const Login& login, const std::string& fingerprint, const Verdict& verdict) {
  return journal.put("login", login.principal(),
                     {{"at", static_cast<std::uint64_t>(verdict.checked_at)},
                      {"state", name_of(verdict.state)},
                      {"fingerprint", fingerprint}});
}

Verdict ask_by_login(const Network& network, const Subject& subject, const VerifyOptions& options) {
  Verdict verdict;
  verdict.checked_at = options.now;
  if (subject.secret.empty()) return verdict.why = subject.missing, verdict;
  const auto login = login_of(subject, network, options.parts);
  if (!login) return verdict.why = login.error().what, verdict;
  verdict.host = login->server.host;
  if (!is_listed_host(network.database_hosts, verdict.host)) return verdict.why = why_not_listed(verdict.host), verdict;
  if (options.journal == nullptr)
    return verdict.why = "logins are counted in the policy's journal, and none is open", verdict;
  if (const auto before = options.journal->get("login", login->principal())) {
    const auto at = static_cast<std::int64_t>(number_at(*before, "/at"));
    if (options.now - at < kDay) {
      if (text_at(*before, "/fingerprint") == subject.fingerprint)
        verdict.state = state_named(text_at(*before, "/state"));
      verdict.checked_at = at;
      verdict.why =
          fmt::format("asked at {}; a {} is logged in to once a day", rfc3339(at), kind_of(subject.rule)->who);
    }
  }
  const Secret password(percent_decoded(subject.secret.reveal()));
  if (password.reveal().find('\0') != std::string_view::npos) verdict.why = "no password holds a NUL: nothing was sent";
  if (verdict.why.empty()) {
    if (const Status counted = note_login(*options.journal, *login, subject.fingerprint, verdict); !counted)
      return verdict.why = counted.error().what, verdict;
    const LoginAnswer answer = kind_of(subject.rule)->login(network, login->server, login->user, password);
    verdict.state = answer.state;
    verdict.why = answer.why;
    if (login->assumed && answer.state == State::dead) {
      verdict.state = State::unknown;
      verdict.why = fmt::format("not live at {}, and it may be another server's: {}", verdict.host, answer.why);
    }
    (void)note_login(*options.journal, *login, subject.fingerprint, verdict).ok();
  }
  if (is_good(verdict.state)) verdict.told = {{"account", login->account()}, {"user", login->user}};
  return verdict;
}

}  // namespace staunch
