#include "frontends/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/canary.h"
#include "frontends/report/link.h"
#include "frontends/report/sinks.h"

namespace staunch {

const Verified* ReportOptions::verdict_of(std::string_view fingerprint) const {
  for (const Verdicts* all : {verdicts.get(), read_back ? &read_back->verdicts : nullptr}) {
    if (all == nullptr) continue;
    if (const auto at = all->find(fingerprint); at != all->end()) return &at->second;
  }
  return nullptr;
}

namespace {

constexpr std::array<std::pair<std::string_view, ReportFormat>, 9> kFormats = {{
    {"text", ReportFormat::text},
    {"jsonl", ReportFormat::jsonl},
    {"json", ReportFormat::json},
    {"sarif", ReportFormat::sarif},
    {"junit", ReportFormat::junit},
    {"csv", ReportFormat::csv},
    {"gitlab", ReportFormat::gitlab},
    {"html", ReportFormat::html},
    {"markdown", ReportFormat::markdown},
}};

// The first that fits.
constexpr std::array<std::pair<std::string_view, ReportFormat>, 12> kEndings = {{
    {".sarif", ReportFormat::sarif},
    {".sarif.json", ReportFormat::sarif},
    {".gitlab.json", ReportFormat::gitlab},
    {"gl-secret-detection-report.json", ReportFormat::gitlab},
    {".jsonl", ReportFormat::jsonl},
    {".json", ReportFormat::json},
    {".xml", ReportFormat::junit},
    {".csv", ReportFormat::csv},
    {".txt", ReportFormat::text},
    {".html", ReportFormat::html},
    {".htm", ReportFormat::html},
    {".md", ReportFormat::markdown},
}};

std::string count(std::uint64_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"kB", "MB", "GB", "TB", "PB"};
  if (bytes < 1000) return count(bytes, "byte", "bytes");
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) value /= 1000, ++unit;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (seconds < 0.1) return fmt::format("{:.0f} ms", std::ceil(seconds * 1000));
  return fmt::format("{:.1f} s", seconds);
}

// "30 items", or "30 blobs of 12 commits (2 merges)".
std::string items_words(const Totals& totals) {
  if (totals.blobs == 0 && totals.commits == 0) return count(totals.items, "item", "items");
  std::string text = count(totals.blobs, "blob", "blobs");
  if (totals.commits != 0) text += " of " + count(totals.commits, "commit", "commits");
  if (totals.merges != 0) text += fmt::format(" ({})", count(totals.merges, "merge", "merges"));
  return text;
}

std::string wholeness(const Totals& totals) {
  std::string text;
  const auto add = [&](const std::vector<Note>& notes, std::string_view what) {
    if (!notes.empty()) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", notes.size(), what);
  };
  add(totals.incomplete, "could not be read");
  add(totals.partial, "read in part");
  add(totals.skipped, "left out");
  if (totals.incomplete.empty() && totals.partial.empty())
    return "everything was read" + (text.empty() ? "" : " (" + text + ")");
  return "not everything was read (" + text + ")";
}

std::string suppressed_words(const Suppressed& suppressed) {
  std::string text;
  const auto add = [&](std::uint64_t n, std::string_view what) {
    if (n != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", n, what);
  };
  add(suppressed.inline_tags, "allowed by a tag in the line");
  add(suppressed.ignore_file, "ignored by file");
  add(suppressed.baseline, "in the baseline");
  add(suppressed.confidence, "below the confidence asked for");
  return text;
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const auto& [word, format] : kFormats) names.emplace_back(word);
  return names;
}

std::optional<ReportFormat> format_of_name(std::string_view name) {
  for (const auto& [word, format] : kFormats)
    if (word == name) return format;
  return std::nullopt;
}

std::optional<ReportFormat> format_of_path(std::string_view path) {
  for (const auto& [ending, format] : kEndings)
    if (path.size() >= ending.size() && path.substr(path.size() - ending.size()) == ending) return format;
  return std::nullopt;
}

