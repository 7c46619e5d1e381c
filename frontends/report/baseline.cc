// Baselines: read, held against the run, recorded, written.
#include <fmt/format.h>

#define JSON_NOEXCEPTION 1
#include <nlohmann/json.hpp>

#include <algorithm>
#include <unordered_map>

#include "frontends/report/pass.h"
#include "frontends/report/sinks.h"
#include "frontends/report/small_file.h"
#include "frontends/report/suppress.h"
#include "rules/gitleaks_names.h"

namespace staunch {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& object, const char* key) {
  const auto member = object.find(key);
  const std::string* text = member == object.end() ? nullptr : member->get_ptr<const std::string*>();
  return text == nullptr ? "" : *text;
}

std::uint64_t number_of(const Json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_number_unsigned() ? member->get<std::uint64_t>() : 0;
}

// Entries of a gitleaks report; `null` is what betterleaks writes for a clean run.
Result<Baseline> parse_report(std::string_view text, const std::string& name) {
  const Json report = Json::parse(text, nullptr, false);
  if (report.is_discarded()) return Error{"not valid JSON", name};
  if (!report.is_array() && !report.is_null()) return Error{"not a gitleaks report (an array is expected)", name};
  Baseline baseline;
  for (const Json& item : report) {
    const std::size_t number = baseline.entries.size() + 1;
    if (!item.is_object() || text_of(item, "RuleID").empty())
      return Error{fmt::format("entry {} has no RuleID: not a gitleaks report", number), name};
    baseline.entries.push_back({text_of(item, "RuleID"), text_of(item, "File"), text_of(item, "Commit"),
                                number_of(item, "StartLine"), number_of(item, "StartColumn"),
                                number_of(item, "EndColumn"), Secret(text_of(item, "Secret"))});
  }
  return baseline;
}

Result<Baseline> parse_fingerprints(std::string_view text, const std::string& name) {
  Baseline baseline;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    line = trimmed(line);
    if (line.empty()) continue;
    if (line.front() == '#') {
      baseline.head.emplace_back(line);
      continue;
    }
    const std::string_view rest = line.size() > kFingerprintBytes ? trimmed(line.substr(kFingerprintBytes)) : "";
    if (!is_fingerprint(line.substr(0, kFingerprintBytes)) || (!rest.empty() && rest.front() != '#'))
      return Error{"not a fingerprint (\"sf1:\" and 32 hex digits, then # and a comment)",
                   fmt::format("{}:{}", name, number)};
    baseline.fingerprints.emplace(line.substr(0, kFingerprintBytes), rest);
  }
  return baseline;
}

bool is_redacted(std::string_view secret) {
  return secret == "REDACTED" || (secret.size() >= 3 && secret.substr(secret.size() - 3) == "...");
}

bool near_column(std::uint64_t theirs, std::uint64_t ours) { return theirs == ours || theirs == ours + 1; }

bool equals(const BaselineEntry& entry, const Occurrence& occurrence) {
  if (entry.line != occurrence.match_begin.line) return false;
  if (entry.commit != (occurrence.commit ? occurrence.commit->id : "")) return false;
  if (!is_redacted(entry.secret.reveal())) return entry.secret.reveal() == occurrence.secret.reveal();
  return near_column(entry.column, occurrence.match_begin.column) &&
         near_column(entry.end_column, occurrence.match_end.column);
}

class HoldBack : public PassOn {
 public:
  HoldBack(Baseline baseline, std::shared_ptr<Suppressed> suppressed, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), baseline_(std::move(baseline)), suppressed_(std::move(suppressed)) {
    for (const auto& [fingerprint, comment] : baseline_.fingerprints) used_fingerprints_.emplace(fingerprint, false);
    used_entries_.resize(baseline_.entries.size());
    for (std::size_t i = 0; i < baseline_.entries.size(); ++i) {
      const BaselineEntry& entry = baseline_.entries[i];
      by_rule_and_file_[key(entry.rule, entry.file)].push_back(i);
    }
  }

  void occurrence(Occurrence occurrence) override {
    if (is_known(occurrence)) ++suppressed_->baseline;
    else next_->occurrence(std::move(occurrence));
  }

