#include "hooks/respond/plan.h"

#include <algorithm>

#include "hooks/respond/canonical.h"

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
          {"no_disable", a.no_disable},
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
  a.no_disable = text_at(json, "/no_disable");
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

std::string plan_digest(const Plan& plan) { return digest_of(actions_json(plan)); }
std::string short_code(const std::string& digest) { return digest.substr(0, 6); }

bool needs_code(const Plan& plan) {
  return std::any_of(plan.actions.begin(), plan.actions.end(), [](const Action& action) {
    return action.refused.empty() && (action.irreversible || !action.collateral.empty());
  });
}

Status keep_plan(Journal& journal, const Plan& plan) {
  return keep_shown(journal, "plan", actions_json(plan), plan.made);
}

std::string digest_of(const Json& about) { return sha256_hex(to_line(about)); }

Status keep_shown(Journal& journal, const char* kind, const Json& about, std::int64_t now) {
  return journal.put(kind, digest_of(about), {{"made", now}, {"about", about}});
}

Result<Json> kept_shown(const Journal& journal, const char* kind, const std::string& digest, std::int64_t now) {
  if (digest.size() < 12 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
    return Error{"a plan is named by its digest, at least 12 digits of it", ""};
  auto kept = journal.get(kind, digest);
  if (!kept)
    for (auto& [id, document] : journal.list(kind, 1, digest))
      if (id.starts_with(digest)) kept = std::move(document);
  if (!kept) return Error{"the journal has no plan of this digest; make one with a dry run", digest};
  const auto made = static_cast<std::int64_t>(number_at(*kept, "/made"));
  if (now - made > kPlanSeconds || made > now + 60)
    return Error{"the plan is older than an hour; make a new one with a dry run", digest};
  return std::move(*kept);
}

Result<Plan> kept_plan(const Journal& journal, const std::string& digest, std::int64_t now) {
  const auto kept = kept_shown(journal, "plan", digest, now);
  if (!kept) return kept.error();
  Plan plan;
  plan.made = static_cast<std::int64_t>(number_at(*kept, "/made"));
  for (const Json& action : array_at(*kept, "/about")) plan.actions.push_back(from_json(action));
  return plan;
}

}  // namespace staunch