std::unique_ptr<Sink> make_report(ReportFormat format, ReportOptions options, Writer writer) {
  switch (format) {
    case ReportFormat::jsonl: return make_jsonl_report(std::move(options), std::move(writer));
    case ReportFormat::json: return make_json_report(std::move(options), std::move(writer));
    case ReportFormat::sarif: return make_sarif_report(std::move(options), std::move(writer));
    case ReportFormat::junit: return make_junit_report(std::move(options), std::move(writer));
    case ReportFormat::csv: return make_csv_report(std::move(options), std::move(writer));
    case ReportFormat::gitlab: return make_gitlab_report(std::move(options), std::move(writer));
    case ReportFormat::html: return make_html_report(std::move(options), std::move(writer));
    case ReportFormat::markdown: return make_markdown_report(std::move(options), std::move(writer));
    case ReportFormat::text: break;
  }
  return make_text_report(std::move(options), std::move(writer));
}

std::string summary_line(std::uint64_t findings, std::uint64_t places, const Totals& totals,
                         const Suppressed* suppressed) {
  std::string line = findings == 0 ? "nothing found"
                                   : count(findings, "finding", "findings") + " in " + count(places, "place", "places");
  const std::string quiet = suppressed == nullptr ? "" : suppressed_words(*suppressed);
  if (!quiet.empty()) line += fmt::format(" ({})", quiet);
  // Others' reports, and those that were cut, do not say how much was read.
  const bool measured = totals.seconds > 0 || totals.bytes != 0 || totals.items != 0;
  if (measured)
    line +=
        fmt::format("; {} in {}, {}", human_bytes(totals.bytes), items_words(totals), human_seconds(totals.seconds));
  return line + "; " + wholeness(totals);
}

FindingSink::FindingSink(ReportOptions options, Writer writer)
    : options_(std::move(options)), writer_(std::move(writer)) {}

void take_head(ReportOptions& options) {
  if (options.read_back == nullptr) return;
  if (!options.read_back->version.empty()) options.version = options.read_back->version;
  if (options.read_back->started != 0) options.started = options.read_back->started;
}

void FindingSink::start(const RunInfo& run) {
  run_ = run;
  take_head(options_);
}

std::string FindingSink::shown_form(const Rule& rule, std::string_view secret) const {
  return redacted_form(rule, secret, redaction());
}

void FindingSink::occurrence(Occurrence occurrence) {
  ++occurrences_;
  note(occurrence);
  const auto [entry, fresh] = by_fingerprint_.emplace(occurrence.fingerprint, findings_.size());
  if (fresh) {
    Finding finding;
    finding.fingerprint = occurrence.fingerprint;
    finding.rule = occurrence.rule;
    findings_.push_back(std::move(finding));
    const std::string_view secret = occurrence.secret.reveal();
    if (!redaction().shows_all()) redactor_.add(secret, shown_form(rule_of(occurrence.rule), secret));
  }
  if (!redaction().shows_all())
    for (const Part& part : occurrence.parts)
      redactor_.add(part.secret.reveal(), shown_form(rule_of(part.rule), part.secret.reveal()));
  Finding& finding = findings_[entry->second];
  finding.severity = std::max(finding.severity, occurrence.severity);
  finding.confidence = std::max(finding.confidence, occurrence.confidence);
  if (++finding.count > kMaxPlacesHeld) return;
  trim(occurrence);
  finding.places.push_back(places_.size());
  finding_of_.push_back(entry->second);
  places_.push_back(std::move(occurrence));
  if (run_.live) news_.push_back({entry->second, places_.size() - 1, fresh});
}

