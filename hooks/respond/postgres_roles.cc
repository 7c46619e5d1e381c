#include "hooks/respond/postgres_roles.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/logins.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/postgres.h"

namespace staunch {
namespace {

// Of the policy's accounts "HOST:PORT/DATABASE" any at this server.
bool is_ours(const Policy& policy, const std::string& account) {
  const auto accounts = policy.own_accounts.find(kPostgresql);
  return accounts != policy.own_accounts.end() &&
         std::any_of(accounts->second.begin(), accounts->second.end(),
                     [&](const std::string& one) { return one == account || one.starts_with(account + "/"); });
}

std::string refusal(const Policy& policy, const std::string& account) {
  if (std::find(policy.live.begin(), policy.live.end(), kPostgresql) == policy.live.end())
    return "the policy's 'live' does not name postgresql";
  if (!is_ours(policy, account)) return fmt::format("the server {} is not one of our own", account);
  return {};
}

Result<std::unique_ptr<PgSession>> as_administrator(const Policy& policy, Journal& journal, Output& output,
                                                    const DatabaseServer& server) {
  const auto own = credential({policy, &journal}, kPostgresql);
  if (!own) return own.error();
  const auto role = own->find("key_id"), secret = own->find("secret");
  if (role == own->end() || secret == own->end())
    return Error{"[credentials.postgresql] needs 'key_id' (a role) and 'secret'", ""};
  output.know(secret->second);
  auto opened = PgSession::open(policy.network, server, std::string(role->second.reveal()), secret->second);
  if (!opened.session) return Error{"our own credential does not work: " + opened.why, ""};
  return std::move(opened.session);
}

// Whether the role may not log in and has no session; an Error where that cannot be read.
Result<bool> is_shut(PgSession& session, const std::string& role) {
  const auto ran = session.run(
      "SELECT rolcanlogin OR EXISTS (SELECT 1 FROM pg_stat_activity WHERE usename = rolname) FROM pg_roles WHERE "
      "rolname = $1",
      {role});
  if (!ran.done) return Error{"the role cannot be looked at: " + ran.why, role};
  return ran.rows.empty() || ran.rows[0][0] == "f";
}

// One server, as its administrator.
class Ending {
 public:
  Ending(RevokeWorld& world, const Subject& subject, Login target)
      : world_(world), subject_(subject), target_(std::move(target)) {}

  Outcome run(bool only_disable) {
    if (const Status right = look_first(); !right) return {Ended::refused, right.error().what, {}};
    const std::string role = session_->identifier(target_.user);
    const std::string statement = fmt::format("ALTER ROLE {} NOLOGIN{}", role, only_disable ? "" : " PASSWORD NULL");
    const Json about = {{"step", only_disable ? "disable" : "revoke"},
                        {"fingerprint", subject_.fingerprint},
                        {"provider", kPostgresql},
                        {"host", target_.server.host},
                        {"key_id", target_.user}};
    if (const Status told = world_.audit.add("intent", about); !told) return {Ended::unknown, told.error().what, {}};
    const auto ran = session_->run(statement);
    Json result = about;
    result["outcome"] = ran.done ? "answered" : ran.lost ? "unknown-outcome" : "refused: " + ran.why;
    if (const Status told = world_.audit.add("result", result); !told) return {Ended::unknown, told.error().what, {}};
    if (!ran.done && !ran.lost) return {Ended::refused, "the server refuses: " + ran.why, {}};
    if (const Status counted = count_live(world_, subject_.fingerprint + " " + target_.principal()); !counted)
      return {Ended::unknown, counted.error().what, {}};
    return conclude(only_disable);
  }

 private:
  Status open() {
    auto opened = as_administrator(world_.policy, world_.journal, world_.output, target_.server);
    if (!opened) return opened.error();
    session_ = std::move(*opened);
    return Done{};
  }

