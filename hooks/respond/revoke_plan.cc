// The plan of a revocation: what would be done about each secret, and why something is not.
#include <fmt/format.h>

#include <algorithm>

#include "hooks/respond/moment.h"
#include "hooks/respond/postgres_roles.h"
#include "hooks/respond/providers.h"
#include "hooks/respond/revoke.h"

namespace staunch {
namespace {

std::string_view name_of(Tried tried) {
  return tried == Tried::real ? "real" : tried == Tried::double_ ? "double" : "none";
}

bool listed(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// What a person does, and when the end is an end.
std::string told_of_the_end(const Revoke& entry) {
  std::vector<std::string> told;
  if (!entry.instruction.empty()) told.push_back(entry.instruction);
  if (entry.asynchronous) told.emplace_back("The provider answers first and ends it then.");
  if (const auto& [seconds, source] = entry.settle; seconds != 0)
    told.push_back(
        fmt::format("What was ended may be good for up to {} more (source: {}).", words_of_seconds(seconds), source));
  return fmt::format("{}", fmt::join(told, " "));
}

// What its provider's entry says, for all secrets but passwords of databases.
Action planned(const Policy& policy, const Subject& subject, const Verdict& verdict, const Provider* provider,
               const Revoke* entry) {
  Action action;
  action.provider = subject.provider;
  action.rule = subject.rule;
  action.fingerprint = subject.fingerprint;
  action.account = account_of(verdict);
  if (!entry) {
    action.kind = "console";
    action.instruction = provider && !provider->console.empty()
                             ? fmt::format("Open {} and revoke it there.", provider->console)
                             : "Find out who issued it and revoke it there.";
    action.refused = kByPerson;
  } else {
    action.kind = entry->kind;
    action.host = host_pattern(entry->request.url);
    if (action.host.find('{') != std::string::npos && !verdict.host.empty()) action.host = verdict.host;
    action.collateral = entry->collateral;
    action.instruction = told_of_the_end(*entry);
    action.tested = name_of(entry->tested);
    action.irreversible = entry->irreversible;
    action.reversible_first = !entry->disable.empty();
    action.no_disable = words_of(entry->no_disable);
    action.refused = refusal(policy, *entry, action);
    if (!is_good(verdict.state) && entry->kind != "console" && entry->live)
      action.refused = "it was not verified live: " + verdict.why;
  }
  return action;
}

}  // namespace

bool is_own_account(const Policy& policy, const std::string& provider, const std::string& account) {
  const auto accounts = policy.own_accounts.find(provider);
  return !account.empty() && accounts != policy.own_accounts.end() && listed(accounts->second, account);
}

std::string account_of(const Verdict& verdict) {
  const auto account = verdict.told.find("account");
  return account == verdict.told.end() ? "" : account->second;
}

std::string refusal(const Policy& policy, const Revoke& entry, const Action& action) {
  if (entry.kind == "console") return kByPerson;
  if (!entry.live) return fmt::format("{} is only planned here: nobody has tried its revocation", action.provider);
  if (!listed(policy.live, action.provider))
    return fmt::format("the policy's 'live' does not name {}", action.provider);
  if (policy.own_accounts.count(action.provider) == 0)
    return fmt::format("the policy names no account of our own at {}", action.provider);
  if (action.account.empty()) return "whose account it is was not told";
  if (!is_own_account(policy, action.provider, action.account))
    return fmt::format("the account {} is not one of our own: tell its owner", action.account);
  return {};
}

Plan make_plan(const Catalogue& catalogue, const Policy& policy, const std::vector<Subject>& subjects,
               const std::vector<Verdict>& verdicts, const VerifyOptions& asking) {
  Plan plan;
  plan.made = asking.now;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const Subject& subject = subjects[i];
    const Provider* provider = find_provider(catalogue, subject.provider);
    const Revoke* entry = provider ? find_revoke(*provider, subject.rule) : nullptr;
    if (verdicts[i].state == State::dead || subject.secret.empty()) continue;
    Action action;
    if (is_postgres(subject)) action = plan_postgres(policy, subject, verdicts[i]);
    else action = planned(policy, subject, verdicts[i], provider, entry);
    if (is_end_users(policy, action.rule, action.fingerprint, action.account)) {
      action.instruction = "Remind its owner, whose it is to replace and revoke.";
      action.refused = "it belongs to an end user";
    }
    if (verdicts[i].told.contains("canary") && !is_good(verdicts[i].state)) {
      action.instruction = "Leave it, and tell whoever planted it that it was found.";
      action.refused = "a canary token: " + verdicts[i].told.at("canary");
    }
    plan.actions.push_back(std::move(action));
  }
  return plan;
}

}  // namespace staunch
