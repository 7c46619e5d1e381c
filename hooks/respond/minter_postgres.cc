// Roles of PostgreSQL as keys: two login roles that take turns, USER_a and USER_b, both members of USER, which owns
// what they make (each begins its sessions as it). So both passwords work until the old one is taken away. Where USER
// itself still logs in, it is the first key, and loses its login and password instead of being dropped.
//
// When a role was made stands in its comment, for the server does not tell.
#include "hooks/respond/minter.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/postgres.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

namespace staunch {
namespace {

constexpr std::string_view kMade = "made by staunch ";
constexpr std::size_t kPasswordLength = 40;

Secret fresh_password() {
  constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string text;
  for (std::size_t i = 0; i < kPasswordLength; ++i)
    text += kLetters[randombytes_uniform(static_cast<std::uint32_t>(kLetters.size()))];
  Secret secret(text);
  sodium_memzero(text.data(), text.size());
  return secret;
}

class Postgres : public Minter {
 public:
  Postgres(MinterNeeds needs, DatabaseServer server)
      : Minter(std::move(needs.facts)),
        network_(needs.policy.network),
        own_(std::move(needs.own)),
        server_(std::move(server)),
        user_(needs.plan.user) {}

  std::string host() const override { return server_.host; }

  Result<std::pair<std::string, std::string>> who_are_we() override {
    auto session = as_ourselves();
    if (!session) return session.error();
    const auto ran = (*session)->run("SELECT current_user");
    if (!ran.done || ran.rows.size() != 1) return Error{"our own role cannot be told: " + ran.why, server_.name()};
    for (const std::string& name : names())
      if (name == ran.rows[0][0])
        return Error{fmt::format("{} is who we ask as: it is not ours to take", name), server_.name()};
    return std::pair(server_.name(), "role/" + ran.rows[0][0]);
  }

  Result<std::vector<KeyFact>> look() override {
    auto session = as_ourselves();
    if (!session) return session.error();
    std::vector<KeyFact> keys;
    for (const std::string& name : names()) {
      const auto ran = (*session)->run(
          "SELECT rolcanlogin, coalesce(shobj_description(oid, 'pg_authid'), ''), "
          "(SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid) FROM pg_roles WHERE rolname = $1",
          {name});
      if (!ran.done) return Error{"the roles cannot be listed: " + ran.why, server_.name()};
      if (ran.rows.empty()) continue;
      const bool active = ran.rows[0][0] == "t";
      if (name == user_ && !active) continue;  // the group, which is no key
      const std::string& comment = ran.rows[0][1];
      keys.push_back({name, active, comment.starts_with(kMade) ? comment.substr(kMade.size()) : "",
                      ran.rows[0][2] == "0" ? "" : rfc3339(now_seconds())});
    }
    return keys;
  }

  Change mint(Minted& minted) override {
    const auto keys = look();
    if (!keys) return {Fate::refused, keys.error().what};
    for (const char* end : {"_a", "_b"})
      if (std::none_of(keys->begin(), keys->end(), [&](const KeyFact& key) { return key.id == user_ + end; }))
        minted.id = minted.id.empty() ? user_ + end : minted.id;
    if (minted.id.empty()) return {Fate::refused, "both roles are there"};
    auto session = as_ourselves();
    if (!session) return {Fate::refused, session.error().what};
    minted.secret = fresh_password();
    const auto verifier = (*session)->verifier(minted.id, minted.secret);
    if (!verifier) return {Fate::refused, verifier.error().what};
    const std::string role = (*session)->identifier(minted.id), group = (*session)->identifier(user_);
    return fate(
        (*session)->run(fmt::format("BEGIN; CREATE ROLE {0} LOGIN PASSWORD {1} IN ROLE {2}; ALTER ROLE {0} SET role = "
                                    "{2}; COMMENT ON ROLE {0} IS {3}; "
                                    "COMMIT",
                                    role, (*session)->literal(*verifier), group,
                                    (*session)->literal(fmt::format("{}{}", kMade, rfc3339(now_seconds()))))));
  }

  Change set_active(const std::string& id, bool active) override {
    return change(id, [&](PgSession& session, const std::string& role) {
      const auto ran = session.run(fmt::format("ALTER ROLE {} {}", role, active ? "LOGIN" : "NOLOGIN"));
      return ran.done && !active ? end_sessions(session, id) : ran;
    });
  }

  Change remove(const std::string& id) override {
    const Change removed = change(id, [&](PgSession& session, const std::string& role) {
      auto ran = session.run(fmt::format("ALTER ROLE {} NOLOGIN PASSWORD NULL", role));
      if (ran.done) ran = end_sessions(session, id);
      return ran.done && id != user_ ? session.run(fmt::format("DROP ROLE {}", role)) : ran;
    });
    return removed;
  }

  Result<std::string> try_pair(const std::string& id, const Secret& secret) override {
    // Whether it may log in at all is read, not tried: failed logins lock accounts.
    const auto keys = look();
    if (!keys) return keys.error();
    const auto key = std::find_if(keys->begin(), keys->end(), [&](const KeyFact& one) { return one.id == id; });
    if (key == keys->end() || !key->active) return Error{"dead", id};
    auto opened = PgSession::open(network_, server_, id, secret);
    if (opened.state == State::dead) return Error{"dead", id};
    if (!opened.session) return Error{opened.why, id};
    const auto ran = opened.session->run("SELECT session_user, current_user");
    if (!ran.done || ran.rows.size() != 1) return Error{ran.why, id};
    if (id != user_ && ran.rows[0][1] != user_) return Error{fmt::format("its sessions do not begin as {}", user_), id};
    return server_.name();
  }

 private:
  std::vector<std::string> names() const { return {user_, user_ + "_a", user_ + "_b"}; }

  Result<std::unique_ptr<PgSession>> as_ourselves() {
    const auto role = own_.find("key_id"), secret = own_.find("secret");
    if (role == own_.end() || secret == own_.end())
      return Error{"our own credential needs 'key_id' (a role) and 'secret'", server_.name()};
    auto opened = PgSession::open(network_, server_, std::string(role->second.reveal()), secret->second);
    if (!opened.session) return Error{"our own credential does not work: " + opened.why, server_.name()};
    return std::move(opened.session);
  }

  static PgSession::Ran end_sessions(PgSession& session, const std::string& id) {
    return session.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", {id});
  }

  template <typename Act>
  Change change(const std::string& id, const Act& act) {
    const std::vector<std::string> all = names();
    if (std::find(all.begin(), all.end(), id) == all.end()) return {Fate::refused, "it is no role of this plan"};
    auto session = as_ourselves();
    if (!session) return {Fate::refused, session.error().what};
    const auto ran = act(**session, (*session)->identifier(id));
    if (ran.sqlstate == "42704") return {Fate::done, "it was not there"};
    if (ran.sqlstate == "2BP01")
      return {Fate::refused,
              fmt::format("{} owns something; REASSIGN OWNED BY it TO {}, then run this again", id, user_)};
    return fate(ran);
  }

  static Change fate(const PgSession::Ran& ran) {
    if (ran.done) return {Fate::done, ""};
    return {ran.lost ? Fate::lost : Fate::refused, ran.why};
  }

  const Network& network_;
  Values own_;
  DatabaseServer server_;
  std::string user_;
};

}  // namespace

Result<std::unique_ptr<Minter>> postgres_minter(MinterNeeds needs) {
  auto server = pg_server(needs.plan.server);
  if (!server) return server.error();
  return std::unique_ptr<Minter>(std::make_unique<Postgres>(std::move(needs), std::move(*server)));
}

}  // namespace staunch
