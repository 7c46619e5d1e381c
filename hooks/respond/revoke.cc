#include "hooks/respond/revoke.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "hooks/respond/claims.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr int kDeadAnswers = 3;
constexpr int kMostQuestions = 12;

bool is_admin(const std::string& kind) { return kind == "admin" || kind == "app"; }

}  // namespace

Status may_change(const RevokeWorld& world) {
  if (const Status clear = check_kill_switch(world.policy); !clear) return clear.error();
  const auto most = static_cast<std::uint64_t>(world.policy.live_actions_per_day);
  for (const std::string& kind : {std::string("live"), "live of " + world.source})
    if (world.journal.count_since(kind, now_seconds() - kDay) >= most)
      return Error{fmt::format("{} live actions in a day are what the policy allows", most), ""};
  return Done{};
}

Status count_live(RevokeWorld& world, const std::string& what) {
  const std::string name = fmt::format("{} {}", now_seconds(), what);
  if (const Status counted = world.journal.put("live", name, Json::object()); !counted) return counted;
  return world.source.empty() ? Status(Done{}) : world.journal.put("live of " + world.source, name, Json::object());
}

namespace {

// One live action: holds the values that its requests are filled with.
class Doing {
 public:
  Doing(RevokeWorld& world, const Revoke& entry, const Action& action, const Subject& subject)
      : world_(world), entry_(entry), action_(action), subject_(subject) {}

  Outcome run(const Verdict& before, bool only_disable) {
    if (const auto done = earlier()) return *done;
    if (only_disable && entry_.disable.empty()) return refused("there is no reversible step: it can only be revoked");
    if (!is_good(before.state))
      return refused("it was not verified live just now: " + std::string(name_of(before.state)));
    if (!is_own_account(world_.policy, action_.provider, account_of(before)))
      return refused("the account it opens is not one of our own");
    if (const Status allowed = may_change(world_); !allowed) return refused(allowed.error().what);
    if (const Status known = fill_values(); !known) return refused(known.error().what);
    if (is_admin(entry_.kind)) {
      if (const Status apart = check_own_credential(before); !apart) return refused(apart.error().what);
      if (const Status one = locate(); !one) return refused(one.error().what);
    }
    if (!entry_.disable.empty())
      if (const Outcome disabled = disable_first(); disabled.ended != Ended::revoked || only_disable)
        return disabled.ended == Ended::revoked ? counted_disable(disabled) : disabled;
    return last_step();
  }

 private:
  static Outcome refused(std::string why) { return {Ended::refused, std::move(why), {}}; }

  std::string id() const { return action_.fingerprint + " " + action_.provider + " " + action_.kind; }

  // What was done in an earlier run: nothing is revoked twice.
  std::optional<Outcome> earlier() const {
    const auto kept = world_.journal.get("action", id());
    if (!kept || text_at(*kept, "/state") != "done") return std::nullopt;
    return Outcome{Ended::already_gone, "it was revoked by us before, at " + text_at(*kept, "/at"), {}};
  }

  Outcome counted_disable(Outcome disabled) {
    disabled.ended = Ended::disabled;
    for (const Status& status : {count_live(world_, id()), note("disable", "disabled")})
      if (!status) return {Ended::unknown, status.error().what, disabled.after};
    return disabled;
  }

  Status fill_values() {
    const Result<Values> values = values_for(subject_, entry_.parts, world_.asking.parts);
    if (!values) return values.error();
    if (!is_admin(entry_.kind)) {
      values_ = *values;
      return Done{};
    }
    for (const auto& [name, value] : *values) values_["target_" + name] = value;
    for (const auto& [name, source] : entry_.parts)
      if (source == "ask") values_[name] = values->find(name)->second;
    const auto own = credential({world_.policy, &world_.journal}, entry_.credential);
    if (!own) return own.error();
    for (const auto& [name, value] : *own) {
      world_.output.know(value);
      if (name != "secret") values_[name] = value;
    }
    const auto secret = own->find("secret");
    if (secret == own->end()) return Error{"our own credential has no 'secret'", entry_.credential};
    values_["admin"] = values_["secret"] = secret->second;
    return Done{};
  }

