// Inline tags and ignore files; baselines are in baseline.cc.
#include "frontends/report/suppress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "frontends/report/pass.h"
#include "frontends/report/sha1.h"
#include "frontends/report/sinks.h"
#include "frontends/report/small_file.h"
#include "rules/gitleaks_names.h"

namespace staunch {
namespace {

constexpr std::array<std::string_view, 4> kAllowTags = {"gitleaks:allow", "betterleaks:allow", "trufflehog:ignore",
                                                        "staunch:allow"};

// In front of the SHA-1 of a secret.
constexpr std::string_view kHash = "sha1:";

bool take(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

bool take_one_of(std::string_view& text, std::string_view a, std::string_view b) {
  return take(text, a) || take(text, b);
}

// detect-secrets: `pragma: allowlist secret`, `pragma: allowlist nextline secret`; a dash may stand for a blank.
bool has_pragma(std::string_view line, bool nextline) {
  static constexpr std::string_view kPragma = "pragma:";
  for (std::size_t at = line.find(kPragma); at != line.npos; at = line.find(kPragma, at + 1)) {
    std::string_view rest = line.substr(at + kPragma.size());
    while (take_one_of(rest, " ", "\t")) {
    }
    if (!take_one_of(rest, "allowlist", "whitelist") || !take_one_of(rest, " ", "-")) continue;
    if (nextline && (!take(rest, "nextline") || !take_one_of(rest, " ", "-"))) continue;
    if (take(rest, "secret")) return true;
  }
  return false;
}

// The tags speak of the lines that the match touches; a nextline tag of the line under it.
bool is_allowed(const Occurrence& occurrence) {
  if (has_nextline_tag(occurrence.line_before.reveal())) return true;
  std::string_view rest = occurrence.lines.reveal();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (has_allow_tag(line)) return true;
    if (end < rest.size() && has_nextline_tag(line)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

class InlineTags : public PassOn {
 public:
  InlineTags(std::shared_ptr<Suppressed> suppressed, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), suppressed_(std::move(suppressed)) {}
  void occurrence(Occurrence occurrence) override {
    if (is_allowed(occurrence)) ++suppressed_->inline_tags;
    else next_->occurrence(std::move(occurrence));
  }

 private:
  std::shared_ptr<Suppressed> suppressed_;
};

class IgnoreListed : public PassOn {
 public:
  IgnoreListed(IgnoreList list, std::shared_ptr<Suppressed> suppressed, std::unique_ptr<Sink> next)
      : PassOn(std::move(next)), list_(std::move(list)), suppressed_(std::move(suppressed)) {
    used_.resize(list_.entries.size());
    for (std::size_t i = 0; i < list_.entries.size(); ++i) {
      by_key_[std::string(without_dot(list_.entries[i]))].push_back(i);
      has_hashes_ |= list_.entries[i].starts_with(kHash);
    }
  }

  void occurrence(Occurrence occurrence) override {
    if (is_listed(occurrence)) ++suppressed_->ignore_file;
    else next_->occurrence(std::move(occurrence));
  }

  Status finish(const Totals& totals) override {
    for (std::size_t i = 0; i + list_.unseen < used_.size(); ++i)
      if (!used_[i] && !suppressed_->in_part) suppressed_->dead_ignores.push_back(list_.entries[i]);
    return next_->finish(totals);
  }

 private:
  bool use(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return false;
    for (const std::size_t i : found->second) used_[i] = true;
    return true;
  }

  // Every key is tried, so that no entry looks dead because another one matched first.
  bool is_listed(const Occurrence& occurrence) {
    bool listed = use(occurrence.fingerprint);
    if (has_hashes_ && !occurrence.secret.empty())
      listed |= use(std::string(kHash) + sha1_hex(occurrence.secret.reveal()));
    const Rule& rule = catalogue_->rules[occurrence.rule];
    std::vector<std::string_view> ids(rule.aliases.begin(), rule.aliases.end());
    ids.push_back(rule.id);
    if (shares_gitleaks_generic(rule)) ids.push_back(kGitleaksGeneric);
    for (const std::string_view id : ids) {
      const std::string place = fmt::format("{}:{}:{}", without_dot(occurrence.path), id, occurrence.match_begin.line);
      listed |= use(place);
      if (occurrence.commit) listed |= use(occurrence.commit->id + ":" + place);
    }
    return listed;
  }

  IgnoreList list_;
  std::vector<bool> used_;
  bool has_hashes_ = false;
  std::unordered_map<std::string, std::vector<std::size_t>> by_key_;
  std::shared_ptr<Suppressed> suppressed_;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "sha1:" and 40 hex digits.
bool is_hash(std::string_view text) {
  return text.size() == kHash.size() + 40 && text.starts_with(kHash) &&
         text.find_first_not_of("0123456789abcdef", kHash.size()) == text.npos;
}

// `…:rule:line`; the front part may itself hold colons (a commit, a Windows path).
bool is_place(std::string_view entry) {
  const std::size_t line = entry.rfind(':');
  if (line == entry.npos || !is_number(entry.substr(line + 1))) return false;
  const std::size_t rule = entry.substr(0, line).rfind(':');
  return rule != entry.npos && rule + 1 < line;
}

}  // namespace

bool has_allow_tag(std::string_view line) {
  for (const std::string_view tag : kAllowTags)
    if (line.find(tag) != line.npos) return true;
  return has_pragma(line, false);
}

bool has_nextline_tag(std::string_view line) { return has_pragma(line, true); }

std::unique_ptr<Sink> allow_inline_tags(std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next) {
  return std::make_unique<InlineTags>(std::move(counts), std::move(next));
}

IgnoreList parse_ignore_list(std::string_view text, const std::string& name) {
  IgnoreList list;
  std::size_t number = 0;
  for (std::string_view line : lines_of(text)) {
    ++number;
    line = trimmed(line);
    if (line.empty() || line.front() == '#') continue;
    if (is_fingerprint(line.substr(0, line.find_first_of(" \t")))) {
      list.entries.emplace_back(line.substr(0, kFingerprintBytes));
      continue;
    }
    if (const std::string_view word = line.substr(0, line.find_first_of(" \t")); is_hash(word)) {
      list.entries.emplace_back(word);
      continue;
    }
    std::string entry(line);
    std::replace(entry.begin(), entry.end(), '\\', '/');
    if (!is_place(entry))
      list.warnings.push_back(
          fmt::format("{}:{}: not a fingerprint (file:rule:line or commit:file:rule:line)", name, number));
    list.entries.push_back(std::move(entry));
  }
  return list;
}

Result<IgnoreList> read_ignore_file(const std::string& path) {
  const Result<std::string> text = read_small_file(path, kMaxIgnoreBytes);
  if (!text) return text.error();
  return parse_ignore_list(*text, path);
}

std::unique_ptr<Sink> ignore_listed(IgnoreList list, std::shared_ptr<Suppressed> counts, std::unique_ptr<Sink> next) {
  return std::make_unique<IgnoreListed>(std::move(list), std::move(counts), std::move(next));
}

}  // namespace staunch
