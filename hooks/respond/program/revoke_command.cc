// staunch revoke REPORT|-: a plan first; --live --plan DIGEST does exactly that plan.
#include <fmt/format.h>

#include "hooks/respond/claims.h"
#include "hooks/respond/incident.h"
#include "hooks/respond/moment.h"
#include "hooks/respond/program/books.h"
#include "hooks/respond/program/commands.h"
#include "hooks/respond/program/yes.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/revoke.h"

namespace staunch {

std::optional<Books> open_books(const Policy& policy, Output& output) {
  if (policy.journal.empty())
    return output.tell("the policy names no 'journal', and nothing is done without one"), std::nullopt;
  auto journal = Journal::open(policy.journal);
  if (!journal) return output.tell(to_string(journal.error())), std::nullopt;
  Books books{std::move(*journal), nullptr, nullptr};
  books.audit = std::make_unique<Audit>(*books.journal, output);
  books.head = std::make_unique<AuditHead>(policy, *books.journal, output);
  return books;
}

namespace {

// Whose word it takes.
std::string_view words_of_class(std::string_view kind) {
  return kind == "public"  ? "anybody may end it"
         : kind == "self"  ? "it ends itself"
         : kind == "admin" ? "our own key ends it"
         : kind == "app"   ? "its application ends it"
                           : "";
}

void show_action(const Output& output, const Action& action) {
  const bool live = action.refused.empty();
  const bool by_hand = action.kind == "console";
  const std::string_view whose = words_of_class(action.kind);
  output.out(fmt::format("{}  {}  {}{}{}",
                         live      ? "would revoke"
                         : by_hand ? "by a person "
                                   : "left alone  ",
                         action.rule, action.fingerprint, whose.empty() ? "" : ": ", whose));
  if (!action.account.empty()) output.out("    account: " + action.account);
  if (!action.host.empty())
    output.out(fmt::format("    asks {}{}{}; tried against: {}", action.host,
                           action.reversible_first ? ", disables first" : "",
                           action.irreversible ? ", cannot be undone" : "", action.tested));
  if (live && !action.no_disable.empty()) output.out("    there is no disable to try first: " + action.no_disable);
  if (!action.collateral.empty()) output.out("    also: " + action.collateral);
  if (!action.instruction.empty()) output.out("    to do: " + action.instruction);
  if (!live && !by_hand) output.out("    because: " + action.refused);
  if (!live && by_hand && action.refused != kByPerson) output.out("    because: " + action.refused);
}

int show_plan(const Plan& plan, const Policy& policy, Output& output) {
  bool live = false;
  for (const Action& action : plan.actions) {
    show_action(output, action);
    live = live || action.refused.empty();
  }
  if (plan.actions.empty()) return output.tell("nothing to revoke"), kDone;
  if (!live) return output.tell("nothing of this can be done live"), kDone;
  if (policy.journal.empty()) return output.tell("a dry run; to act, the policy needs a 'journal'"), kDone;
  const auto books = open_books(policy, output);
  if (!books) return kWrongUse;
  if (const Status kept = keep_plan(*books->journal, plan); !kept)
    return output.tell(to_string(kept.error())), kUnknown;
  const std::string digest = plan_digest(plan);
  output.out(fmt::format("plan {}", digest));
  output.tell(fmt::format("a dry run. Within an hour: --live --plan {}{}", digest.substr(0, 16),
                          needs_code(plan) ? " --code " + short_code(digest) : ""));
  return kDone;
}

const Action* planned(const Plan& plan, const Subject& subject) {
  for (const Action& action : plan.actions)
    if (action.fingerprint == subject.fingerprint && action.rule == subject.rule) return &action;
  return nullptr;
}

int revoke_planned(RevokeWorld& world, const Plan& plan, const std::vector<Subject>& subjects,
                   const std::vector<Verdict>& verdicts) {
  int code = kDone;
  Status told = Done{};
  const auto tell = [&](const Subject& subject, const Outcome& outcome) {
    if (told) told = tell_outcome(world, subject, outcome);
    if (outcome.ended != Ended::revoked && outcome.ended != Ended::already_gone) code = kUnknown;
  };
  std::vector<Target> targets;
  for (std::size_t i = 0; i < subjects.size() && told; ++i) {
    const Action* action = planned(plan, subjects[i]);
    if (!action && verdicts[i].state != State::dead)
      world.output.out(
          fmt::format("left out      {}  {}  it is not in the plan", subjects[i].rule, subjects[i].fingerprint));
    if (!action) continue;
    if (action->refused.empty() || verdicts[i].state == State::dead)
      targets.push_back({action, &subjects[i], &verdicts[i]});
    else if (action->instruction.empty()) tell(subjects[i], {Ended::refused, action->refused, {}});
    else tell(subjects[i], {Ended::refused, fmt::format("{}: {}", action->refused, action->instruction), {}});
  }
  for (const std::vector<std::size_t>& batch : in_batches(world.catalogue, targets)) {
    std::vector<Target> together;
    for (const std::size_t i : batch) together.push_back(targets[i]);
    const std::vector<Outcome> outcomes = told ? revoke_live(world, together) : std::vector<Outcome>();
    for (std::size_t k = 0; k < outcomes.size(); ++k) tell(*together[k].subject, outcomes[k]);
  }
  if (!told) return world.output.tell(to_string(told.error())), kUnknown;
  return code;
}

}  // namespace

int run_revoke(const RespondOptions& options, Output& output) {
  int code = kUnknown;
  const auto asked = asked_of(options, output, code);
  if (!asked) return code;
  const auto& [catalogue, subjects, policy, how] = *asked;
  if (!options.live) {
    const auto verdicts = verdicts_of(*asked, output);
    if (!verdicts) return kWrongUse;
    return show_plan(make_plan(catalogue, policy, subjects.all, *verdicts, how), policy, output);
  }
  if (options.plan.empty())
    return output.tell("--live does exactly one plan: --plan DIGEST, told by a dry run"), kWrongUse;
  if (const Status seen = check_claims(policy); !seen) return output.tell(to_string(seen.error())), kWrongUse;
  const auto books = open_books(policy, output);
  if (!books) return kWrongUse;
  const auto plan = kept_plan(*books->journal, options.plan, now_seconds());
  if (!plan) return output.tell(to_string(plan.error())), kWrongUse;
  if (needs_code(*plan) && !says_yes(options, policy, plan_digest(*plan), output)) return kNotApproved;
  VerifyOptions asking = how;
  asking.journal = books->journal.get();
  for (const Subject& subject : subjects.all)
    if (auto host = live_at(*books->journal, subject)) asking.known_live[subject.fingerprint] = std::move(*host);
  const auto verdicts = verify(catalogue, policy.network, subjects.all, asking);
  RevokeWorld world{catalogue, policy, *books->journal, *books->audit, output, asking, {}};
  if (const Status told = books->audit->add(
          "begin",
          {{"command", "revoke"}, {"plan", plan_digest(*plan)}, {"test_endpoints", policy.network.test_endpoints}});
      !told)
    return output.tell(to_string(told.error())), kUnknown;
  return revoke_planned(world, *plan, subjects.all, verdicts);
}

}  // namespace staunch
