// GitLab's secret detection report, `artifacts:reports:secret_detection` (gl-secret-detection-report.json).
//
// One entry a place: GitLab knows one location an entry. Its id is a UUID made from the secret's fingerprint, the
// path, the commit and the place's number among equals there, not from the line, so that an entry survives moved lines.
// Of one secret at most kMaxPlacesHeld places are listed; a message says how many there are besides. The raw extract
// is masked as everything else is. A scan of files has no commit, which the schema demands: then "0000000" stands
// there, as GitLab's own analyser writes it. A scan that could not read everything has the status "failure".
//
// Facts: GitLab, security-report-schemas, secret-detection-report-format.json 15.0.6 (the fields used here are the
// same up to 15.2.1); schema/gitlab.schema.json says what of it is used here.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/fingerprint.h"
#include "frontends/report/dates.h"
#include "frontends/report/sinks.h"
#include "frontends/report/utf8.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

constexpr std::string_view kSchemaVersion = "15.0.6";
constexpr std::string_view kNoCommit = "0000000";
constexpr std::size_t kNameCharacters = 255;
constexpr std::size_t kSolutionCharacters = 7000;

std::string_view word_for_gitlab(Severity severity) {
  switch (severity) {
    case Severity::critical: return "Critical";
    case Severity::high: return "High";
    case Severity::medium: return "Medium";
    case Severity::low: break;
  }
  return "Low";
}

std::string_view at_most(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  for (; at < text.size() && characters > 0; --characters) at += decode_utf8(text, at).length;
  return text.substr(0, at);
}

// A UUID of version 8 (RFC 9562, 5.8: bits of the maker's choice) from 32 hex digits.
std::string uuid(std::string hex) {
  hex[12] = '8';
  hex[16] = "89ab"[(hex[16] >= 'a' ? hex[16] - 'a' + 10 : hex[16] - '0') & 3];
  const std::string_view all = hex;
  return fmt::format("{}-{}-{}-{}-{}", all.substr(0, 8), all.substr(8, 4), all.substr(12, 4), all.substr(16, 4),
                     all.substr(20));
}

class GitlabReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  void trim(Occurrence& place) override { place.lines = place.line_before = place.match = Secret(); }

  static void write_program(JsonText& json, std::string_view role, const std::string& version) {
    json.open(role, '{');
    json.text("id", "staunch");
    json.text("name", "staunch");
    json.text("version", version.empty() ? "unknown" : version);
    json.open("vendor", '{');
    json.text("name", "staunch");
    json.close();
    json.close();
  }

  static void write_message(JsonText& json, std::string_view level, std::string_view text) {
    json.open('{');
    json.text("level", level);
    json.text("value", text);
    json.close();
  }

  void write_notes(JsonText& json, std::string_view level, const std::vector<Note>& notes) const {
    for (std::size_t i = 0; i < std::min(notes.size(), kNotesListed); ++i)
      write_message(json, level, mask(notes[i].what) + ": " + mask(notes[i].why));
    if (const std::string more = notes_beyond(notes); !more.empty()) write_message(json, level, more);
  }

  void write_scan(JsonText& json, const Totals& totals) const {
    json.open("scan", '{');
    write_program(json, "analyzer", options_.version);
    write_program(json, "scanner", options_.version);
    json.text("type", "secret_detection");
    json.text("start_time", date_text(options_.started));
    json.text("end_time", date_text(options_.started + static_cast<std::int64_t>(totals.seconds)));
    json.text("status", totals.incomplete.empty() ? "success" : "failure");
    json.open("messages", '[');
    write_notes(json, "fatal", totals.incomplete);
    write_notes(json, "warn", totals.partial);
    for (const Finding& finding : findings_)
      if (finding.count > finding.places.size())
        write_message(json, "warn",
                      fmt::format("{} stands in {} more places than are listed", finding.fingerprint,
                                  finding.count - finding.places.size()));
    json.close();
    json.close();
  }

  void write_location(JsonText& json, const Occurrence& place) const {
    json.open("location", '{');
    const std::string path = mask_path(place.path);
    json.text("file", path.empty() ? "stdin" : without_dot(path));
    json.open("commit", '{');
    if (place.commit && !place.commit->id.empty()) {
      json.text("author", fmt::format("{} <{}>", mask(place.commit->author), mask(place.commit->email)));
      json.text("date", place.commit->author_date);
      json.text("message", mask(place.commit->message));
    }
    json.text("sha", place.commit && !place.commit->id.empty() ? std::string_view(place.commit->id) : kNoCommit);
    json.close();
    if (place.begin.line != 0) {
      json.number("start_line", place.begin.line);
      json.number("end_line", place.end.line);
    }
    json.close();
  }

  static void write_detail(JsonText& json, std::string_view key, std::string_view name, std::string_view value) {
    json.open(key, '{');
    json.text("name", name);
    json.text("type", "text");
    json.text("value", value);
    json.close();
  }

  void write_more_details(JsonText& json, const Commit& commit) const {
    if (!commit.repository.empty()) write_detail(json, "repository", "Repository", mask(commit.repository));
    if (!commit.reachable.empty()) write_detail(json, "reachable", "Reachable through", commit.reachable);
    if (commit.at_or_before) write_detail(json, "at_or_before", "Introduced", "at or before this commit");
  }

  void write_place(JsonText& json, const Occurrence& place, const std::string& id) const {
    const Rule& rule = rule_of(place.rule);
    const bool path_only = is_path_only(place);
    json.open('{');
    json.text("id", id);
    json.text("name", at_most(title_of(rule), kNameCharacters));
    json.text("description", fmt::format("{}. Whoever can read it can use it.", title_of(rule)));
    json.text("severity", word_for_gitlab(place.severity));
    json.text("solution", at_most(next_step(*run_.catalogue, rule, place), kSolutionCharacters));
    if (!path_only) json.text("raw_source_code_extract", shown_form(rule, place.secret.reveal()));
    write_location(json, place);
    json.open("identifiers", '[');
    json.open('{');
    json.text("type", "staunch_rule_id");
    json.text("name", "staunch rule ID " + rule.id);
    json.text("value", rule.id);
    json.close();
    json.close();
    json.open("details", '{');
    write_detail(json, "confidence", "Confidence", word_of(place.confidence));
    write_detail(json, "fingerprint", "Fingerprint", place.fingerprint);
    if (place.commit) write_more_details(json, *place.commit);
    json.close();
    json.close();
  }

  std::string render(const Totals& totals) override {
    const Fingerprinter hash("");
    std::map<std::string, std::uint64_t> equals;  // places of one secret in one file of one commit so far
    std::string out;
    JsonText json(out, 1);
    json.open('{');
    json.text("version", kSchemaVersion);
    write_scan(json, totals);
    json.open("vulnerabilities", '[');
    for (const Occurrence& place : places_) {
      const std::string where = fmt::format("{}\n{}\n{}", place.fingerprint, place.commit ? place.commit->id : "",
                                            mask_path(without_dot(place.path)));
      const std::string name = hash.of(fmt::format("{}\n{}", where, equals[where]++));
      write_place(json, place, uuid(name.substr(name.find(':') + 1)));
    }
    json.close();
    json.close();
    return out += '\n';
  }
};

}  // namespace

std::unique_ptr<Sink> make_gitlab_report(ReportOptions options, Writer writer) {
  return std::make_unique<GitlabReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