  Status finish(const Totals& totals) override {
    if (!suppressed_->in_part) find_dead();
    return next_->finish(totals);
  }

 private:
  void find_dead() {
    for (const auto& [fingerprint, comment] : baseline_.fingerprints)
      if (!used_fingerprints_[fingerprint]) suppressed_->dead_baseline.push_back(fingerprint);
    for (std::size_t i = 0; i < baseline_.entries.size(); ++i) {
      const BaselineEntry& entry = baseline_.entries[i];
      const std::string commit = entry.commit.empty() ? "" : entry.commit + ":";
      if (!used_entries_[i])
        suppressed_->dead_baseline.push_back(fmt::format("{}{}:{}:{}", commit, entry.file, entry.rule, entry.line));
    }
  }

  static std::string key(std::string_view rule, std::string_view file) {
    return fmt::format("{}\n{}", rule, without_dot(file));
  }

  bool is_known(const Occurrence& occurrence) {
    bool known = false;
    if (const auto used = used_fingerprints_.find(occurrence.fingerprint); used != used_fingerprints_.end())
      known = used->second = true;
    if (baseline_.entries.empty()) return known;
    const Rule& rule = catalogue_->rules[occurrence.rule];
    known |= is_entry(occurrence, rule.id);
    for (const std::string& alias : rule.aliases) known |= is_entry(occurrence, alias);
    if (shares_gitleaks_generic(rule)) known |= is_entry(occurrence, std::string(kGitleaksGeneric));
    return known;
  }

  bool is_entry(const Occurrence& occurrence, const std::string& rule) {
    const auto candidates = by_rule_and_file_.find(key(rule, occurrence.path));
    if (candidates == by_rule_and_file_.end()) return false;
    bool known = false;
    for (const std::size_t i : candidates->second)
      if (equals(baseline_.entries[i], occurrence)) known = used_entries_[i] = true;
    return known;
  }

  Baseline baseline_;
  std::shared_ptr<Suppressed> suppressed_;
  std::unordered_map<std::string, bool> used_fingerprints_;
  std::vector<bool> used_entries_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_rule_and_file_;
};

class Record : public PassOn {
 public:
  Record(Baseline& into, std::unique_ptr<Sink> next) : PassOn(std::move(next)), into_(into) {}
  void occurrence(Occurrence occurrence) override {
    // No path: it may itself hold a secret that is not known yet, and the file is meant to be committed.
    into_.fingerprints.emplace(occurrence.fingerprint, "# " + catalogue_->rules[occurrence.rule].id);
    next_->occurrence(std::move(occurrence));
  }

 private:
  Baseline& into_;
};

}  // namespace

Result<Baseline> parse_baseline(std::string_view text, const std::string& name) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const std::string_view start = first == text.npos ? "" : text.substr(first);
  const bool json = !start.empty() && (start.front() == '[' || start.front() == '{' || start.substr(0, 4) == "null");
  return json ? parse_report(start, name) : parse_fingerprints(text, name);
}

Result<Baseline> read_baseline(const std::string& path) {
  const Result<std::string> text = read_small_file(path, kMaxBaselineBytes);
  if (!text) return text.error();
  return parse_baseline(*text, path);
}

std::unique_ptr<Sink> hold_back_baseline(Baseline baseline, std::shared_ptr<Suppressed> counts,
                                         std::unique_ptr<Sink> next) {
  return std::make_unique<HoldBack>(std::move(baseline), std::move(counts), std::move(next));
}

std::unique_ptr<Sink> record_baseline(Baseline& into, std::unique_ptr<Sink> next) {
  return std::make_unique<Record>(into, std::move(next));
}

std::string format_baseline(const Baseline& baseline) {
  std::string text;
  for (const std::string& line : baseline.head) text += line + "\n";
  for (const auto& [fingerprint, comment] : baseline.fingerprints)
    text += comment.empty() ? fingerprint + "\n" : fmt::format("{}  {}\n", fingerprint, comment);
  return text;
}

}  // namespace staunch