  // Asks who we are: never is the step taken against ourselves, or the user that we are.
  Status check_own_credential(const Verdict& target) {
    if (values_["admin"].reveal() == subject_.secret.reveal())
      return Error{"it is the very credential that we ask with", ""};
    const auto own_id = values_.find("key_id"), target_id = values_.find("target_key_id");
    if (own_id != values_.end() && target_id != values_.end() && own_id->second.reveal() == target_id->second.reveal())
      return Error{"it is the very key that we ask with", ""};
    const Provider* provider = find_provider(world_.catalogue, action_.provider);
    const auto signing = std::find_if(provider->verify.begin(), provider->verify.end(),
                                      [](const Verify& verify) { return !verify.request.sign.empty(); });
    if (signing == provider->verify.end()) return Done{};
    const auto request = fill(signing->request, values_, signing->hosts, now_seconds());
    if (!request) return request.error();
    const Verdict own = judge(*signing, send(world_.policy.network, *request), host_of(request->url));
    if (!is_good(own.state)) return Error{"our own credential does not work: " + own.why, entry_.credential};
    if (account_of(own) != account_of(target))
      return Error{
          fmt::format("our own credential is of account {}, the leaked one of {}", account_of(own), account_of(target)),
          ""};
    const auto user = own.told.find("user"), other = target.told.find("user");
    if (user != own.told.end() && other != target.told.end() && user->second == other->second)
      return Error{fmt::format("{} is who we ask as: its keys are not ours to take", user->second), ""};
    return Done{};
  }

  Status locate() {
    for (const Locate& step : entry_.locate) {
      const auto request = fill(step.request, values_, entry_.hosts, now_seconds());
      if (!request) return request.error();
      const HttpAnswer answer = send(world_.policy.network, *request);
      if (answer.outcome != HttpAnswer::Outcome::answered || answer.status != 200)
        return Error{fmt::format("the key could not be located ({} {})", answer.status, answer.why), ""};
      const auto json = parse_json(answer.body);
      const Json* object = json ? &*json : nullptr;
      if (!step.list.empty()) {
        if (!json) return Error{"the list of keys is no JSON", ""};
        const auto found = find_by_hint(*json, step, subject_.secret.reveal());
        if (!found) return found.error();
        object = *found;
      }
      for (const auto& [name, source] : step.take) {
        const std::string text = source.starts_with("xml:")
                                     ? std::string(xml_text(answer.body, std::string_view(source).substr(4)))
                                 : object ? text_at(*object, source)
                                          : "";
        if (text.empty()) return Error{fmt::format("the key could not be located: no {}", name), ""};
        values_[name] = Secret(text);
      }
    }
    return Done{};
  }

  // Writes the intent, sends, writes what came of it.
  Result<HttpAnswer> change(const Request& request, const char* step) {
    if (const Status clear = check_kill_switch(world_.policy); !clear) return clear.error();
    auto filled = fill(request, values_, entry_.hosts, now_seconds());
    if (!filled) return filled.error();
    filled->changes = true;
    const Json about = {{"step", step},
                        {"fingerprint", action_.fingerprint},
                        {"provider", action_.provider},
                        {"host", host_of(filled->url)},
                        {"method", filled->method}};
    if (const Status kept = note(step, "started"); !kept) return kept.error();
    if (const Status told = world_.audit.add("intent", about); !told) return told.error();
    const HttpAnswer answer = send(world_.policy.network, *filled);
    Json result = about;
    result["status"] = answer.status;
    result["outcome"] = answer.outcome == HttpAnswer::Outcome::answered   ? "answered"
                        : answer.outcome == HttpAnswer::Outcome::not_sent ? "not sent"
                                                                          : "unknown-outcome";
    if (const Status told = world_.audit.add("result", result); !told) return told.error();
    if (answer.outcome == HttpAnswer::Outcome::not_sent) return Error{"it could not be sent: " + answer.why, ""};
    if (answer.outcome == HttpAnswer::Outcome::lost)
      if (const Status kept = note(step, "unknown-outcome"); !kept) return kept.error();
    return answer;
  }