  // Exactly one role, which is neither ours nor of our family.
  Status look_first() {
    if (const Status opened = open(); !opened) return opened;
    const auto ran = session_->run(
        "SELECT rolname = current_user OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE (m.roleid = r.oid AND m.member "
        "= "
        "current_user::regrole) OR (m.member = r.oid AND m.roleid = current_user::regrole)) FROM pg_roles r WHERE "
        "rolname = $1",
        {target_.user});
    if (!ran.done) return Error{"the role cannot be looked for: " + ran.why, ""};
    if (ran.rows.size() != 1) return Error{"there is no such role", target_.user};
    if (ran.rows[0][0] == "t") return Error{fmt::format("{} is who we ask as, or of its family", target_.user), ""};
    return Done{};
  }

  Outcome conclude(bool only_disable) {
    if (const Status opened = open(); !opened) return {Ended::unknown, opened.error().what, {}};
    Verdict after;
    after.host = target_.server.host;
    after.checked_at = now_seconds();
    for (int tries = 0; tries < 5 && after.state != State::dead; ++tries) {
      session_->run("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE usename = $1", {target_.user});
      const auto shut = is_shut(*session_, target_.user);
      if (shut && *shut) after.state = State::dead;
    }
    if (after.state != State::dead)
      return {Ended::unknown, "it may still log in, or has sessions that do not end", after};
    (void)note_login(world_.journal, target_, subject_.fingerprint, after).ok();
    return {only_disable ? Ended::disabled : Ended::revoked, "it may not log in and has no session", after};
  }

  RevokeWorld& world_;
  const Subject& subject_;
  Login target_;
  std::unique_ptr<PgSession> session_;
};

}  // namespace

bool is_postgres(const Subject& subject) { return subject.rule == "postgres-password"; }

Verdict look_at_role(const Policy& policy, Journal& journal, Output& output, const Subject& subject, std::int64_t now) {
  Verdict verdict;
  verdict.checked_at = now;
  const auto target = login_of(subject, policy.network, {});
  if (!target) return verdict.why = target.error().what, verdict;
  verdict.host = target->server.host;
  const auto session = as_administrator(policy, journal, output, target->server);
  if (!session) return verdict.why = session.error().what, verdict;
  const auto shut = is_shut(**session, target->user);
  if (!shut) return verdict.why = shut.error().what, verdict;
  verdict.state = *shut ? State::dead : State::unknown;
  if (!*shut) verdict.why = "the role may log in again, with this or another password";
  return verdict;
}

Action plan_postgres(const Policy& policy, const Subject& subject, const Verdict& verdict) {
  Action action;
  action.provider = kPostgresql;
  action.rule = subject.rule;
  action.fingerprint = subject.fingerprint;
  action.kind = "admin";
  const auto account = verdict.told.find("account");
  action.account = account == verdict.told.end() ? "" : account->second;
  action.host = verdict.host;
  action.collateral = "all sessions of the role end, and whoever else uses it is locked out";
  action.instruction = "ALTER ROLE … NOLOGIN PASSWORD NULL, then pg_terminate_backend for its sessions";
  action.tested = "real";
  action.reversible_first = true;
  action.refused =
      is_good(verdict.state) ? refusal(policy, action.account) : "it was not verified live: " + verdict.why;
  return action;
}

Outcome end_postgres(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict,
                     bool only_disable) {
  if (!is_good(verdict.state)) return {Ended::refused, "it was not verified live: " + verdict.why, {}};
  if (const std::string why = refusal(world.policy, action.account); !why.empty()) return {Ended::refused, why, {}};
  const auto target = login_of(subject, world.policy.network, world.asking.parts);
  if (!target) return {Ended::refused, target.error().what, {}};
  if (target->account() != action.account) return {Ended::refused, "it is another server than planned", {}};
  if (const Status may = may_change(world); !may) return {Ended::refused, may.error().what, {}};
  return Ending(world, subject, *target).run(only_disable);
}

}  // namespace staunch
