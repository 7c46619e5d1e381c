// One catalogue over another, with gitleaks' meaning of `[extend]`.
//
// Kept as gitleaks has it, surprises included, so that a configuration means here what it means there: an extending
// rule's `required` and `skipReport` are lost, and lists grow but never shrink. Our own keys, which gitleaks does not
// know, follow the plain rule that what the extending rule states wins.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "rules/key_table.h"
#include "rules/nearest.h"
#include "rules/reader.h"

namespace staunch {
namespace {

using Names = std::map<std::string, std::string, std::less<>>;  // former id -> id

template <typename T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Lists of words have no use for a word twice.
void append_new(std::vector<std::string>& to, std::vector<std::string>&& from) {
  std::set<std::string> known(to.begin(), to.end());
  for (std::string& word : from)
    if (known.insert(word).second) to.push_back(std::move(word));
}

void override_with(std::string& text, std::string& other) {
  if (!other.empty()) text = std::move(other);
}

// What was known of the old regex is not known of the new one.
void forget_format(Rule& rule) {
  rule.check = {};
  rule.format = {};
  rule.proof = Proof::unstated;
  rule.source.clear();
  rule.no_secret.clear();
  rule.samples.clear();
  rule.decoys.clear();
}

// Returns whether the regex was replaced by another one.
bool extend_rule(Rule& rule, Rule&& extending) {
  const bool replaced = !extending.regex.empty() && extending.regex != rule.regex;
  if (replaced) {
    forget_format(rule);
    rule.place = extending.place;
  }
  override_with(rule.description, extending.description);
  override_with(rule.regex, extending.regex);
  override_with(rule.path, extending.path);
  override_with(rule.named, extending.named);
  override_with(rule.source, extending.source);
  override_with(rule.no_secret, extending.no_secret);
  if (extending.secret_group != 0) rule.secret_group = extending.secret_group;
  rule.every_group = rule.every_group || extending.every_group;
  if (extending.entropy != 0) rule.entropy = extending.entropy;
  if (extending.severity_stated) rule.severity = extending.severity;
  if (extending.confidence_stated) rule.confidence = extending.confidence;
  if (!extending.check.kind.empty()) rule.check = std::move(extending.check);
  const Format& format = extending.format;
  if (!format.alphabet.empty() || !format.template_.empty()) rule.format = std::move(extending.format);
  if (extending.proof != Proof::unstated) rule.proof = extending.proof;
  rule.generic = rule.generic || extending.generic;
  rule.guessable = rule.guessable || extending.guessable;
  rule.scored = rule.scored || extending.scored;
  rule.self_made = rule.self_made || extending.self_made;
  append(rule.tags, std::move(extending.tags));
  append_new(rule.keywords, std::move(extending.keywords));
  append(rule.allowlists, std::move(extending.allowlists));
  append_new(rule.aliases, std::move(extending.aliases));
  append(rule.samples, std::move(extending.samples));
  append(rule.decoys, std::move(extending.decoys));
  return replaced;
}

Names former_names(const std::vector<Rule>& rules) {
  Names names;
  for (const Rule& rule : rules)
    for (const std::string& alias : rule.aliases) names.emplace(alias, rule.id);
  for (const Rule& rule : rules) names.erase(rule.id);  // an id of today is never a former one
  return names;
}

void rename(std::string& id, const Names& names) {
  if (const auto found = names.find(id); found != names.end()) id = found->second;
}

void rename_all(Catalogue& catalogue, const Names& names) {
  for (Rule& rule : catalogue.rules) {
    rename(rule.id, names);
    for (Required& part : rule.required) rename(part.id, names);
    for (Required& whole : rule.half_of) rename(whole.id, names);
  }
  for (Allowlist& list : catalogue.allowlists)
    for (std::string& id : list.target_rules) rename(id, names);
}

void disable(std::vector<Rule>& rules, const std::vector<std::string>& disabled, const Names& names,
             std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string_view> ids;
  for (const Rule& rule : rules) ids.push_back(rule.id);
  std::sort(ids.begin(), ids.end());
  std::set<std::string> leaving;
  std::size_t unknown = 0;
  for (const std::string& written : disabled) {
    std::string id = written;
    rename(id, names);
    if (std::binary_search(ids.begin(), ids.end(), id)) {
      leaving.insert(std::move(id));
    } else if (++unknown <= kMaxDiagnostics) {
      const std::string_view near = nearest(written, ids);
      diagnostics.push_back({Diagnostic::Level::warning,
                             {},
                             fmt::format("disabled rule '{}' does not exist", written),
                             near.empty() ? "" : fmt::format("did you mean '{}'?", near)});
    }
  }
  if (unknown > kMaxDiagnostics)
    diagnostics.push_back({Diagnostic::Level::warning, {}, fmt::format("{} disabled rules do not exist", unknown), {}});
  std::erase_if(rules, [&](const Rule& rule) { return leaving.contains(rule.id); });
}

// Takes the rule out of what [verify] or [revoke] speaks of, and returns whether it was in it. An action without rules
// left goes: an empty list would mean every rule of the provider.
template <typename Action>
bool withdraw(std::vector<Action>& actions, const std::string& id) {
  bool named = false;
  std::vector<Action> staying;
  for (Action& action : actions) {
    const bool hit = std::erase(action.rules, id) > 0;
    named = named || hit;
    if (!hit || !action.rules.empty()) staying.push_back(std::move(action));
  }
  actions = std::move(staying);
  return named;
}

// The replaced regex may find anything, so nothing that it finds is sent to the provider.
void leave_provider(Catalogue& catalogue, Rule& rule, std::vector<Diagnostic>& diagnostics) {
  bool named = false;
  for (Provider& provider : catalogue.providers) {
    const auto is_for_all = [](const Revoke& revoke) { return revoke.rules.empty(); };
    named = named ||
            (provider.id == rule.provider && std::any_of(provider.revoke.begin(), provider.revoke.end(), is_for_all));
    named = withdraw(provider.verify, rule.id) || named;
    named = withdraw(provider.revoke, rule.id) || named;
  }
  rule.provider.clear();
  if (named)
    diagnostics.push_back({Diagnostic::Level::warning, rule.place,
                           fmt::format("the regex of rule '{}' is replaced", rule.id),
                           "its provider's [verify] and [revoke] no longer apply to it"});
}

}  // namespace

Catalogue extend_catalogue(Catalogue base, Catalogue extending, const std::vector<std::string>& disabled_rules,
                           std::vector<Diagnostic>& diagnostics) {
  const Names names = former_names(base.rules);
  rename_all(extending, names);
  disable(base.rules, disabled_rules, names, diagnostics);

  std::map<std::string, std::size_t, std::less<>> by_id;
  for (std::size_t i = 0; i < base.rules.size(); ++i) by_id.emplace(base.rules[i].id, i);
  for (Rule& rule : extending.rules) {
    const auto found = by_id.find(rule.id);
    if (found == by_id.end()) {
      base.rules.push_back(std::move(rule));
      continue;
    }
    Rule& extended = base.rules[found->second];
    by_id.erase(found);  // a second extending rule of this id is one too many: check_catalogue says so
    if (extend_rule(extended, std::move(rule))) leave_provider(base, extended, diagnostics);
  }
  append(base.allowlists, std::move(extending.allowlists));
  append(base.providers, std::move(extending.providers));
  std::stable_sort(base.rules.begin(), base.rules.end(), [](const Rule& a, const Rule& b) { return a.id < b.id; });
  return base;
}

void leave_out_strangers(const Catalogue& base, Catalogue& extending, std::vector<Diagnostic>& diagnostics) {
  const Names names = former_names(base.rules);
  std::set<std::string, std::less<>> known;
  for (const Rule& rule : base.rules) known.insert(rule.id);
  const auto is_stranger = [&](const std::string& id) { return !known.contains(id) && !names.contains(id); };
  const auto warn = [&](const Place& place, const std::string& id) {
    const std::vector<std::string_view> ids(known.begin(), known.end());
    const std::string_view near = nearest(id, ids);
    diagnostics.push_back({Diagnostic::Level::warning, place,
                           fmt::format("the default rules have no '{}': what is said of it has no use", id),
                           near.empty() ? "" : fmt::format("did you mean '{}'?", near)});
  };
  std::erase_if(extending.rules, [&](const Rule& rule) {
    const bool stranger = rule.regex.empty() && rule.path.empty() && is_stranger(rule.id);
    if (stranger) warn(rule.place, rule.id);
    return stranger;
  });
  for (const Rule& rule : extending.rules) known.insert(rule.id);
  std::erase_if(extending.allowlists, [&](Allowlist& list) {
    const bool for_some = !list.target_rules.empty();
    std::erase_if(list.target_rules, [&](const std::string& id) {
      if (is_stranger(id)) warn(list.place, id);
      return is_stranger(id);
    });
    return for_some && list.target_rules.empty();  // empty would mean all rules
  });
}

}  // namespace staunch
