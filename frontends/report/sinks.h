// For the reports themselves: what they share, and one maker a format.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "frontends/report/json_text.h"
#include "frontends/report/redact.h"
#include "frontends/report/report.h"

namespace staunch {

// One secret with the places where it stands.
struct Finding {
  std::string fingerprint;
  std::uint32_t rule = 0;                   // the first occurrence's
  Severity severity = Severity::low;        // the highest of all occurrences
  Confidence confidence = Confidence::low;  // the highest of all occurrences
  std::uint64_t count = 0;
  std::vector<std::size_t> places;  // indices into FindingSink's places_, at most kMaxPlacesHeld, oldest commit first
};

// The reports that are written at the end: collects occurrences by fingerprint, then calls render() when all secrets
// are known to the redactor.
class FindingSink : public Sink {
 public:
  FindingSink(ReportOptions options, Writer writer);
  void start(const RunInfo& run) override;
  void occurrence(Occurrence occurrence) override;
  void settle() override;
  bool wanted() const override { return !writer_.error(); }
  Status finish(const Totals& totals) override;

 protected:
  virtual std::string shown_form(const Rule& rule, std::string_view secret) const;
  virtual void note(const Occurrence&) {}    // sees every occurrence, also those not held
  virtual void trim(Occurrence& place) = 0;  // drops what render() will not need
  virtual std::string render(const Totals& totals) = 0;
  // What a live run has seen and not told yet: a place of a finding, its first one where `fresh`.
  struct News {
    std::size_t finding, place;
    bool fresh;
  };
  // What is written of it at once; most formats can only be written whole.
  virtual std::string tell(const News&) const { return {}; }

  const Rule& rule_of(std::uint32_t index) const { return run_.catalogue->rules[index]; }
  Redaction redaction() const { return {options_.show_secrets, options_.redact_percent}; }
  std::string mask(std::string_view text) const { return redactor_.mask(text); }
  std::string mask_path(std::string_view path) const { return redactor_.mask_path(path); }
  // To the line on its code host: of places in files of commits, where a repository says where it can be looked at.
  std::string link_of(const Occurrence& place) const;

  ReportOptions options_;
  RunInfo run_;
  ReportRedactor redactor_;
  std::vector<Finding> findings_;  // in the order of their first occurrence
  std::vector<Occurrence> places_;
  std::vector<std::size_t> finding_of_;  // by place
  std::uint64_t occurrences_ = 0;

 private:
  Writer writer_;
  std::vector<News> news_;
  std::unordered_map<std::string, std::size_t> by_fingerprint_;
};

const Provider* provider_of(const Catalogue& catalogue, const Rule& rule);

// What a person does next about a finding of this rule at this place; of a canary token, nothing.
std::string next_step(const Catalogue& catalogue, const Rule& rule, const Occurrence& place);

// What the rule is called for people: its description, else its id.
std::string_view title_of(const Rule& rule);

// "and 7 more" for notes beyond kNotesListed; empty where there are none.
std::string notes_beyond(const std::vector<Note>& notes);

// Version and time of the scan come from the report that is read back, where one is.
void take_head(ReportOptions& options);

// `path` without "./" in front, for comparing.
std::string_view without_dot(std::string_view path);

// Whether the path itself is the finding: a rule that looks at paths alone. Of a secret in a file's name there is no
// line either, but it is a secret.
bool is_path_only(const Occurrence& occurrence);

// Whether the path is one of a file, and not what stands in its place (finding.h).
bool is_file(const Occurrence& occurrence);

// Of two dates of commits; what has none comes last.
bool is_earlier(std::string_view date, std::string_view other);

// Adds those that are new, up to kMaxBranches in all.
void add_branches(std::vector<std::string>& all, const std::vector<std::string>& more);

// A gitleaks fingerprint: `file:rule:line`, with `commit:` in front in a history.
std::string gitleaks_fingerprint(const Occurrence& occurrence, const Rule& rule);

std::unique_ptr<Sink> make_text_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_jsonl_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_json_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_sarif_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_junit_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_csv_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_gitlab_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_html_report(ReportOptions options, Writer writer);
std::unique_ptr<Sink> make_markdown_report(ReportOptions options, Writer writer);

}  // namespace staunch
