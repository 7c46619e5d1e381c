// What is wrong between rules rather than in one: names that name nothing, or two things; and what a rule still lacks
// once everything is merged.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "rules/key_table.h"
#include "rules/letters.h"
#include "rules/nearest.h"
#include "rules/reader.h"

namespace staunch {
namespace {

using Level = Diagnostic::Level;

class Checker {
 public:
  explicit Checker(const Catalogue& catalogue) : catalogue_(catalogue) {}

  std::vector<Diagnostic> run() {
    index_ids();
    check_aliases();
    for (const Rule& rule : catalogue_.rules) check_rule(rule);
    for (const Allowlist& list : catalogue_.allowlists) check_allowlist(list);
    check_providers();
    return std::move(found_);
  }

 private:
  void say(Level level, const Place& place, std::string message, std::string hint = {});
  void index_ids();
  void check_aliases();
  void check_rule(const Rule& rule);
  void check_keywords(const Rule& rule);
  void check_path_rule(const Rule& rule);
  void check_required(const Rule& rule);
  void check_allowlist(const Allowlist& list);
  void check_providers();
  void check_names(const std::vector<std::string>& names, std::string_view who, const Place& place);
  std::string suggest(std::string_view id) const;

  const Catalogue& catalogue_;
  std::map<std::string_view, const Rule*> rules_;    // by id
  std::map<std::string_view, const Rule*> aliases_;  // by former id
  std::vector<std::string_view> ids_;
  std::vector<Diagnostic> found_;
};

std::string where(const Place& place) {
  if (place.file.empty()) return {};
  return fmt::format("the first is at {}:{}:{}", place.file, place.line, place.column);
}

void Checker::say(Level level, const Place& place, std::string message, std::string hint) {
  if (found_.size() < kMaxDiagnostics) found_.push_back({level, place, std::move(message), std::move(hint)});
  else if (found_.size() == kMaxDiagnostics)
    found_.push_back(
        {Level::error, {}, fmt::format("more than {} mistakes; the others are not listed", kMaxDiagnostics), {}});
}

void Checker::index_ids() {
  for (const Rule& rule : catalogue_.rules) {
    if (rule.id.empty()) say(Level::error, rule.place, "a rule needs an id");
    const auto [first, added] = rules_.emplace(rule.id, &rule);
    if (added) ids_.push_back(rule.id);
    else say(Level::error, rule.place, fmt::format("two rules have the id '{}'", rule.id), where(first->second->place));
  }
}

void Checker::check_aliases() {
  for (const Rule& rule : catalogue_.rules) {
    for (const std::string& alias : rule.aliases) {
      const auto [first, added] = aliases_.emplace(alias, &rule);
      const auto same = rules_.find(alias);
      if (same != rules_.end())
        say(Level::error, rule.place, fmt::format("the alias '{}' of rule '{}' is the id of a rule", alias, rule.id));
      else if (!added)
        say(Level::error, rule.place,
            fmt::format("the alias '{}' of rule '{}' is one of rule '{}' already", alias, rule.id, first->second->id));
    }
  }
}

std::string Checker::suggest(std::string_view id) const {
  if (found_.size() >= kMaxDiagnostics) return {};  // nobody will see it, and a hostile file has many
  if (const auto former = aliases_.find(id); former != aliases_.end())
    return fmt::format("it is called '{}' now", former->second->id);
  const std::string_view near = nearest(id, ids_);
  return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

void Checker::check_names(const std::vector<std::string>& names, std::string_view who, const Place& place) {
  for (const std::string& name : names)
    if (!rules_.contains(name))
      say(Level::error, place, fmt::format("{} names the rule '{}', which does not exist", who, name), suggest(name));
}

void Checker::check_rule(const Rule& rule) {
  if (rule.regex.empty() && rule.path.empty())
    say(Level::error, rule.place, fmt::format("rule '{}' has neither a regex nor a path", rule.id),
        "it extends no rule of that id");
  if (!(rule.entropy >= 0 && rule.entropy <= 8))
    say(Level::error, rule.place, fmt::format("the entropy of rule '{}' must be between 0 and 8", rule.id));
  check_keywords(rule);
  check_path_rule(rule);
  check_required(rule);
  for (const Allowlist& list : rule.allowlists) check_allowlist(list);
}

void Checker::check_keywords(const Rule& rule) {
  for (const std::string& keyword : rule.keywords) {
    if (keyword.empty())
      say(Level::error, rule.place, fmt::format("rule '{}' has an empty keyword", rule.id),
          "a rule without keywords is always tried");
    else if (keyword != lower(keyword))
      say(Level::error, rule.place, fmt::format("the keyword '{}' of rule '{}' is not lower case", keyword, rule.id),
          fmt::format("write '{}'", lower(keyword)));
  }
}

// A path alone is found without looking at the contents.
void Checker::check_path_rule(const Rule& rule) {
  if (!rule.regex.empty() || rule.path.empty()) return;
  const char* useless = rule.entropy != 0          ? "entropy"
                        : !rule.keywords.empty()   ? "keywords"
                        : rule.secret_group != 0   ? "secretGroup"
                        : !rule.check.kind.empty() ? "check"
                                                   : nullptr;
  if (useless)
    say(Level::warning, rule.place,
        fmt::format("rule '{}' has a path and no regex, so '{}' has no effect", rule.id, useless));
}

void Checker::check_required(const Rule& rule) {
  const auto check = [&](const std::vector<Required>& others, std::string_view verb) {
    for (const Required& other : others) {
      if (other.id == rule.id) say(Level::error, other.place, fmt::format("rule '{}' {} itself", rule.id, verb));
      else if (!rules_.contains(other.id))
        say(Level::error, other.place,
            fmt::format("rule '{}' {} the rule '{}', which does not exist", rule.id, verb, other.id),
            suggest(other.id));
    }
  };
  check(rule.required, "requires");
  check(rule.half_of, "is half of");
}

void Checker::check_allowlist(const Allowlist& list) {
  if (list.commits.empty() && list.paths.empty() && list.regexes.empty() && list.stopwords.empty())
    say(Level::error, list.place, "an allowlist needs commits, paths, regexes or stopwords");
  check_names(list.target_rules, "targetRules", list.place);
}

void Checker::check_providers() {
  std::map<std::string_view, const Provider*> providers;
  for (const Provider& provider : catalogue_.providers) {
    const auto [first, added] = providers.emplace(provider.id, &provider);
    if (!added)
      say(Level::error, provider.place, fmt::format("two providers have the id '{}'", provider.id),
          where(first->second->place));
    for (const Verify& verify : provider.verify) check_names(verify.rules, "[verify]", verify.place);
    for (const Revoke& revoke : provider.revoke) check_names(revoke.rules, "[revoke]", revoke.place);
  }
  for (const Rule& rule : catalogue_.rules)
    if (!rule.provider.empty() && !providers.contains(rule.provider))
      say(Level::error, rule.place,
          fmt::format("rule '{}' is of provider '{}', which does not exist", rule.id, rule.provider));
}

}  // namespace

std::vector<Diagnostic> check_catalogue(const Catalogue& catalogue) { return Checker(catalogue).run(); }

}  // namespace staunch