  Status note(const char* step, const char* state) {
    return world_.journal.put("action", id(), {{"step", step}, {"state", state}, {"at", rfc3339(now_seconds())}});
  }

  Verdict ask() const {
    VerifyOptions asking = world_.asking;
    asking.known_live.insert(subject_.fingerprint);
    asking.now = now_seconds();
    return verify(world_.catalogue, world_.policy.network, {subject_}, asking)[0];
  }

  // Asks until it was dead so many times on end, or patience is over. Providers need seconds to agree with themselves.
  Verdict ask_until_dead(int wanted) const {
    Verdict verdict;
    int dead = 0;
    for (int asked = 0; asked < kMostQuestions && dead < wanted; ++asked) {
      if (asked != 0) std::this_thread::sleep_for(std::chrono::milliseconds(world_.policy.recheck_ms));
      verdict = ask();
      dead = verdict.state == State::dead ? dead + 1 : 0;
    }
    if (dead < wanted && verdict.state == State::dead) verdict.state = State::unknown;
    return verdict;
  }

  Outcome disable_first() {
    const auto answer = change(entry_.disable[0], "disable");
    if (!answer) return refused(answer.error().what);
    if (matches(entry_.gone, *answer)) return {Ended::revoked, "", {}};
    const bool lost = answer->outcome == HttpAnswer::Outcome::lost;
    if (!lost && !matches(entry_.done, *answer))
      return {Ended::unknown, fmt::format("disabling was answered with {}", answer->status), ask()};
    const Verdict after = ask_until_dead(1);
    if (after.state == State::dead) return {Ended::revoked, "", after};
    return undo(after);
  }

  // The wrong object was disabled, or nothing can be proved: back, and a person decides.
  Outcome undo(const Verdict& after) {
    const auto back = change(entry_.enable[0], "enable");
    const bool restored = back && matches(entry_.done, *back);
    return {restored ? Ended::undone : Ended::unknown,
            fmt::format("after disabling, the leaked secret still says {}; the disable was {}. A person must look.",
                        staunch::name_of(after.state), restored ? "undone" : "NOT undone"),
            after};
  }

  // Providers that take so many in a time, by the entry's `rate` ("60/h"); one more would only be refused there.
  Status keep_to_rate() {
    if (entry_.rate.empty()) return Done{};
    const std::string_view rate = entry_.rate;
    const std::size_t slash = rate.find('/');
    std::uint64_t most = 0;
    std::from_chars(rate.data(), rate.data() + slash, most);
    const char unit = rate.back();
    const std::int64_t window = unit == 's' ? 1 : unit == 'm' ? 60 : unit == 'h' ? 3600 : 86400;
    const std::string kind = fmt::format("sent to {}", host_of(entry_.request.url));
    const std::int64_t now = now_seconds();
    if (world_.journal.count_since(kind, now - window) >= most)
      return Error{fmt::format("{} takes {}, and so many were sent: go on later", action_.provider, rate), ""};
    return world_.journal.put(kind, fmt::format("{} {}", id(), now), {{"at", rfc3339(now)}});
  }

  Outcome last_step() {
    if (const Status may = keep_to_rate(); !may) return refused(may.error().what);
    const auto answer = change(entry_.request, "revoke");
    if (!answer) return refused(answer.error().what);
    if (const Status counted = count_live(world_, id()); !counted) return {Ended::unknown, counted.error().what, {}};
    const bool gone = matches(entry_.gone, *answer), done = matches(entry_.done, *answer);
    const bool lost = answer->outcome == HttpAnswer::Outcome::lost;
    if (!gone && !done && !lost) return {Ended::unknown, fmt::format("it was answered with {}", answer->status), ask()};
    const Verdict after = ask_until_dead(kDeadAnswers);
    const bool dead = after.state == State::dead;
    if (const Status kept = note("revoke", dead ? "done" : "unknown-outcome"); !kept)
      return {Ended::unknown, kept.error().what, after};
    if (!dead) return {Ended::unknown, "it is not proved dead yet: " + after.why, after};
    return {gone ? Ended::already_gone : Ended::revoked, lost ? "the answer was lost; the secret is dead" : "", after};
  }

