// SARIF 2.1.0 of any scanner (OASIS standard; section numbers below are its).
//
// Texts that a scanner writes for people (messages, snippets) may hold the secret, so no report may show them: they are
// not read, but for the snippet of gitleaks and betterleaks, which is the secret itself. Ours tell the fingerprint.
// Results that are suppressed (3.27.23) or that are no failure (3.27.9) count as held back.
#include <charconv>

#include "engine/codings.h"
#include "frontends/report/dates.h"
#include "frontends/report/foreign.h"
#include "frontends/report/members.h"
#include "frontends/report/small_file.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* begin = text.data() + i + 1;
    const bool coded =
        text[i] == '%' && i + 2 < text.size() && std::from_chars(begin, begin + 2, byte, 16).ptr == begin + 2;
    out += coded ? static_cast<char>(byte) : text[i];
    if (coded) i += 2;
  }
  return out;
}

std::string path_of(std::string uri) {
  static constexpr std::string_view kFile = "file://";
  if (uri.starts_with(kFile)) uri.erase(0, kFile.size());
  return percent_decoded(uri);
}

std::optional<Severity> severity_of_level(const std::string& level) {
  if (level == "error") return Severity::high;
  if (level == "warning") return Severity::medium;
  if (level == "note") return Severity::low;
  return std::nullopt;
}

// On the scale of GitHub's code scanning.
std::optional<Severity> severity_of_score(const std::string& text) {
  double score = -1;
  if (std::from_chars(text.data(), text.data() + text.size(), score).ec != std::errc() || score < 0)
    return std::nullopt;
  return score >= 9 ? Severity::critical : score >= 7 ? Severity::high : score >= 4 ? Severity::medium : Severity::low;
}

struct SarifRule {
  std::string id, description;
  std::optional<Severity> severity;
  std::vector<std::string> tags;
};

class SarifRun {
 public:
  SarifRun(const ReadJsonl& from, Sink& sink, Totals& totals) : from_(from), sink_(sink), totals_(totals) {}

  Status read(const Members& run) {
    const Members driver = run.within("tool").within("driver");
    name_ = driver.text("name");
    driver.each_if("rules", [&](const Members& rule) { take_rule(rule); });
    run.each_if("artifacts", [&](const Members& artifact) {
      artifacts_.push_back(path_of(artifact.within_if("location").text_if("uri")));
    });
    if (!run.mistake().empty()) return wrong("tool", run.mistake());
    ours_ = name_ == "staunch";
    const std::string column_kind = run.text_if("columnKind");
    utf16_ = column_kind.empty() || column_kind == "utf16CodeUnits";  // 3.14.17
    ForeignSink to(from_, sink_, name_.empty() ? "another scanner" : name_);
    std::int64_t started = 0;
    run.each_if("invocations", [&](const Members& invocation) { started = take_invocation(invocation); });
    to.start(ours_ ? driver.text_if("semanticVersion") : "", started);
    if (!run.tells("results")) return Done{};  // null where the run ended before it looked (3.14.23)
    Status status = Done{};
    std::size_t number = 0;
    run.each("results", [&](const Members& result) {
      ++number;
      if (status) status = take_result(result, to, number);
    });
    return !status ? status : run.mistake().empty() ? Status(Done{}) : wrong("results", run.mistake());
  }

 private:
  Error wrong(std::string_view what, const std::string& mistake) const {
    return Error{mistake, fmt::format("{}: {}", from_.name, what)};
  }

  void take_rule(const Members& rule) {
    SarifRule made{rule.text("id"), rule.within_if("shortDescription").text_if("text"), std::nullopt, {}};
    const Members properties = rule.within_if("properties");
    made.severity = severity_of_score(properties.text_if("security-severity"));
    if (!made.severity) made.severity = severity_of_level(rule.within_if("defaultConfiguration").text_if("level"));
    if (properties.tells("tags")) made.tags = properties.texts("tags");
    rules_.push_back(std::move(made));
  }

  // When it began.
  std::int64_t take_invocation(const Members& invocation) {
    std::size_t told = 0;
    invocation.each_if("toolExecutionNotifications", [&](const Members& notification) {
      const std::string level = notification.text_if("level");
      const std::string text = notification.within_if("message").text_if("text");
      if (level == "error") totals_.incomplete.push_back({from_.name, text}), ++told;
      else if (level == "note") totals_.skipped.push_back({from_.name, text});
      else totals_.partial.push_back({from_.name, text});
    });
    if (invocation.tells("executionSuccessful") && !invocation.flag("executionSuccessful") && told == 0)
      totals_.incomplete.push_back({from_.name, "its run says that it did not succeed"});
    return read_date(invocation.text_if("startTimeUtc")).value_or(0);
  }

  Status take_result(const Members& result, ForeignSink& to, std::size_t number) {
    const std::string kind = result.text_if("kind");
    bool suppressed = !kind.empty() && kind != "fail";
    result.each_if("suppressions", [&](const Members& suppression) {
      const std::string status = suppression.text_if("status");
      suppressed |= status.empty() || status == "accepted";
    });
    ForeignPlace told = told_of(result);
    std::vector<ForeignPlace> places;
    result.each_if("locations", [&](const Members& location) { places.push_back(placed(told, location)); });
    if (!result.mistake().empty()) return wrong(fmt::format("result {}", number), result.mistake());
    if (places.empty()) places.push_back(std::move(told));
    if (suppressed) {
      from_.suppressed.ignore_file += places.size();
      return Done{};
    }
    for (ForeignPlace& place : places)
      if (const Status taken = to.place(std::move(place)); !taken) return taken;
    return Done{};
  }

