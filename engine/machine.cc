// The parts of a rule that are made when they are needed first: guards at a hit, RE2 objects for a region behind one,
// allowlists for a match.
#include <fmt/format.h>

#include "engine/parts.h"

namespace staunch {
namespace {

std::unique_ptr<RE2> re2_of(const std::string& pattern) { return std::make_unique<RE2>(pattern, re2_options(pattern)); }

// One regex for a list. Each pattern stands in a group of its own, so that an inline (?i) ends with its pattern
// (gitleaks lets it leak into the patterns behind; see docs/gitleaks.md).
std::string any_of(const std::vector<std::string>& patterns) {
  std::string joined;
  for (const std::string& pattern : patterns) {
    // A \Q that nothing ends would quote the group's own end.
    const bool ends = pattern.find("\\Q") == std::string::npos || re2_of("(?:" + pattern + ")")->ok();
    joined += (joined.empty() ? "(?:" : "|(?:") + pattern + (ends ? ")" : "\\E)");
  }
  return joined;
}

std::string any_word_of(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : "|") + RE2::QuoteMeta(word);
  return joined.empty() ? joined : "(?i:" + joined + ")";
}

std::unique_ptr<std::vector<CompiledAllowlist>> compile_lists(const std::vector<Allowlist>& lists, RegexPool& pool) {
  auto out = std::make_unique<std::vector<CompiledAllowlist>>();
  for (const Allowlist& list : lists)
    out->push_back(
        {pool.get(any_of(list.regexes)), pool.get(any_of(list.paths)), pool.get(any_word_of(list.stopwords))});
  return out;
}

// Whether a regex is one group from its first byte to its last.
bool is_one_group(const std::string& regex) {
  if (!regex.starts_with("(") || regex.starts_with("(?") || regex.find("\\Q") != std::string::npos) return false;
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const char c = regex[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      if (c == ']') in_class = false;
    } else if (c == '[') {
      in_class = true;
      if (i + 1 < regex.size() && regex[i + 1] == '^') ++i;
      if (i + 1 < regex.size() && regex[i + 1] == ']') ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return i + 1 == regex.size();
    }
  }
  return false;
}

RuleMachine build_machine(const Rule& rule) {
  RuleMachine machine;
  if (!rule.regex.empty()) machine.regex = std::make_unique<Expression>(rule.regex);
  machine.secret_is_match = machine.regex && machine.regex->groups() == 1 && is_one_group(rule.regex);
  if (!rule.path.empty()) machine.path = re2_of(rule.path);
  return machine;
}

}  // namespace

const RE2* RegexPool::get(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  Lazy<RE2>* regex = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    regex = &regexes_[pattern];
  }
  return &regex->get([&] { return re2_of(pattern); });
}

const RuleMachine& Database::Parts::machine(std::uint32_t rule) const {
  return machines[rule].get([&] { return std::make_unique<RuleMachine>(build_machine(catalogue.rules[rule])); });
}

const Guards& Database::Parts::guards(std::uint32_t rule) const {
  return guard_sets[rule].get([&] { return std::make_unique<Guards>(packed_guards[rule]); });
}

const Fan& Database::Parts::fan(std::uint32_t needle) const {
  return fans[needle].get([&] {
    std::vector<const Fence*> fences;
    for (const NeedleUse& use : needles[needle].uses) fences.push_back(&use.fence);
    return std::make_unique<Fan>(fences, fence_sets);
  });
}

// All of them in one regex: most paths are of no interest to any.
bool Database::Parts::path_may_hit(std::string_view path) const {
  if (path_rules.empty()) return false;
  const RE2& regex = any_path.get([&] {
    std::vector<std::string> paths;
    bool one_encoding = true;
    for (std::uint32_t rule : path_rules) {
      const std::string& wanted = catalogue.rules[rule].path;
      one_encoding = one_encoding && encoding_of(wanted) == Encoding::latin1;
      if (!wanted.empty()) paths.push_back(wanted);
    }
    if (!one_encoding) return re2_of("");  // any path may
    return re2_of(paths.empty() ? "\\b\\B" : any_of(paths));
  });
  return !regex.ok() || RE2::PartialMatch({path.data(), path.size()}, regex);
}

const std::vector<CompiledAllowlist>& Database::Parts::allowlists(std::uint32_t rule) const {
  return rule_allowlists[rule].get([&] { return compile_lists(catalogue.rules[rule].allowlists, pool); });
}

const std::vector<CompiledAllowlist>& Database::Parts::global_allowlists() const {
  return compiled_globals.get([&] { return compile_lists(catalogue.allowlists, pool); });
}

}  // namespace staunch
