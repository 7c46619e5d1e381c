// Environments one after the other, and in each its consumers: one first, then a few at a time, none after a failure.
//
// `promoted`, `deployed` and `confirmed` are the last environment's; those before it have gone through all three by
// then.
#include "hooks/respond/rotation.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "hooks/respond/child.h"
#include "hooks/respond/moment.h"

namespace staunch {

bool Rotation::is_in(const Environment& environment, const char* stage) const {
  const auto all = document_.find("environments");
  return all != document_.end() && all->contains(environment.name) && (*all)[environment.name].contains(stage);
}

Status Rotation::note_in(const Environment& environment, const char* stage) {
  document_["environments"][environment.name][stage] = mark_now();
  if (!environment.name.empty()) {
    if (const Status told = tell("environment", {{"environment", environment.name}, {"state", stage}}); !told)
      return told;
    world_.output.out(fmt::format("{}  {}  {} {}", rfc3339(now_seconds()), plan_.name, environment.name, stage));
  }
  return keep();
}

bool Rotation::began_promotion() const {
  const auto touched = document_.find("touched");
  return touched != document_.end() && !touched->empty();
}

Stepped Rotation::promote() {
  for (std::size_t at = 0; at + 1 < plan_.environments.size(); ++at)
    for (const auto& stage : {&Rotation::promote_in, &Rotation::deploy_in, &Rotation::confirm_in}) {
      const Stepped stepped = (this->*stage)(at);
      if (!stepped || *stepped) return stepped;
    }
  return promote_in(plan_.environments.size() - 1);
}

Stepped Rotation::deploy() { return deploy_in(plan_.environments.size() - 1); }

Stepped Rotation::confirm() {
  const Stepped confirmed = confirm_in(plan_.environments.size() - 1);
  if (!confirmed || *confirmed) return confirmed;
  Json names = Json::array();
  for (const Consumer& consumer : plan_.consumers) names.push_back(consumer.name);
  if (const Status told = tell("confirmed", {{"consumers", names}}); !told) return told.error();
  return reached();
}

// Time between two environments; an emergency takes none.
Stepped Rotation::stagger(std::size_t at) {
  if (at == 0 || emergency()) return reached();
  const Environment &before = plan_.environments[at - 1], &environment = plan_.environments[at];
  const std::int64_t wanted = environment.stagger >= 0 ? environment.stagger : plan_.stagger;
  const auto& confirmed = document_["environments"][before.name]["confirmed"];
  const std::int64_t gone = confirmed.is_string() ? seconds_since(confirmed.get<std::string>()) : 0;
  if (gone >= wanted) return reached();
  return waits(now_seconds() + wanted - std::max<std::int64_t>(gone, 0),
               fmt::format("{} works; {} follows after {} s", before.name, environment.name, wanted));
}

Stepped Rotation::promote_in(std::size_t at) {
  const Environment& environment = plan_.environments[at];
  if (is_in(environment, "promoted")) return reached();
  const Stepped waited = stagger(at);
  if (!waited || *waited) return waited;
  if (const Status moved = promote_targets(environment); !moved) return moved.error();
  if (const Status noted = note_in(environment, "promoted"); !noted) return noted.error();
  return reached();
}

Stepped Rotation::deploy_in(std::size_t at) {
  const Environment& environment = plan_.environments[at];
  if (is_in(environment, "deployed")) return reached();
  if (const Status rolled = roll_out(environment.deploy, id_); !rolled) return rolled.error();
  const Stepped gone = go_in_waves(environment, true);
  if (!gone || *gone) return gone;
  if (const Status noted = note_in(environment, "deployed"); !noted) return noted.error();
  return reached();
}

Stepped Rotation::confirm_in(std::size_t at) {
  const Environment& environment = plan_.environments[at];
  if (is_in(environment, "confirmed")) return reached();
  const Stepped gone = go_in_waves(environment, false);
  if (!gone || *gone) return gone;
  if (const Status noted = note_in(environment, "confirmed"); !noted) return noted.error();
  return reached();
}

Status Rotation::run_command(const std::vector<std::string>& words, std::int64_t timeout) {
  const auto result = run_child(words, {}, static_cast<int>(timeout));
  if (!result) return result.error();
  if (!result->said.empty()) world_.output.tell(result->said);
  if (result->timed_out) return Error{"it did not end in time", words[0]};
  if (result->status != 0) return Error{fmt::format("it ended with {}", result->status), words[0]};
  return Done{};
}

// Kubernetes restarts what an annotation of its pods changes; the rotation's name in it makes a second time do nothing.
Status Rotation::roll_out(const Deploy& deploy, const std::string& mark) {
  if (!deploy.command.empty())
    if (const Status done = run_command(deploy.command); !done) return done;
  const std::string patch =
      to_line({{"spec", {{"template", {{"metadata", {{"annotations", {{"staunch/rotation", mark}}}}}}}}}});
  for (std::size_t i = 1; i < deploy.kubernetes.size(); ++i) {
    const std::vector<std::string> kubectl = {"kubectl", "--namespace", deploy.kubernetes[0]};
    std::vector<std::string> change = kubectl, wait = kubectl;
    for (const std::string& word : {std::string("patch"), deploy.kubernetes[i], std::string("--patch"), patch})
      change.push_back(word);
    for (const std::string& word :
         {std::string("rollout"), std::string("status"), deploy.kubernetes[i], std::string("--timeout=540s")})
      wait.push_back(word);
    for (const auto* words : {&change, &wait})
      if (const Status done = run_command(*words); !done) return done;
  }
  return Done{};
}

// Whether a consumer works with the new key, as often as the plan asks. Runs beside others: it tells nobody.
Status Rotation::works(const Consumer& consumer) const {
  for (std::uint32_t i = 0; i < consumer.times; ++i) {
    if (!consumer.url.empty()) {
      Network network = world_.policy.network;
      network.timeout_ms = static_cast<long>(consumer.timeout * 1000);
      const HttpAnswer answer = send(network, {"GET", consumer.url, {}, "", false});
      if (answer.outcome != HttpAnswer::Outcome::answered) return Error{answer.why, consumer.url};
      if (answer.status != static_cast<long>(consumer.status))
        return Error{fmt::format("it answers {}", answer.status), consumer.url};
      continue;
    }
    const auto result = run_child(consumer.probe, {}, static_cast<int>(consumer.timeout));
    if (!result) return result.error();
    if (result->timed_out) return Error{"it is silent", consumer.probe[0]};
    if (result->status != 0) return Error{fmt::format("it ended with {}", result->status), consumer.probe[0]};
    const std::string_view key = result->answer.reveal();
    if (!key.empty() && key != text("new_id"))
      return Error{"it works with another key than the new one", consumer.probe[0]};
  }
  return Done{};
}

Stepped Rotation::go_in_waves(const Environment& environment, bool with_deploys) {
  std::vector<const Consumer*> left;
  for (const Consumer& consumer : plan_.consumers)
    if (consumer.environment == environment.name && (!with_deploys || !consumer.deploy.empty()) &&
        !document_["consumers"].contains(consumer.name))
      left.push_back(&consumer);
  const bool first = std::none_of(plan_.consumers.begin(), plan_.consumers.end(), [&](const Consumer& each) {
    return each.environment == environment.name && document_["consumers"].contains(each.name);
  });
  std::size_t size = first ? 1 : plan_.wave;  // one goes first
  while (!left.empty()) {
    const std::size_t count = std::min(size, left.size());
    size = plan_.wave;
    std::vector<std::future<Status>> wave;
    for (std::size_t i = 0; i < count; ++i)
      wave.push_back(std::async(std::launch::async, [this, consumer = left[i], with_deploys]() -> Status {
        if (with_deploys) {
          const auto done = run_child(consumer->deploy, {}, 600);
          if (!done) return done.error();
          if (done->timed_out || done->status != 0)
            return Error{done->timed_out ? "it did not end in time" : fmt::format("it ended with {}", done->status),
                         consumer->deploy[0]};
        }
        return works(*consumer);
      }));
    std::string failed;
    for (std::size_t i = 0; i < count; ++i) {
      const Status worked = wave[i].get();
      if (worked) document_["consumers"][left[i]->name] = mark_now();
      else
        failed += fmt::format("{}{} does not work with the new key: {}. {}", failed.empty() ? "" : "; ", left[i]->name,
                              to_string(worked.error()), left[i]->reconnect);
    }
    if (const Status kept = keep(); !kept) return kept.error();
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
    if (failed.empty()) continue;
    if (const Status told = tell("unconfirmed", {{"environment", environment.name}, {"why", failed}}); !told)
      return told.error();
    return waits(0, failed + (left.empty() ? "" : fmt::format(" {} more were left alone.", left.size())));
  }
  return reached();
}

// The last environment first: the version before, then each consumer's and the environment's own way back.
Status Rotation::undo_rollout() {
  for (auto environment = plan_.environments.rbegin(); environment != plan_.environments.rend(); ++environment) {
    const bool touched = std::any_of(plan_.targets.begin(), plan_.targets.end(), [&](const RotationTarget& target) {
      return target.environment == environment->name && began_promotion() &&
             document_["touched"].contains(target.store + " " + target.name);
    });
    if (!touched && !is_in(*environment, "promoted")) continue;
    if (const Status back = demote_targets(*environment); !back) return back;
    if (const Deploy& how = environment->deploy; !how.rollback.empty() || !how.kubernetes.empty())
      if (const Status rolled = roll_out({how.rollback, {}, how.kubernetes}, id_ + "-back"); !rolled) return rolled;
    for (const Consumer& consumer : plan_.consumers)
      if (consumer.environment == environment->name && !consumer.deploy.empty()) {
        const auto& words = consumer.rollback.empty() ? consumer.deploy : consumer.rollback;
        if (const Status rolled = run_command(words); !rolled) return rolled;
      }
  }
  return Done{};
}

}  // namespace staunch
