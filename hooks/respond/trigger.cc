#include "hooks/respond/trigger.h"

#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/approval.h"
#include "hooks/respond/gitlab_contract.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/notify.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/revoke.h"
#include "hooks/respond/rotate.h"

namespace staunch {
namespace {

bool listed(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}
bool fits(const std::vector<std::string>& all, std::string_view one) { return all.empty() || listed(all, one); }

bool does(const Response& response, std::string_view deed) { return listed(response.deeds, deed); }

bool asks(const Response& response) { return response.when != "any" || does(response, "verify"); }

bool state_fits(const Response& response, State state) {
  if (response.when == "any") return true;
  return is_good(state) || (response.when == "unknown" && state == State::unknown);
}

std::string provider_name(const Subject& subject) { return is_postgres(subject) ? kPostgresql : subject.provider; }

class Trigger {
 public:
  Trigger(TriggerWorld& world, const std::vector<Subject>& subjects)
      : world_(world), subjects_(subjects), verdicts_(subjects.size()), deeds_done_(subjects.size()) {}

  Responded run() {
    ask();
    for (const Subject& subject : subjects_)
      if (const Status told = tell_if_retired(world_, subject); !told) failed(told.error());
    for (const Response& response : world_.policy.responses) act(response);
    for (std::size_t i = 0; i < subjects_.size(); ++i)
      if (!entry(i)) nothing_fits(i);
    return worst_;
  }

 private:
  void worse(Responded responded) { worst_ = std::max(worst_, responded); }
  void failed(const Error& error) {
    world_.output.tell(to_string(error));
    worse(Responded::failed);
  }

  const Response* entry(std::size_t i, bool* is_limited = nullptr) const {
    bool limited = false;
    const Response* response = response_for(world_.policy, subjects_[i], world_.source, verdicts_[i].state, limited);
    if (is_limited) *is_limited = limited;
    return response;
  }

  // Where an entry would fit if only it were known whether the secret is good, that is not done.
  void nothing_fits(std::size_t i) {
    bool limited = false;
    const bool waits = verdicts_[i].state == State::unknown &&
                       response_for(world_.policy, subjects_[i], world_.source, State::live, limited);
    if (waits) worse(Responded::failed);
    tell(i, waits ? verdicts_[i].why : "the policy says nothing about it");
  }

  void tell(std::size_t i, std::string_view what) {
    world_.output.out(fmt::format("{:<10}  {}  {}  {}", name_of(verdicts_[i].state), subjects_[i].rule,
                                  subjects_[i].fingerprint, what));
  }

  // Only those are asked about of which an entry wants to know.
  void ask() {
    std::vector<Subject> asked;
    std::vector<std::size_t> index;
    for (std::size_t i = 0; i < subjects_.size(); ++i) {
      verdicts_[i].why = "it was not asked about";
      bool limited = false;
      const Response* response = response_for(world_.policy, subjects_[i], world_.source, State::live, limited);
      if (!response || limited || !asks(*response)) continue;
      asked.push_back(subjects_[i]);
      index.push_back(i);
    }
    const auto verdicts = verify(world_.catalogue, world_.policy.network, asked, world_.asking);
    for (std::size_t k = 0; k < index.size(); ++k) verdicts_[index[k]] = verdicts[k];
  }

  void act(const Response& response) {
    std::vector<std::size_t> mine;
    for (std::size_t i = 0; i < subjects_.size(); ++i)
      if (entry(i) == &response) mine.push_back(i);
    if (mine.empty()) return;
    std::string incident;
    if (does(response, "incident")) incident = open(response, mine);
    if (does(response, "hand-over")) hand_over(response, mine);
    bool limited = false;  // the same for all of them
    for (const std::size_t i : mine) {
      entry(i, &limited);
      if (limited) tell(i, fmt::format("an incident is the most that {} may lead to", world_.source));
      else end(response, i, incident);
    }
    revoke_together();
    if (!limited && !incident.empty() && does(response, "notify")) tell_roles(response, incident, mine);
  }

  // To a revoker of the policy's own, which decides; each credential once.
  void hand_over(const Response& response, const std::vector<std::size_t>& mine) {
    std::vector<Subject> subjects;
    for (const std::size_t i : mine) {
      bool limited = false;
      entry(i, &limited);
      if (!limited && !world_.journal.get("handed", response.revoker + " " + subjects_[i].fingerprint))
        subjects.push_back(subjects_[i]);
    }
    if (subjects.empty()) return;
    if (const Status clear = check_kill_switch(world_.policy); !clear) return failed(clear.error());
    const auto own = credential({world_.policy, &world_.journal}, response.credential);
    if (!own) return failed(own.error());
    const auto shared = own->find("secret");
    if (shared == own->end()) return failed({"the credential has no 'secret'", response.credential});
    world_.output.know(shared->second);
    const auto handed = hand_to_revoker(world_.policy.network, response.revoker, shared->second, subjects);
    if (!handed) return failed(handed.error());
    world_.output.out(fmt::format("handed {} to {}; {} are of types that it does not take", handed->taken,
                                  response.revoker, handed->not_taken));
    for (const Subject& subject : subjects) {
      const Json about = {{"fingerprint", subject.fingerprint}, {"host", response.revoker}};
      for (const Status& kept : {world_.journal.put("handed", response.revoker + " " + subject.fingerprint, about),
                                 world_.audit.add("handed-over", about)})
        if (!kept) return failed(kept.error());
    }
  }

