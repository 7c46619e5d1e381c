// MySQL and MariaDB: the login of libmariadb, and no query. The only door to that library.
//
// Its option files are read only where asked for, which nobody does here, and the program forgets its variables. The
// server may ask for no local file and for no way to log in that shows the password: the plugins are named one by one.
// A refusal that comes instead of the server's greeting, before TLS could begin, is nobody's word: the library of today
// says so itself, older ones do not.
// Sources: https://mariadb.com/docs/connectors/mariadb-connector-c/api-functions/mysql_optionsv,
// https://mariadb.com/docs/server/reference/error-codes
#include <fmt/format.h>
#include <mysql.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "hooks/respond/database.h"

namespace staunch {
namespace {

struct Meaning {
  unsigned code;
  State state;
  const char* why;
};
constexpr std::array<Meaning, 5> kMeanings = {{
    {1044, State::live, "the password is right, the database is not this user's"},
    {1045, State::dead, ""},
    {1049, State::live, "the password is right, the database is not there"},
    {3118, State::dead, "the account is locked"},  // MySQL
    {4151, State::dead, "the account is locked"},  // MariaDB
}};

constexpr const char* kPlugins = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

struct Close {
  void operator()(MYSQL* connection) const { mysql_close(connection); }
};

void set_up(MYSQL* connection, const Network& network, bool loopback) {
  const unsigned protocol = MYSQL_PROTOCOL_TCP, no_files = 0, seconds = 10;
  const unsigned long largest = 1 << 20;
  const my_bool yes = 1;
  mysql_optionsv(connection, MYSQL_OPT_NONBLOCK, nullptr);
  mysql_optionsv(connection, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_optionsv(connection, MYSQL_OPT_LOCAL_INFILE, &no_files);
  mysql_optionsv(connection, MYSQL_OPT_MAX_ALLOWED_PACKET, &largest);
  mysql_optionsv(connection, MARIADB_OPT_RESTRICTED_AUTH, kPlugins);
  for (const auto each : {MYSQL_OPT_CONNECT_TIMEOUT, MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT})
    mysql_optionsv(connection, each, &seconds);
  mysql_optionsv(connection, MYSQL_OPT_SSL_ENFORCE, &yes);  // where the server offers TLS, and else only on loopback
  if (loopback) return;
  mysql_optionsv(connection, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
  mysql_optionsv(connection, MYSQL_OPT_SSL_CA, authorities_file(network));
}

// What the library waits for has come, or not in time.
int wait_for(MYSQL* connection, int wanted, LoginClock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - LoginClock::now()).count();
  auto patience = std::clamp<long long>(left, 0, kLoginPatience / std::chrono::milliseconds(1));
  if (wanted & MYSQL_WAIT_TIMEOUT) patience = std::min<long long>(patience, mysql_get_timeout_value_ms(connection));
  const auto events =
      static_cast<short>((wanted & MYSQL_WAIT_READ ? POLLIN : 0) | (wanted & MYSQL_WAIT_WRITE ? POLLOUT : 0) |
                         (wanted & MYSQL_WAIT_EXCEPT ? POLLPRI : 0));
  pollfd one{mysql_get_socket(connection), events, 0};
  const int ready = poll(&one, 1, static_cast<int>(patience));
  if (ready <= 0) return MYSQL_WAIT_TIMEOUT;
  return (one.revents & (POLLIN | POLLHUP | POLLERR) ? wanted & MYSQL_WAIT_READ : 0) |
         (one.revents & (POLLOUT | POLLHUP | POLLERR) ? wanted & MYSQL_WAIT_WRITE : 0) |
         (one.revents & POLLPRI ? wanted & MYSQL_WAIT_EXCEPT : 0);
}

// False: time was over, and its socket is shut so that the library gives up.
bool connect(MYSQL* connection, const DatabaseServer& server, const std::string& user, const Secret& password) {
  const auto until = LoginClock::now() + kLoginPatience;
  const std::string secret(password.reveal());
  MYSQL* done = nullptr;
  bool in_time = true;
  for (int wanted = mysql_real_connect_start(&done, connection, server.host.c_str(), user.c_str(), secret.c_str(),
                                             server.database.empty() ? nullptr : server.database.c_str(), server.port,
                                             nullptr, 0);
       wanted != 0;) {
    if (LoginClock::now() >= until) {
      in_time = false;
      shutdown(mysql_get_socket(connection), SHUT_RDWR);
    }
    wanted = mysql_real_connect_cont(&done, connection, wait_for(connection, wanted, until));
  }
  return in_time;
}

// Whether the server has begun to speak, and over TLS where that is wanted: the library speaks it from its greeting on.
bool has_greeted(MYSQL* connection, bool loopback) {
  unsigned long can = 0;
  mariadb_get_infov(connection, MARIADB_CONNECTION_SERVER_CAPABILITIES, &can);
  return can != 0 && (loopback || (can & CLIENT_SSL) != 0);
}

}  // namespace

LoginAnswer mysql_login(const Network& network, const DatabaseServer& server, const std::string& user,
                        const Secret& password) {
  static const int started = mysql_library_init(0, nullptr, nullptr);
  const std::unique_ptr<MYSQL, Close> connection(started == 0 ? mysql_init(nullptr) : nullptr);
  if (!connection) return {State::unknown, "libmariadb does not start"};
  const bool loopback = is_loopback(server.host);
  set_up(connection.get(), network, loopback);
  const bool in_time = connect(connection.get(), server, user, password);
  const unsigned code = mysql_errno(connection.get());
  if (code == 0) return {State::live, {}};
  if (!in_time) return {State::unknown, "the server did not answer in time"};
  const std::string said = one_line(fmt::format("{}: {}", code, mysql_error(connection.get())));
  if (!has_greeted(connection.get(), loopback)) return {State::unknown, said};
  for (const Meaning& one : kMeanings)
    if (one.code == code) return {one.state, *one.why ? one.why : said};
  return {State::unknown, said};
}

}  // namespace staunch
