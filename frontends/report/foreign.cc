#include "frontends/report/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/gitleaks_names.h"

namespace staunch {

ForeignSink::ForeignSink(const ReadJsonl& from, Sink& sink, std::string scanner)
    : from_(from), sink_(sink), scanner_(std::move(scanner)), known_(from.catalogue.rules.size()) {
  for (std::uint32_t i = 0; i < from.catalogue.rules.size(); ++i) {
    const Rule& rule = from.catalogue.rules[i];
    rules_.emplace(rule.id, i);
    for (const std::string& alias : rule.aliases) rules_.emplace(alias, i);
  }
}

void ForeignSink::start(const std::string& version, std::int64_t started) {
  RunInfo run;
  run.command = scanner_;
  run.catalogue = &from_.catalogue;
  from_.read_back.version = version;
  from_.read_back.started = started;
  sink_.start(run);
}

Result<std::uint32_t> ForeignSink::rule_of(const ForeignPlace& told) {
  if (const auto known = rules_.find(told.rule); known != rules_.end()) return known->second;
  if (from_.catalogue.rules.size() - known_ >= kMaxUnknownRules)
    return Error{fmt::format("more than {} rules that are not in the catalogue", kMaxUnknownRules), from_.name};
  Rule rule;
  rule.id = told.rule;
  rule.description = told.description;
  rule.tags = told.tags;
  rule.severity = told.severity.value_or(Severity::high);
  rule.confidence = told.confidence.value_or(Confidence::medium);
  rule.guessable = rule.generic = told.rule == kGitleaksGeneric;
  const auto index = static_cast<std::uint32_t>(from_.catalogue.rules.size());
  rules_.emplace(rule.id, index);
  from_.catalogue.rules.push_back(std::move(rule));
  return index;
}

Status ForeignSink::place(ForeignPlace told) {
  const auto rule = rule_of(told);
  if (!rule) return rule.error();
  Occurrence found;
  found.rule = *rule;
  found.fingerprint = std::move(told.fingerprint);
  found.secret = Secret(told.secret);
  found.match = told.match.empty() ? found.secret : Secret(told.match);
  found.severity = told.severity.value_or(from_.catalogue.rules[*rule].severity);
  found.confidence = told.confidence.value_or(from_.catalogue.rules[*rule].confidence);
  found.reasons = std::move(told.reasons);
  found.reasons.push_back("reported by " + scanner_);
  found.decoded = std::move(told.decoded);
  found.path = std::move(told.path);
  found.begin = found.match_begin = told.begin;
  found.end = found.match_end = told.end.line >= told.begin.line ? told.end : told.begin;
  if (found.begin.line != 0 && found.begin.column == 0) found.begin.column = found.match_begin.column = 1;
  found.commit = std::move(told.commit);
  if (told.whole_secret && found.begin.line != 0) found.length = found.secret.size();
  from_.read_back.stand_in = !told.whole_secret;
  from_.read_back.length = 0;
  from_.read_back.columns = told.columns;
  from_.read_back.around.clear();
  sink_.occurrence(std::move(found));
  return Done{};
}

Note silent_about_the_rest(const std::string& name, std::string_view scanner) {
  return {name, fmt::format("a report of {} does not say whether everything was read", scanner)};
}

}  // namespace staunch
