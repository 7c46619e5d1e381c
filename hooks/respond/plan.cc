#include "hooks/respond/plan.h"

#include <algorithm>

#include "hooks/respond/sigv4.h"

namespace staunch {
namespace {

Json to_json(const Action& a) {
  return {{"provider", a.provider},
          {"rule", a.rule},
          {"fingerprint", a.fingerprint},
          {"class", a.kind},
          {"account", a.account},
          {"host", a.host},
          {"collateral", a.collateral},
          {"instruction", a.instruction},
          {"tested", a.tested},
          {"refused", a.refused},
          {"reversible_first", a.reversible_first},
          {"irreversible", a.irreversible}};
}

Action from_json(const Json& json) {
  Action a;
  a.provider = text_at(json, "/provider"), a.rule = text_at(json, "/rule");
  a.fingerprint = text_at(json, "/fingerprint"), a.kind = text_at(json, "/class");
  a.account = text_at(json, "/account"), a.host = text_at(json, "/host");
  a.collateral = text_at(json, "/collateral"), a.instruction = text_at(json, "/instruction");
  a.tested = text_at(json, "/tested"), a.refused = text_at(json, "/refused");
  a.reversible_first = text_at(json, "/reversible_first") == "true";
  a.irreversible = text_at(json, "/irreversible") == "true";
  return a;
}

Json actions_json(const Plan& plan) {
  Json all = Json::array();
  for (const Action& action : plan.actions) all.push_back(to_json(action));
  return all;
}

}  // namespace

std::string plan_digest(const Plan& plan) { return sha256_hex(to_line(actions_json(plan))); }
std::string short_code(const std::string& digest) { return digest.substr(0, 6); }

bool needs_code(const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
    return action.refused.empty() && (action.irreversible || !action.collateral.empty());
  });
}

Status keep_plan(Journal& journal, const Plan& plan) {
  return journal.put("plan", plan_digest(plan), {{"made", plan.made}, {"actions", actions_json(plan)}});
}

Result<Plan> kept_plan(const Journal& journal, const std::string& digest, std::int64_t now) {
  if (digest.size() < 12 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Error{"a plan is named by its digest, at least 12 digits of it", ""};
  const auto near = journal.list("plan", 1, digest.substr(0, digest.size() - 1));
  const auto whole = journal.get("plan", digest);
  const Json* json = whole ? &*whole : nullptr;
  for (const auto& [id, document] : near)
    if (id.starts_with(digest)) json = &document;
  if (!json) return Error{"the journal has no plan of this digest; make one with a dry run", digest};
  Plan plan;
  plan.made = static_cast<std::int64_t>(number_at(*json, "/made"));
  if (now - plan.made > kPlanSeconds || plan.made > now + 60)
    return Error{"the plan is older than an hour; make a new one with a dry run", digest};
  if (const Json* actions = find_at(*json, "/actions"); actions && actions->is_array())
    for (const Json& action : *actions) plan.actions.push_back(from_json(action));
  return plan;
}

}  // namespace staunch