  ForeignPlace told_of(const Members& result) {
    ForeignPlace told;
    const SarifRule* rule = nullptr;
    if (const std::uint64_t index = result.number_if("ruleIndex"); result.tells("ruleIndex") && index < rules_.size())
      rule = &rules_[index];
    told.rule = result.tells("ruleId") ? result.text("ruleId")
                : rule != nullptr      ? rule->id
                                       : result.within_if("rule").text_if("id");
    for (const SarifRule& each : rules_)
      if (rule == nullptr && each.id == told.rule) rule = &each;
    if (told.rule.empty()) told.rule = "unnamed";
    if (rule != nullptr) {
      told.description = rule->description;
      told.severity = rule->severity;
      told.tags = rule->tags;
    }
    if (!told.severity) told.severity = severity_of_level(result.text_if("level"));
    told.secret = "…";
    if (ours_) take_ours(result, told);
    take_commit(result.within_if("partialFingerprints"), told);
    return told;
  }

  void take_ours(const Members& result, ForeignPlace& told) const {
    const Members properties = result.within_if("properties");
    const std::string fingerprint = result.within_if("partialFingerprints").text_if("staunch/v1");
    if (is_fingerprint(fingerprint)) told.fingerprint = fingerprint;
    if (const auto severity = severity_of_word(properties.text_if("severity"))) told.severity = severity;
    if (const auto confidence = confidence_of_word(properties.text_if("confidence"))) told.confidence = confidence;
    if (!properties.tells("inHead")) return;
    told.commit.emplace();
    told.commit->in_head = properties.flag("inHead");
    if (properties.tells("branches")) told.commit->branches = properties.texts("branches");
    if (told.commit->branches.size() > kMaxBranches) told.commit->branches.resize(kMaxBranches);
  }

  // As gitleaks tells it.
  void take_commit(const Members& told_by, ForeignPlace& told) const {
    if (told_by.text_if("commitSha").empty()) return;
    Commit commit;
    commit.id = told_by.text("commitSha");
    commit.author = told_by.text_if("author");
    commit.email = told_by.text_if("email");
    commit.author_date = commit.commit_date = told_by.text_if("date");
    commit.message = told_by.text_if("commitMessage");
    told.commit = std::move(commit);
  }

  ForeignPlace placed(const ForeignPlace& result, const Members& location) const {
    ForeignPlace told = result;
    const Members physical = location.within_if("physicalLocation");
    const Members artifact = physical.within_if("artifactLocation");
    told.path = path_of(artifact.text_if("uri"));
    if (const std::uint64_t index = artifact.number_if("index");
        told.path.empty() && artifact.tells("index") && index < artifacts_.size())
      told.path = artifacts_[index];
    const Members region = physical.within_if("region");
    told.begin = {region.number_if("startLine"), region.number_if("startColumn")};
    const std::uint64_t last = region.number_if("endColumn");  // exclusive
    told.end = {region.tells("endLine") ? region.number("endLine") : told.begin.line, last == 0 ? 0 : last - 1};
    if (utf16_ && told.begin.column != 0 && last != 0) told.columns = {told.begin.column, last};
    if (name_ == "gitleaks" || name_ == "betterleaks") take_snippet(region.within_if("snippet").text_if("text"), told);
    if (ours_) take_our_place(location.within_if("properties"), told);
    return told;
  }

  static void take_snippet(const std::string& text, ForeignPlace& told) {
    const bool redacted = text.empty() || text == "REDACTED" || text.ends_with("...");
    told.whole_secret = !redacted;
    if (!redacted) told.secret = text;
  }

  static void take_our_place(const Members& properties, ForeignPlace& told) {
    if (!told.commit || !properties.tells("commit")) {
      if (told.commit) told.commit->blob = properties.text_if("blob");
      return;
    }
    Commit& commit = *told.commit;
    commit.id = properties.text("commit");
    commit.commit_date = commit.author_date = properties.text_if("commitDate");
    commit.blob = properties.text_if("blob");
    commit.at_or_before = properties.tells("atOrBefore") && properties.flag("atOrBefore");
    commit.reachable = properties.text_if("reachable");
    commit.repository = properties.text_if("repository");
  }

  const ReadJsonl& from_;
  Sink& sink_;
  Totals& totals_;
  std::string name_;
  bool ours_ = false, utf16_ = true;
  std::vector<SarifRule> rules_;
  std::vector<std::string> artifacts_;
};

}  // namespace

Result<Totals> read_sarif(const ReadJsonl& from, std::string_view text, Sink& sink) {
  const auto log = parse_whole(text, from.name);
  if (!log) return log.error();
  if (!log->is_object() || !log->contains("runs"))
    return Error{"this is no report: it has no runs, as SARIF has", from.name};
  std::string mistake;
  const Members members(*log, mistake);
  Totals totals;
  Status status = Done{};
  members.each("runs", [&](const Members& run) {
    if (status && mistake.empty()) status = SarifRun(from, sink, totals).read(run);
  });
  if (!status) return status.error();
  if (!mistake.empty()) return Error{mistake, from.name};
  return totals;
}

}  // namespace staunch
