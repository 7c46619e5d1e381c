#include "rules/gitleaks_names.h"

#include <algorithm>

namespace staunch {
namespace {

std::vector<std::string> sharers(const Catalogue& base) {
  std::vector<std::string> ids;
  for (const Rule& rule : base.rules) {
    if (rule.id == kGitleaksGeneric) return {};
    if (shares_gitleaks_generic(rule)) ids.push_back(rule.id);
  }
  return ids;
}

}  // namespace

bool shares_gitleaks_generic(const Rule& rule) { return rule.generic && rule.id.starts_with("generic-"); }

void spread_gitleaks_generic(const Catalogue& base, std::vector<std::string>& ids) {
  const std::vector<std::string> instead = sharers(base);
  if (instead.empty() || std::erase(ids, kGitleaksGeneric) == 0) return;
  ids.insert(ids.end(), instead.begin(), instead.end());
}

void spread_gitleaks_generic(const Catalogue& base, Catalogue& extending) {
  const std::vector<std::string> instead = sharers(base);
  auto& rules = extending.rules;
  const auto bare = std::find_if(rules.begin(), rules.end(), [](const Rule& rule) {
    return rule.id == kGitleaksGeneric && rule.regex.empty() && rule.path.empty();
  });
  if (!instead.empty() && bare != rules.end()) {
    const Rule meant = *bare;
    rules.erase(bare);
    for (const std::string& id : instead) {
      rules.push_back(meant);
      rules.back().id = id;
    }
  }
  for (Allowlist& list : extending.allowlists) spread_gitleaks_generic(base, list.target_rules);
}

}  // namespace staunch