  std::string open(const Response& response, const std::vector<std::size_t>& mine) {
    std::vector<Subject> subjects;
    std::vector<Verdict> verdicts;
    for (const std::size_t i : mine) {
      subjects.push_back(subjects_[i]);
      verdicts.push_back(verdicts_[i]);
    }
    const std::string title =
        response.title.empty()
            ? fmt::format("{}{} found by {}", subjects[0].rule,
                          subjects.size() > 1 ? fmt::format(" and {} more", subjects.size() - 1) : "", world_.source)
            : response.title;
    const IncidentAbout about{title, response.exposure, "", "findings of " + world_.source, {}};
    const auto opened = open_incident(world_.journal, world_.audit, about, subjects, verdicts);
    if (!opened) return failed(opened.error()), "";
    for (const std::string& known : opened->known_in) world_.output.out(fmt::format("known in incident {}", known));
    if (!opened->id.empty()) {
      world_.output.out(fmt::format("incident {} with {} credentials", opened->id, opened->added));
      open_related(opened->id, about, mine);
    }
    return opened->id.empty() ? opened->known_in.empty() ? "" : opened->known_in[0] : opened->id;
  }

  // What stands in the same places and no entry speaks of.
  void open_related(const std::string& parent, const IncidentAbout& about, const std::vector<std::size_t>& mine) {
    std::vector<Subject> subjects;
    std::vector<Verdict> verdicts;
    for (const std::size_t i : related_to(subjects_, mine)) {
      if (entry(i)) continue;
      subjects.push_back(subjects_[i]);
      verdicts.push_back(verdicts_[i]);
    }
    if (subjects.empty()) return;
    const auto child = open_child_incident(world_.journal, world_.audit, parent, about, subjects, verdicts);
    if (!child) return failed(child.error());
    if (!child->id.empty())
      world_.output.out(fmt::format("incident {} with {} credentials in the same places", child->id, child->added));
  }

  // Disable, revoke or rotate.
  void end(const Response& response, std::size_t i, const std::string& incident) {
    if (!is_good(verdicts_[i].state)) {
      if (verdicts_[i].state == State::unknown) worse(Responded::failed);
      return tell(i, verdicts_[i].why);
    }
    if (is_end_users(world_.policy, subjects_[i].rule, subjects_[i].fingerprint, account_of(verdicts_[i]))) {
      deeds_done_[i] = "an end user's, who gets a reminder";
      return worse(Responded::good_left), tell(i, "it belongs to an end user: remind its owner, nothing is ended");
    }
    bool ended = false;
    if (does(response, "rotate")) ended = rotate(response, i, incident);
    if (!ended && (does(response, "revoke") || does(response, "disable"))) ended = revoke(response, i);
    if (!ended) worse(Responded::good_left);
    if (!does(response, "rotate") && !does(response, "revoke") && !does(response, "disable")) tell(i, "it is good");
  }

  // Nothing, or why a person must say yes first.
  std::string unapproved(const Response& response) {
    const std::string digest = response_digest(response);
    const auto by = check_approval(world_.policy, response.approval, digest, world_.asking.now);
    if (by) return "";
    return fmt::format("{} (this entry's digest is {})", by.error().what, digest);
  }

  // Whether it has ended, or will with the others that are revoked.
  bool revoke(const Response& response, std::size_t i) {
    const Plan plan = make_plan(world_.catalogue, world_.policy, {subjects_[i]}, {verdicts_[i]}, world_.asking);
    if (plan.actions.empty()) return false;
    const Action& action = plan.actions[0];
    if (!action.refused.empty()) {
      tell(i, fmt::format("nothing was done: {}. {}", action.refused, action.instruction));
      return false;
    }
    bool only_disable = !does(response, "revoke");
    if (!only_disable && needs_code(plan)) {
      if (const std::string why = unapproved(response); !why.empty()) {
        if (const Status kept = keep_plan(world_.journal, plan); !kept) return failed(kept.error()), false;
        tell(i, fmt::format("it cannot be undone and waits for a yes: {}. Plan {}", why, plan_digest(plan)));
        worse(Responded::not_approved);
        if (!action.reversible_first) return false;
        only_disable = true;
      }
    }
    if (!only_disable) return to_revoke_.emplace_back(i, action), true;
    return take(i, disable_live(world_, {&action, &subjects_[i], &verdicts_[i]}));
  }

  void revoke_together() {
    std::vector<Target> targets;
    for (const auto& [i, action] : to_revoke_) targets.push_back({&action, &subjects_[i], &verdicts_[i]});
    for (const std::vector<std::size_t>& batch : in_batches(world_.catalogue, targets)) {
      std::vector<Target> together;
      for (const std::size_t k : batch) together.push_back(targets[k]);
      const std::vector<Outcome> outcomes = revoke_live(world_, together);
      for (std::size_t k = 0; k < batch.size(); ++k)
        if (!take(to_revoke_[batch[k]].first, outcomes[k])) worse(Responded::good_left);
    }
    to_revoke_.clear();
  }

