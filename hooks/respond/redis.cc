// Redis: AUTH and PING, the two commands of its protocol that a login needs.
//
// Many connection strings have a user's name that their clients never sent ("redis://h:PASSWORD@…"), and servers before
// version 6 know no users. So where the pair is refused the password is tried alone, over the same connection: dead is
// what both are. Redis locks nobody out.
// Sources: https://redis.io/docs/latest/commands/auth, https://redis.io/docs/latest/develop/reference/protocol-spec
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "hooks/respond/database.h"
#include "hooks/respond/wire.h"

namespace staunch {
namespace {

constexpr std::size_t kLongestLine = 1024;

struct Meaning {
  const char* begins;
  State state;
};
constexpr std::array<Meaning, 3> kAuth = {{
    {"+OK", State::live}, {"-WRONGPASS", State::dead}, {"-ERR invalid password", State::dead},  // before version 6
}};

Result<std::string> ask(Wire& wire, const std::vector<std::string_view>& words) {
  std::string text = fmt::format("*{}\r\n", words.size());
  for (const std::string_view word : words) text += fmt::format("${}\r\n{}\r\n", word.size(), word);
  const Status sent = wire.send(text);
  std::fill(text.begin(), text.end(), '\0');
  if (!sent) return sent.error();
  return wire.read_line(kLongestLine);
}

LoginAnswer meaning_of(const Result<std::string>& answer) {
  if (!answer) return {State::unknown, answer.error().what};
  for (const Meaning& one : kAuth)
    if (answer->starts_with(one.begins)) return {one.state, one.state == State::live ? "" : one_line(*answer)};
  return {State::unknown, one_line(*answer)};
}

// Whether the answer leaves open that the password is good without the user's name.
bool may_be_nameless(const Result<std::string>& answer) {
  return answer && (answer->starts_with("-WRONGPASS") || answer->starts_with("-ERR wrong number of arguments"));
}

// Whether the default user has no password, so that this one was compared with nothing.
bool needs_none(const std::string& answer) {
  return answer.starts_with("-ERR AUTH <password> called without any password") ||
         answer.starts_with("-ERR Client sent AUTH, but no password is set");
}

}  // namespace

LoginAnswer redis_login(const Network& network, const DatabaseServer& server, const std::string& user,
                        const Secret& password) {
  auto wire = Wire::open(network, server);
  if (!wire) return {State::unknown, wire.error().what};
  const bool named = user != "default";
  const auto answer = named ? ask(**wire, {"AUTH", user, password.reveal()}) : ask(**wire, {"AUTH", password.reveal()});
  LoginAnswer found = meaning_of(answer);
  if (named && may_be_nameless(answer)) {
    const auto alone = ask(**wire, {"AUTH", password.reveal()});
    const LoginAnswer nameless = meaning_of(alone);
    if (nameless.state == State::live) return {State::live, "it is the default user's password, not the named one's"};
    // Where the default user has no password, the refusal of the pair is the server's last word.
    if (!alone || found.state != State::dead || !needs_none(*alone)) found = nameless;
  }
  if (found.state != State::live) return found;
  const auto pong = ask(**wire, {"PING"});
  if (pong && *pong != "+PONG") found.why = one_line(*pong);  // may not even do that: -NOPERM
  return found;
}

}  // namespace staunch
