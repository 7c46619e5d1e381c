#include "hooks/respond/ending.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hooks/respond/moment.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

constexpr const char* kNotDone = "not done";  // the state of a step that never came to its provider, or was turned away

bool is_admin(const std::string& kind) { return kind == "admin" || kind == "app"; }

Outcome refused(std::string why) { return {Ended::refused, std::move(why), {}}; }

}  // namespace

std::optional<Outcome> Ending::prepare(bool only_disable, std::size_t beside) {
  if (auto done = earlier()) return done;
  if (is_dead()) return std::nullopt;
  if (only_disable && entry_.disable.empty()) return refused("there is no reversible step: it can only be revoked");
  if (!is_good(before_.state))
    return refused("it was not verified live just now: " + std::string(name_of(before_.state)));
  if (!is_own_account(world_.policy, action_.provider, account_of(before_)))
    return refused("the account it opens is not one of our own");
  if (const Status allowed = may_change(world_, beside); !allowed) return refused(allowed.error().what);
  if (const Status known = fill_values(); !known) return refused(known.error().what);
  if (is_admin(entry_.kind)) {
    if (const Status apart = check_own_credential(); !apart) return refused(apart.error().what);
    if (const Status one = locate(); !one) return refused(one.error().what);
  }
  if (entry_.disable.empty()) return std::nullopt;
  const Outcome disabled = disable_first();
  if (disabled.ended != Ended::revoked) return disabled;
  return only_disable ? std::optional(counted_disable(disabled)) : std::nullopt;
}

// What an earlier run did: nothing is revoked twice.
std::optional<Outcome> Ending::earlier() {
  const auto kept = world_.journal.get("action", id());
  if (!kept) return std::nullopt;
  if (text_at(*kept, "/state") == "done")
    return Outcome{Ended::already_gone, "it was revoked by us before, at " + text_at(*kept, "/at"), {}};
  sent_ = text_at(*kept, "/step") == "revoke" && text_at(*kept, "/state") != kNotDone;
  return std::nullopt;
}

Outcome Ending::counted_disable(Outcome disabled) {
  disabled.ended = Ended::disabled;
  for (const Status& status : {count_live(world_, id()), note("disable", "disabled")})
    if (!status) return {Ended::unknown, status.error().what, disabled.after};
  return disabled;
}