  RevokeWorld& world_;
  const Revoke& entry_;
  const Action& action_;
  const Subject& subject_;
  Values values_;
};

const Revoke* entry_of(const Catalogue& catalogue, const Action& action) {
  const Provider* provider = find_provider(catalogue, action.provider);
  return provider ? find_revoke(*provider, action.rule) : nullptr;
}

}  // namespace

std::string_view name_of(Ended ended) {
  switch (ended) {
    case Ended::revoked: return "revoked";
    case Ended::disabled: return "disabled";
    case Ended::already_gone: return "already gone";
    case Ended::refused: return "refused";
    case Ended::undone: return "undone";
    case Ended::unknown: break;
  }
  return "unknown";
}

Result<const Json*> find_by_hint(const Json& answer, const Locate& locate, std::string_view secret) {
  const Json* list = find_at(answer, locate.list);
  if (!list || !list->is_array()) return Error{"the list of keys is not where it should be", ""};
  if (text_at(answer, "/has_more") == "true")
    return Error{"there are more keys than one answer lists; a person must look", ""};
  const Json* found = nullptr;
  for (const Json& element : *list) {
    const std::string hint = text_at(element, locate.hint);
    const std::size_t begin = hint.find_first_of(".*"), end = hint.find_last_of(".*");
    if (begin == std::string::npos) continue;
    const std::string_view head = std::string_view(hint).substr(0, begin),
                           tail = std::string_view(hint).substr(end + 1);
    if (head.size() + tail.size() < 4 || head.size() + tail.size() > secret.size()) continue;
    if (!secret.starts_with(head) || !secret.ends_with(tail)) continue;
    if (found) return Error{"several keys look like this one; a person must choose", ""};
    found = &element;
  }
  if (!found) return Error{"no key of the account looks like this one", ""};
  return found;
}

namespace {

Outcome act(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict,
            bool only_disable) {
  if (is_postgres(subject)) return end_postgres(world, action, subject, verdict, only_disable);
  const Revoke* entry = entry_of(world.catalogue, action);
  if (!entry) return {Ended::refused, "there is no entry for it", {}};
  if (const std::string why = refusal(world.policy, *entry, action); !why.empty()) return {Ended::refused, why, {}};
  return Doing(world, *entry, action, subject).run(verdict, only_disable);
}

// With a claim that other responders see, which stays where the outcome is not known.
Outcome act_live(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict,
                 bool only_disable) {
  if (const Status clear = check_kill_switch(world.policy); !clear) return {Ended::refused, clear.error().what, {}};
  auto claim = Claim::put({world.policy, &world.journal}, action.fingerprint);
  if (!claim) return {Ended::refused, to_string(claim.error()), {}};
  Outcome outcome = act(world, action, subject, verdict, only_disable);
  if (outcome.ended == Ended::unknown) return outcome;
  if (const Status released = claim->release(); !released)
    world.output.tell("the claim on it could not be taken away: " + to_string(released.error()));
  return outcome;
}

}  // namespace

Outcome revoke_live(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict) {
  return act_live(world, action, subject, verdict, false);
}

Outcome disable_live(RevokeWorld& world, const Action& action, const Subject& subject, const Verdict& verdict) {
  return act_live(world, action, subject, verdict, true);
}

Status tell_outcome(RevokeWorld& world, const Subject& subject, const Outcome& outcome) {
  world.output.out(fmt::format("{:<12}  {}  {}{}{}", name_of(outcome.ended), subject.rule, subject.fingerprint,
                               outcome.why.empty() ? "" : "  ", outcome.why));
  const bool dead =
      outcome.after.state == State::dead && (outcome.ended == Ended::revoked || outcome.ended == Ended::already_gone);
  if (dead)
    if (const Status kept = retire(world.journal, subject.fingerprint); !kept) return kept;
  return world.audit.add("revoke", {{"fingerprint", subject.fingerprint},
                                    {"rule", subject.rule},
                                    {"provider", subject.provider},
                                    {"ended", name_of(outcome.ended)},
                                    {"why", outcome.why},
                                    {"host", outcome.after.host},
                                    {"after", name_of(outcome.after.state)}});
}

}  // namespace staunch
