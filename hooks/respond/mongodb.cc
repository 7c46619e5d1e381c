// MongoDB: hello and SCRAM, at the one server that is named, over its wire protocol.
//
// libmongoc is not used: it tells a refused password and a broken connection by one code, hashes as many rounds as a
// server wants, and follows a server to others. Nothing here does: what hello says of other members is not read.
// Sources: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/,
// https://github.com/mongodb/specifications/blob/master/source/auth/auth.md
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <set>

#include "engine/checksums.h"
#include "hooks/respond/bson.h"
#include "hooks/respond/canonical.h"
#include "hooks/respond/database.h"
#include "hooks/respond/scram.h"
#include "hooks/respond/wire.h"

namespace staunch {
namespace {

constexpr std::uint32_t kMessage = 2013;  // OP_MSG
constexpr std::size_t kHead = 16 + 4 + 1, kLargest = 1 << 20;
constexpr int kAuthenticationFailed = 18;

const Error kForeign{"the server does not speak this protocol", ""};

struct Reply {
  std::string document;
  BsonValues values;  // views into it
  bool is_yes() const { return number("ok") == 1.0; }
  double number(std::string_view name) const {
    const auto at = values.find(name);
    return at == values.end() ? 0 : at->second.number().value_or(0);
  }
  BsonValue value(std::string_view name) const {
    const auto at = values.find(name);
    return at == values.end() ? BsonValue{} : at->second;
  }
};

class Session {
 public:
  explicit Session(Wire& wire) : wire_(wire) {}

  Result<std::unique_ptr<Reply>> run(const BsonWriter& command) {
    const std::string document = command.done();
    const std::uint32_t number = ++number_;
    std::string message = little_endian(static_cast<std::uint32_t>(kHead + document.size())) + little_endian(number) +
                          little_endian(0) + little_endian(kMessage) + little_endian(0) + '\0' + document;
    if (const Status sent = wire_.send(message); !sent) return sent.error();
    const auto head = wire_.read(kHead);
    if (!head) return head.error();
    const std::string_view view = *head;
    const std::size_t size = read_little_endian(view);
    const bool ours = read_little_endian(view.substr(8)) == number && read_little_endian(view.substr(12)) == kMessage &&
                      read_little_endian(view.substr(16)) == 0 && view[20] == '\0';
    if (!ours || size < kHead || size > kLargest) return kForeign;
    auto read = wire_.read(size - kHead);
    if (!read) return read.error();
    auto reply = std::make_unique<Reply>();
    reply->document = std::move(*read);
    auto values = read_bson(reply->document);
    if (!values) return kForeign;
    reply->values = std::move(*values);
    return reply;
  }

 private:
  Wire& wire_;
  std::uint32_t number_ = 0;
};

LoginAnswer refused(const Reply& reply) {
  const auto code = reply.number("code");
  const std::string said = one_line(fmt::format("{}: {}", code, reply.value("errmsg").text()));
  return {code == kAuthenticationFailed ? State::dead : State::unknown, said};
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

// What the server says the user may log in with: {"saslSupportedMechs": ["SCRAM-SHA-256"]}. It says nothing of users
// that it does not have.
std::set<std::string_view> mechanisms_of(const Reply& hello) {
  std::set<std::string_view> names;
  if (const auto list = read_bson(hello.value("saslSupportedMechs").raw))
    for (const auto& [index, name] : *list) names.insert(name.text());
  return names;
}

LoginAnswer prove(Session& session, Scram& scram, std::string_view mechanism, std::string_view database) {
  BsonWriter start, options, more;
  options.yes("skipEmptyExchange");
  start.integer("saslStart", 1);
  start.text("mechanism", mechanism);
  start.bytes("payload", scram.first());
  start.document("options", options);
  start.text("$db", database);
  const auto challenge = session.run(start);
  if (!challenge) return {State::unknown, challenge.error().what};
  if (!(*challenge)->is_yes()) return refused(**challenge);
  const double conversation = (*challenge)->number("conversationId");
  if (!(std::abs(conversation) <= std::numeric_limits<std::int32_t>::max())) return {State::unknown, kForeign.what};
  const auto proof = scram.answer((*challenge)->value("payload").bytes());
  if (!proof) return {State::unknown, proof.error().what};
  more.integer("saslContinue", 1);
  more.integer("conversationId", static_cast<std::int32_t>(conversation));
  more.bytes("payload", *proof);
  more.text("$db", database);
  const auto last = session.run(more);
  if (!last) return {State::unknown, last.error().what};
  if (!(*last)->is_yes()) return refused(**last);
  if (!scram.is_proved_by((*last)->value("payload").bytes()))
    return {State::unknown, "the server takes it and does not show that it knows the password"};
  return {State::live, {}};
}

}  // namespace

LoginAnswer mongodb_login(const Network& network, const DatabaseServer& server, const std::string& user,
                          const Secret& password) {
  if (server.database == "$external") return {State::unknown, "this user does not log in by a password of MongoDB's"};
  auto wire = Wire::open(network, server);
  if (!wire) return {State::unknown, wire.error().what};
  Session session(**wire);
  const std::string database = server.database.empty() ? "admin" : server.database;
  BsonWriter ask;
  ask.integer("hello", 1);
  ask.text("saslSupportedMechs", database + "." + user);
  ask.text("$db", "admin");
  const auto hello = session.run(ask);
  if (!hello) return {State::unknown, hello.error().what};
  if (!(*hello)->is_yes()) return {State::unknown, refused(**hello).why};
  const auto names = mechanisms_of(**hello);
  const bool old = names.contains("SCRAM-SHA-1") && !names.contains("SCRAM-SHA-256");
  if (!names.empty() && !old && !names.contains("SCRAM-SHA-256"))
    return {State::unknown, "this user does not log in by a password of MongoDB's"};
  Scram scram =
      old ? Scram(Scram::Hash::sha1, user, mongodb_digest(user, password)) : Scram(Scram::Hash::sha256, user, password);
  LoginAnswer found = prove(session, scram, old ? "SCRAM-SHA-1" : "SCRAM-SHA-256", database);
  if (found.state != State::dead) return found;
  if (server.database.empty())
    return {State::unknown, "no user of the database admin; --part server=HOST:PORT/DATABASE names another"};
  if (!old && !is_ascii(password.reveal()))
    return {State::unknown, "refused, and its letters outside ASCII may be written in several ways"};
  return found;
}

}  // namespace staunch