Status Ending::fill_values() {
  const Result<Values> values = values_for(subject_, entry_.parts, world_.asking);
  if (!values) return values.error();
  if (!is_admin(entry_.kind)) {
    values_ = *values;
    return Done{};
  }
  for (const auto& [name, value] : *values) values_["target_" + name] = value;
  for (const auto& [name, source] : entry_.parts)
    if (source == "ask" || source.starts_with("host")) values_[name] = values->find(name)->second;
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
Status Ending::check_own_credential() {
  const Verdict& target = before_;
  if (values_["admin"].reveal() == subject_.secret.reveal())
    return Error{"it is the very credential that we ask with", ""};
  const auto own_id = values_.find("key_id"), target_id = values_.find("target_key_id");
  if (own_id != values_.end() && target_id != values_.end() && own_id->second.reveal() == target_id->second.reveal())
    return Error{"it is the very key that we ask with", ""};
  const Provider* provider = find_provider(world_.catalogue, action_.provider);
  const auto signing = std::find_if(provider->verify.begin(), provider->verify.end(),
                                    [](const Verify& verify) { return !verify.request.sign.empty(); });
  if (signing == provider->verify.end()) return Done{};
  const auto request = fill(signing->request, values_, hosts(signing->hosts), now_seconds());
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

Status Ending::locate() {
  for (const Locate& step : entry_.locate) {
    const auto request = fill(step.request, values_, hosts(entry_.hosts), now_seconds());
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

Status Ending::note(const char* step, const char* state) {
  return world_.journal.put("action", id(), {{"step", step}, {"state", state}, {"at", rfc3339(now_seconds())}});
}

Result<HttpRequest> Ending::request_for(const std::vector<Ending*>& all, const Request& request) {
  const Ending& first = *all[0];
  Values values = first.values_;
  for (std::size_t i = 1; i < all.size(); ++i) values[fmt::format("secret_{}", i)] = all[i]->subject_.secret;
  auto filled = fill(for_many(request, all.size()), values, first.hosts(first.entry_.hosts), now_seconds());
  if (!filled) return filled;
  const bool chosen = host_pattern(request.url).find('{') != std::string_view::npos;
  if (const std::string host = host_of(filled->url); chosen && host != first.action_.host)
    return Error{fmt::format("the plan is about {}, not about {}", first.action_.host, host), ""};
  filled->changes = true;
  return filled;
}

Result<HttpAnswer> Ending::change(const std::vector<Ending*>& all, const Request& request, const char* step) {
  const RevokeWorld& world = all[0]->world_;
  if (const Status clear = check_kill_switch(world.policy); !clear) return clear.error();
  const auto filled = request_for(all, request);
  if (!filled) return filled.error();
  std::vector<Json> about;
  for (Ending* one : all) {
    about.push_back({{"step", step},
                     {"fingerprint", one->action_.fingerprint},
                     {"provider", one->action_.provider},
                     {"host", host_of(filled->url)},
                     {"method", filled->method}});
    if (all.size() > 1) about.back()["in_one_call"] = all.size();
    if (const Status kept = one->note(step, "started"); !kept) return kept.error();
    if (const Status told = world.audit.add("intent", about.back()); !told) return told.error();
  }
  // Looked at last, when nothing but the call is left to do: providers know no claims. Where one of them was taken over
  // since, none is sent, for a call that was made for another set of secrets is another call.
  for (Ending* one : all)
    if (const Status ours = one->claim_.held(); !ours) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        about[i]["outcome"] = "not sent";
        if (const Status kept = all[i]->note(step, kNotDone); !kept) return kept.error();
        if (const Status told = world.audit.add("result", about[i]); !told) return told.error();
      }
      return ours.error();
    }
  HttpAnswer answer = send(world.policy.network, *filled);
  Status written = Done{};
  for (std::size_t i = 0; i < all.size() && written; ++i) {
    about[i]["status"] = answer.status;
    about[i]["outcome"] = answer.outcome == HttpAnswer::Outcome::answered   ? "answered"
                          : answer.outcome == HttpAnswer::Outcome::not_sent ? "not sent"
                                                                            : "unknown-outcome";
    written = world.audit.add("result", about[i]);
    if (written && answer.outcome == HttpAnswer::Outcome::lost) written = all[i]->note(step, "unknown-outcome");
    if (written && answer.outcome == HttpAnswer::Outcome::not_sent) written = all[i]->note(step, kNotDone);
  }
  if (answer.outcome == HttpAnswer::Outcome::not_sent) return Error{"it could not be sent: " + answer.why, ""};
  if (!written) answer.outcome = HttpAnswer::Outcome::lost;  // what is in no book must be read
  return answer;
}

std::vector<Verdict> Ending::ask(const RevokeWorld& world, const std::vector<Subject>& subjects) {
  VerifyOptions asking = world.asking;
  for (const Subject& subject : subjects) asking.known_live.try_emplace(subject.fingerprint);
  asking.now = now_seconds();
  return verify(world.catalogue, world.policy.network, subjects, asking);
}

// The disabled key is asked until it is dead once, for the disable can be undone.
Outcome Ending::disable_first() {
  if (const Status ours = claim_.held(); !ours) return refused(to_string(ours.error()));
  const auto answer = change({this}, entry_.disable[0], "disable");
  if (!answer) return refused(answer.error().what);
  if (matches(entry_.gone, *answer)) return {Ended::revoked, "", {}};
  const bool lost = answer->outcome == HttpAnswer::Outcome::lost;
  if (!lost && !matches(entry_.done, *answer))
    return {Ended::unknown, fmt::format("disabling was answered with {}", answer->status), ask(world_, {subject_})[0]};
  Verdict after;
  for (int asked = 0; asked < kMostQuestions && after.state != State::dead; ++asked) {
    if (asked != 0) pause(world_.policy, entry_.settle.seconds / kMostQuestions);
    after = ask(world_, {subject_})[0];
  }
  if (after.state == State::dead) return {Ended::revoked, "", after};
  return undo(after);
}

// The wrong object was disabled, or nothing can be proved: back, and a person decides.
Outcome Ending::undo(const Verdict& after) {
  const Status ours = claim_.held();
  const auto back = ours ? change({this}, entry_.enable[0], "enable") : Result<HttpAnswer>(ours.error());
  const bool restored = back && matches(entry_.done, *back);
  if (restored && !claim_.held())  // what another responder disabled in that moment may be enabled again
    return {
        Ended::unknown,
        "the disable was undone while another responder took the claim: the key may be good. Look, and revoke again.",
        after};
  return {restored ? Ended::undone : Ended::unknown,
          fmt::format("after disabling, the leaked secret still says {}; the disable was {}. A person must look.",
                      staunch::name_of(after.state),
                      restored ? "undone"
                      : back   ? "NOT undone"
                               : fmt::format("NOT undone ({})", to_string(back.error()))),
          after};
}

// Providers that take so many calls in a time, by the entry's `rate` ("60/h"); one more would only be refused there.
Status Ending::keep_to_rate(std::size_t calls_of) {
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
  return world_.journal.put(kind, fmt::format("{} {} and {} more", id(), now, calls_of - 1), {{"at", rfc3339(now)}});
}

namespace {

// Nothing was done: the provider looked at the request and did not take it. Asked too often is no such answer.
bool turned_away(const HttpAnswer& answer) {
  return answer.outcome == HttpAnswer::Outcome::answered && answer.status >= 400 && answer.status < 500 &&
         answer.status != 429;
}

// It says something of what was sent, not of who sent it: one of many may be the reason.
bool may_be_one_of_them(const HttpAnswer& answer) {
  return turned_away(answer) && answer.status != 401 && answer.status != 403;
}

}  // namespace

std::vector<Outcome> Ending::end(const std::vector<Ending*>& all) {
  std::vector<Outcome> outcomes(all.size());
  std::vector<Ending*> ours;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (const Status held = all[i]->is_dead() ? Status(Done{}) : all[i]->claim_.held(); !held) {
      outcomes[i].why = to_string(held.error());
      continue;
    }
    ours.push_back(all[i]);
    index.push_back(i);
  }
  if (ours.empty()) return outcomes;
  std::vector<Outcome> ended = end_claimed(ours);
  for (std::size_t k = 0; k < index.size(); ++k) outcomes[index[k]] = std::move(ended[k]);
  return outcomes;
}

std::vector<Outcome> Ending::end_claimed(const std::vector<Ending*>& all) {
  const Ending& first = *all[0];
  RevokeWorld& world = first.world_;
  const Revoke& entry = first.entry_;
  std::vector<Subject> subjects;
  for (const Ending* one : all) subjects.push_back(one->subject_);
  bool gone = false, lost = false;
  if (!first.is_dead()) {
    if (const Status may = all[0]->keep_to_rate(all.size()); !may)
      return std::vector<Outcome>(all.size(), refused(may.error().what));
    const auto answer = change(all, entry.request, "revoke");
    if (!answer) return std::vector<Outcome>(all.size(), refused(answer.error().what));
    if (may_be_one_of_them(*answer) && all.size() > 1) return end_by_halves(all);
    for (const Ending* one : all)
      for (const Status& kept : {count_live(world, one->id()), note_end(world.journal, one->subject_)})
        if (!kept) return std::vector<Outcome>(all.size(), {Ended::unknown, kept.error().what, {}});
    gone = matches(entry.gone, *answer);
    lost = answer->outcome == HttpAnswer::Outcome::lost;
    if (!gone && !lost && !matches(entry.done, *answer)) {
      if (turned_away(*answer))
        for (Ending* one : all) static_cast<void>(one->note("revoke", kNotDone));
      const auto heard = ask(world, subjects);
      std::vector<Outcome> outcomes;
      for (const Verdict& verdict : heard)
        outcomes.push_back({Ended::unknown, fmt::format("it was answered with {}", answer->status), verdict});
      return outcomes;
    }
  }
  const auto verdicts = prove_dead({world.catalogue, world.policy, world.journal,
                                    [&](const std::vector<Subject>& asked) { return ask(world, asked); }},
                                   subjects);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < all.size(); ++i) outcomes.push_back(all[i]->judge_end(verdicts[i], gone, lost));
  return outcomes;
}

// One secret that the provider does not take must not keep the others alive.
std::vector<Outcome> Ending::end_by_halves(const std::vector<Ending*>& all) {
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::vector<Outcome> outcomes = end({all.begin(), middle});
  for (Outcome& outcome : end({middle, all.end()})) outcomes.push_back(std::move(outcome));
  return outcomes;
}

Outcome Ending::judge_end(const Verdict& after, bool gone, bool lost) {
  const bool dead = after.state == State::dead, ours = sent_ || !is_dead();
  if (ours)
    if (const Status kept = note("revoke", dead ? "done" : "unknown-outcome"); !kept)
      return {Ended::unknown, kept.error().what, after};
  if (!dead) return {Ended::unknown, "it is not proved dead yet: " + after.why, after};
  if (!ours) return {Ended::already_gone, "it was dead before anything was done", after};
  if (is_dead()) return {Ended::revoked, "an earlier run sent it; the secret is dead", after};
  return {gone ? Ended::already_gone : Ended::revoked, lost ? "the answer was lost; the secret is dead" : "", after};
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

}  // namespace staunch