  // Writes down how it ended; whether it has.
  bool take(std::size_t i, const Outcome& outcome) {
    if (const Status told = tell_outcome(world_, subjects_[i], outcome); !told) return failed(told.error()), false;
    deeds_done_[i] = std::string(name_of(outcome.ended));
    const bool ended =
        outcome.ended == Ended::revoked || outcome.ended == Ended::disabled || outcome.ended == Ended::already_gone;
    if (!ended) worse(Responded::failed);
    return ended;
  }

  std::string key_id(const Subject& subject) const {
    if (is_postgres(subject)) return subject.derived.contains("login_user") ? subject.derived.at("login_user") : "";
    const Provider* provider = find_provider(world_.catalogue, subject.provider);
    const Verify* asked = provider ? find_verify(*provider, subject.rule) : nullptr;
    const auto values = asked ? values_for(subject, asked->parts, world_.asking) : Result<Values>(Error{});
    if (!values || !values->contains("key_id")) return "";
    return std::string(values->find("key_id")->second.reveal());
  }

  // By the plan whose stores hold the leaked key, and no other.
  bool rotate(const Response& response, std::size_t i, const std::string& incident) {
    const std::string id = key_id(subjects_[i]);
    RotateWorld rotating{world_.policy, world_.journal, world_.audit, world_.output, world_.fingerprint_key};
    for (const std::string& path : response.plans) {
      const auto plan = read_rotation_plan(path);
      if (!plan) {
        failed(plan.error());
        continue;
      }
      const auto held = key_in_use(rotating, *plan);
      if (id.empty() || !held || held->id != id || plan->provider != provider_name(subjects_[i])) continue;
      return begin(response, i, incident, rotating, *plan, id);
    }
    tell(i, "no plan of the entry holds this key in its stores, so none is rotated");
    return false;
  }

  bool begin(const Response& response, std::size_t i, const std::string& incident, RotateWorld& rotating,
             const RotationPlan& plan, const std::string& id) {
    std::string why = response.exposure == "unknown" ? "the entry does not say the 'exposure'" : unapproved(response);
    if (why.empty() && !listed(world_.policy.live, plan.provider))
      why = fmt::format("the policy's 'live' does not name {}", plan.provider);
    if (!why.empty()) {
      tell(i, fmt::format("the rotation {} waits for a yes: {}", plan.name, why));
      worse(Responded::not_approved);
      return false;
    }
    const auto begun = begin_rotation(rotating, plan, {response.exposure == "public", id});
    if (!begun) return failed(begun.error()), false;
    if (!incident.empty())
      if (const Status linked = add_to_incident(world_.journal, world_.audit, incident, "rotations", *begun); !linked)
        failed(linked.error());
    const RotateEnd end = resume_rotation(rotating, *begun, false);
    world_.output.out(fmt::format("rotation {}  {}  {}", *begun, name_of(end.turn), end.why));
    deeds_done_[i] = fmt::format("rotation {} {}", *begun, name_of(end.turn));
    if (!end.waiting && !end.why.empty()) worse(Responded::failed);
    return true;
  }

  void tell_roles(const Response& response, const std::string& incident, const std::vector<std::size_t>& mine) {
    const auto document = world_.journal.get("incident", incident);
    std::string text;
    for (const std::size_t i : mine)
      text += fmt::format("- {} {}: {}{}; {}{}\n", subjects_[i].rule, subjects_[i].fingerprint,
                          name_of(verdicts_[i].state), verdicts_[i].host.empty() ? "" : " at " + verdicts_[i].host,
                          first_place(subjects_[i]), deeds_done_[i].empty() ? "" : "; " + deeds_done_[i]);
    NotifyWorld notifying{world_.policy, world_.journal, world_.audit, world_.output};
    const std::string title = document ? text_at(*document, "/title") : "";
    if (notify(notifying, response.roles,
               {incident, "opened", fmt::format("Incident {}: {}", incident, title), text}) != 0)
      worse(Responded::failed);
  }

  TriggerWorld& world_;
  const std::vector<Subject>& subjects_;
  std::vector<Verdict> verdicts_;
  std::vector<std::string> deeds_done_;
  std::vector<std::pair<std::size_t, Action>> to_revoke_;
  Responded worst_ = Responded::done;
};

}  // namespace

const Response* response_for(const Policy& policy, const Subject& subject, const std::string& source, State state,
                             bool& limited) {
  for (const Response& response : policy.responses) {
    limited = response.sources.empty() && source != "dir" && source != "git";
    if (!fits(response.providers, subject.provider) || !fits(response.rules, subject.rule)) continue;
    if (!fits(response.sources, source)) continue;
    if (limited ? !does(response, "incident") : !state_fits(response, state)) continue;
    return &response;
  }
  limited = false;
  return nullptr;
}

Responded respond_to(TriggerWorld& world, const std::vector<Subject>& subjects) {
  return Trigger(world, subjects).run();
}

}  // namespace staunch