std::string FindingSink::link_of(const Occurrence& place) const {
  if (!place.commit || place.commit->id.empty() || !is_file(place)) return {};
  const std::string& name = place.commit->repository;
  for (const CoveredRepository& repository : run_.repositories) {
    if (!name.empty() && repository.path != name) continue;
    if (repository.web.empty()) return {};
    const CodeHost platform = options_.platform.empty() ? code_host_of_address(repository.web)
                                                        : code_host_of_name(options_.platform).value_or(CodeHost::none);
    return link_to(platform, mask(repository.web), place.commit->id, mask_path(place.path), place.match_begin.line,
                   place.match_end.line);
  }
  return {};
}

void FindingSink::settle() {
  if (news_.empty()) return;
  for (const News& news : news_) writer_.write(tell(news));
  news_.clear();
  writer_.pass_on();
}

Status FindingSink::finish(const Totals& totals) {
  settle();
  const auto date = [&](std::size_t place) -> std::string_view {
    return places_[place].commit ? std::string_view(places_[place].commit->commit_date) : "";
  };
  for (Finding& finding : findings_)
    std::stable_sort(finding.places.begin(), finding.places.end(),
                     [&](std::size_t a, std::size_t b) { return is_earlier(date(a), date(b)); });
  writer_.write(render(totals));
  return writer_.finish();
}

const Provider* provider_of(const Catalogue& catalogue, const Rule& rule) {
  if (rule.provider.empty()) return nullptr;
  for (const Provider& provider : catalogue.providers)
    if (provider.id == rule.provider) return &provider;
  return nullptr;
}

std::string next_step(const Catalogue& catalogue, const Rule& rule, const Occurrence& place) {
  if (const auto canary = place.derived.find(kCanary); canary != place.derived.end())
    return fmt::format("leave it and tell whoever planted it: a canary token of {}, made to be found", canary->second);
  if (is_path_only(place)) return "look what the file holds, and keep it out of here";
  const Provider* provider = provider_of(catalogue, rule);
  constexpr const char* kAnywhere = "revoke it where it was issued, and replace it";
  if (provider == nullptr) return kAnywhere;
  for (const Revoke& revoke : provider->revoke) {
    const bool for_rule =
        revoke.rules.empty() || std::find(revoke.rules.begin(), revoke.rules.end(), rule.id) != revoke.rules.end();
    if (for_rule && !revoke.instruction.empty()) return revoke.instruction;
  }
  // Without a page to go to it is a group of rules, such as all generic ones, or somebody's own server.
  return provider->console.empty() ? kAnywhere : fmt::format("revoke it at {}: {}", provider->name, provider->console);
}

std::string_view title_of(const Rule& rule) { return rule.description.empty() ? rule.id : rule.description; }

std::string notes_beyond(const std::vector<Note>& notes) {
  return notes.size() > kNotesListed ? fmt::format("and {} more", notes.size() - kNotesListed) : "";
}

std::string_view without_dot(std::string_view path) {
  while (path.substr(0, 2) == "./") path.remove_prefix(2);
  return path;
}

std::string gitleaks_fingerprint(const Occurrence& occurrence, const Rule& rule) {
  const std::string place = fmt::format("{}:{}:{}", occurrence.path, rule.id, occurrence.match_begin.line);
  return occurrence.commit && !occurrence.commit->id.empty() ? occurrence.commit->id + ":" + place : place;
}

bool is_path_only(const Occurrence& occurrence) {
  return occurrence.begin.line == 0 && occurrence.secret.reveal().empty();
}

bool is_file(const Occurrence& occurrence) {
  const std::string_view path = occurrence.path;
  return !occurrence.commit || (path != kMessagePath && path != kTagPath && path.substr(0, 6) != "(blob ");
}

bool is_earlier(std::string_view date, std::string_view other) {
  return std::pair(date.empty(), date) < std::pair(other.empty(), other);
}

void add_branches(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const std::string& branch : more)
    if (all.size() < kMaxBranches && std::find(all.begin(), all.end(), branch) == all.end()) all.push_back(branch);
}

}  // namespace staunch
