// SARIF 2.1.0 (OASIS standard; section numbers below are its).
//
// One result a finding: its places are `locations`, because the leak is mended only when all of them are (3.27.12),
// and `occurrenceCount` counts those not listed too. The fingerprint is ours, by content, so that an alert survives
// moved lines. Columns count UTF-16 units, as platforms expect, with exclusive ends (3.30.5-8); they are worked out
// from the line's text and left out where the line is too long to be held. No secret and no snippet is written.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "frontends/report/sinks.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::critical:
    case Severity::high: return "error";
    case Severity::medium: return "warning";
    case Severity::low: break;
  }
  return "note";
}

// On the scale that GitHub's code scanning reads: above 9 critical, above 7 high, above 4 medium.
std::string_view security_severity(Severity severity) {
  switch (severity) {
    case Severity::critical: return "9.5";
    case Severity::high: return "8.0";
    case Severity::medium: return "5.5";
    case Severity::low: break;
  }
  return "3.0";
}

std::string_view precision_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::high: return "very-high";
    case Confidence::medium: return "high";
    case Confidence::low: break;
  }
  return "medium";
}

// A path as a URI reference (RFC 3986): every byte that is not unreserved or a slash is percent-encoded.
std::string uri_of(std::string_view path) {
  static constexpr std::string_view kKept = "-._~/";
  std::string uri = path.substr(0, 1) == "/" ? "file://" : "";
  for (const char c : without_dot(path)) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (plain || kKept.find(c) != kKept.npos) uri += c;
    else uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

class SarifReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  // The columns are worked out while the line is there, and kept in `match_begin` and `match_end`, which this report
  // has no other use for.
  void trim(Occurrence& place) override {
    const Utf16Columns columns = options_.read_back ? options_.read_back->columns : utf16_columns(place);
    place.match_begin.column = columns.begin;
    place.match_end.column = columns.end;
    place.lines = place.line_before = place.match = place.secret = Secret();
  }

  static void write_message(JsonText& json, std::string_view name, std::string_view text) {
    json.open(name, '{');
    json.text("text", text);
    json.close();
  }

  std::string help_of(const Rule& rule) const {
    const Provider* provider = provider_of(*run_.catalogue, rule);
    std::string help = "Revoke the credential where it was issued";
    if (provider != nullptr) {
      const std::string console = provider->console.empty() ? "" : ", " + provider->console;
      help += " (" + provider->name + console + ")";
    }
    return help + ", replace it, and then remove it from the places named here.";
  }

  std::string help_uri_of(const Rule& rule) const {
    const auto is_link = [](const std::string& text) { return text.rfind("https://", 0) == 0; };
    const Provider* provider = provider_of(*run_.catalogue, rule);
    if (is_link(rule.source)) return rule.source;
    return provider != nullptr && is_link(provider->console) ? provider->console : "";
  }

  void write_rule(JsonText& json, const Rule& rule) const {
    const std::string help_uri = help_uri_of(rule);
    json.open('{');
    json.text("id", rule.id);
    write_message(json, "shortDescription", title_of(rule));
    write_message(json, "fullDescription", fmt::format("{}. Whoever can read it can use it.", title_of(rule)));
    write_message(json, "help", help_of(rule));
    if (!help_uri.empty()) json.text("helpUri", help_uri);
    json.open("defaultConfiguration", '{');
    json.text("level", level_of(rule.severity));
    json.close();
    json.open("properties", '{');
    json.text("security-severity", security_severity(rule.severity));
    json.text("precision", precision_of(rule.confidence));
    json.open("tags", '[');
    json.text("security");
    for (const std::string& tag : rule.tags)
      if (tag != "security") json.text(tag);
    json.close();
    json.close();
    json.close();
  }

  void write_location(JsonText& json, const Occurrence& place) const {
    json.open('{');
    json.open("physicalLocation", '{');
    const std::string path = mask_path(place.path);
    const bool relative = !path.empty() && path.front() != '/' && is_file(place);
    json.open("artifactLocation", '{');
    json.text("uri", path.empty() ? "stdin" : uri_of(path));
    if (relative) json.text("uriBaseId", "%SRCROOT%");
    json.close();
    if (place.begin.line != 0) write_region(json, place);
    json.close();
    if (place.commit) write_commit(json, *place.commit);
    json.close();
  }

  void write_commit(JsonText& json, const Commit& commit) const {
    json.open("properties", '{');
    if (!commit.id.empty()) {
      json.text("commit", commit.id);
      json.text("commitDate", commit.commit_date);
    }
    if (commit.at_or_before) json.flag("atOrBefore", true);
    if (!commit.blob.empty()) json.text("blob", commit.blob);
    if (!commit.reachable.empty()) json.text("reachable", commit.reachable);
    if (!commit.repository.empty()) json.text("repository", mask(commit.repository));
    json.close();
  }

  // Of a secret in a history: where it still stands.
  void write_holders(JsonText& json, const Finding& finding) const {
    bool in_history = false, in_head = false;
    std::vector<std::string> branches;
    for (const std::size_t place : finding.places) {
      if (!places_[place].commit) continue;
      in_history = true;
      in_head |= places_[place].commit->in_head;
      add_branches(branches, places_[place].commit->branches);
    }
    if (in_history) json.flag("inHead", in_head);
    if (branches.empty()) return;
    json.open("branches", '[');
    for (const std::string& branch : branches) json.text(mask(branch));
    json.close();
  }

  static void write_region(JsonText& json, const Occurrence& place) {
    json.open("region", '{');
    json.number("startLine", place.begin.line);
    if (place.match_begin.column != 0) json.number("startColumn", place.match_begin.column);
    json.number("endLine", place.end.line);
    if (place.match_begin.column != 0) json.number("endColumn", place.match_end.column);
    json.close();
  }

  void write_result(JsonText& json, const Finding& finding, std::size_t rule_index) const {
    const Rule& rule = rule_of(finding.rule);
    json.open('{');
    json.text("ruleId", rule.id);
    json.number("ruleIndex", rule_index);
    json.text("level", level_of(finding.severity));
    write_message(json, "message", fmt::format("{} ({} confidence)", title_of(rule), word_of(finding.confidence)));
    json.open("locations", '[');
    for (const std::size_t place : finding.places) write_location(json, places_[place]);
    json.close();
    json.number("occurrenceCount", finding.count);
    json.open("partialFingerprints", '{');
    json.text("staunch/v1", finding.fingerprint);
    json.close();
    json.open("properties", '{');
    json.text("severity", word_of(finding.severity));
    json.text("confidence", word_of(finding.confidence));
    write_holders(json, finding);
    if (const Verified* verdict = options_.verdict_of(finding.fingerprint))
      write_verdict(json, "verdict", *verdict, [this](std::string_view text) { return mask(text); });
    json.close();
    json.close();
  }

  void write_notification(JsonText& json, std::string_view level, std::string_view text) const {
    json.open('{');
    json.text("level", level);
    write_message(json, "message", text);
    json.close();
  }

  void write_notes(JsonText& json, std::string_view level, const std::vector<Note>& notes) const {
    for (std::size_t i = 0; i < std::min(notes.size(), kNotesListed); ++i)
      write_notification(json, level, mask(notes[i].what) + ": " + mask(notes[i].why));
    if (const std::string more = notes_beyond(notes); !more.empty()) write_notification(json, level, more);
  }

  void write_invocation(JsonText& json, const Totals& totals) const {
    json.open("invocations", '[');
    json.open('{');
    json.flag("executionSuccessful", totals.incomplete.empty());
    json.open("toolExecutionNotifications", '[');
    write_notes(json, "error", totals.incomplete);
    write_notes(json, "warning", totals.partial);
    write_notes(json, "note", totals.skipped);
    json.close();
    json.close();
    json.close();
  }

  void write_tool(JsonText& json, const std::map<std::uint32_t, std::size_t>& rules) const {
    json.open("tool", '{');
    json.open("driver", '{');
    json.text("name", "staunch");
    if (!options_.version.empty()) json.text("semanticVersion", options_.version);
    json.open("rules", '[');
    for (const auto& [rule, index] : rules) write_rule(json, rule_of(rule));
    json.close();
    json.close();
    json.close();
  }

  std::string render(const Totals& totals) override {
    std::map<std::uint32_t, std::size_t> rules;  // those with a result, to their place in the driver's list
    for (const Finding& finding : findings_) rules.emplace(finding.rule, 0);
    std::size_t next = 0;
    for (auto& [rule, index] : rules) index = next++;

    std::string out;
    JsonText json(out, 1);
    json.open('{');
    json.text("$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json");
    json.text("version", "2.1.0");
    json.open("runs", '[');
    json.open('{');
    write_tool(json, rules);
    write_invocation(json, totals);
    json.text("columnKind", "utf16CodeUnits");
    json.open("results", '[');
    for (const Finding& finding : findings_) write_result(json, finding, rules[finding.rule]);
    json.close();
    json.close();
    json.close();
    json.close();
    return out += '\n';
  }
};

}  // namespace

std::unique_ptr<Sink> make_sarif_report(ReportOptions options, Writer writer) {
  return std::make_unique<SarifReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
