// The native stream: start, each occurrence as it becomes known, then findings and the summary. A report without its
// summary is incomplete by definition. schema/staunch.schema.json describes every line.
//
// Occurrences of one file or one commit are held back until the next one begins, so that its path, author and message
// are masked with all secrets found in it; a stream has none of these and is never held back. A secret that is found
// only later than a path or message which mentions it is the one leak that a report written on the fly cannot mend.
// The text of a line is not written for the same reason: it may hold what is found only later. Names of refs in the
// start line are written before anything is known.
//
// `staunch report` makes the other formats from this one (read_jsonl.h), so what they need stands here: the match with
// its own secret cut out, columns in UTF-16 units, entropy, the rule's tags.
#include <algorithm>
#include <utility>

#include "frontends/report/columns.h"
#include "frontends/report/dates.h"
#include "frontends/report/sinks.h"
#include "frontends/report/utf8.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxHeldBack = 1000;  // occurrences of one file or commit

// What the finding line needs of all the occurrences of one secret.
struct Sum {
  std::string fingerprint;
  std::uint32_t rule = 0;
  Severity severity = Severity::low;
  Confidence confidence = Confidence::low;
  std::string redacted;
  std::uint64_t length = 0;  // 0: not told
  Secret value;              // only where secrets are shown
  bool shown = false;
  std::uint64_t count = 0;
  std::string path, commit, commit_date;  // of the first
  bool in_history = false, in_head = false;
  std::vector<std::string> branches;
};

// An occurrence that waits for the end of its item, with what is worked out from texts that are dropped before.
struct Held {
  Occurrence occurrence;
  Utf16Columns columns;
  std::vector<Secret> around;  // the match without the secret: before it, between its copies, behind; not in a stream
  bool in_name = false;        // of a file: a secret without a line
};

std::vector<Secret> pieces_around(std::string_view match, std::string_view secret) {
  std::vector<Secret> pieces;
  for (std::size_t at; !secret.empty() && (at = match.find(secret)) != match.npos;) {
    pieces.emplace_back(match.substr(0, at));
    match.remove_prefix(at + secret.size());
  }
  pieces.emplace_back(match);
  return pieces;
}

class JsonlReport : public Sink {
 public:
  JsonlReport(ReportOptions options, Writer writer)
      : options_(std::move(options)),
        redaction_{options_.show_secrets, options_.redact_percent},
        writer_(std::move(writer)) {}

  void start(const RunInfo& run) override {
    run_ = run;
    take_head(options_);
    std::string line;
    JsonText json(line);
    json.open('{');
    json.text("type", "start");
    json.number("schema", kReportSchema);
    json.text("version", options_.version);
    json.text("started", date_text(options_.started) + "Z");
    json.text("catalogue", run.catalogue_digest);
    json.text("command", run.command);
    json.open("scope", '{');
    write_list(json, "targets", run.targets);
    if (!run.repositories.empty()) {
      json.open("repositories", '[');
      for (const CoveredRepository& repository : run.repositories) write_covered(json, repository);
      json.close();
    }
    json.close();
    json.text("fingerprints", run.public_fingerprints ? "public" : "keyed");
    json.close();
    put(line);
  }

  void occurrence(Occurrence occurrence) override {
    const auto same = [](const Occurrence& a, const Occurrence& b) {
      return a.commit && b.commit ? a.commit->id == b.commit->id : a.path == b.path;
    };
    if (!held_.empty() && (held_.size() >= kMaxHeldBack || !same(held_.back().occurrence, occurrence))) write_held();
    sum_up(occurrence);
    Held held;
    if (options_.read_back != nullptr) {
      held.columns = options_.read_back->columns;
      held.around = options_.read_back->around;
    } else {
      held.columns = utf16_columns(occurrence);
      if (!run_.live) held.around = pieces_around(occurrence.match.reveal(), occurrence.secret.reveal());
    }
    held.in_name = occurrence.begin.line == 0 && !is_path_only(occurrence);
    occurrence.lines = occurrence.line_before = occurrence.match = occurrence.secret = Secret();
    held.occurrence = std::move(occurrence);
    held_.push_back(std::move(held));
  }

  void settle() override { write_held(); }
  bool wanted() const override { return !writer_.error(); }

  Status finish(const Totals& totals) override {
    write_held();
    for (const Sum& sum : sums_) write_finding(sum);
    write_summary(totals);
    return writer_.finish();
  }

 private:
  static void write_covered(JsonText& json, const CoveredRepository& repository) {
    json.open('{');
    json.text("repo", repository.path);
    json.text("scope", repository.scope);
    json.number("refs", repository.refs);
    json.open("tips", '[');
    for (const CoveredRepository::Tip& tip : repository.tips) {
      json.open('{');
      json.text("ref", tip.ref);
      json.text("commit", tip.commit);
      json.close();
    }
    json.close();
    if (!repository.head.empty()) json.text("head", repository.head);
    if (!repository.web.empty()) json.text("web", repository.web);
    json.close();
  }

  void write_held() {
    for (const Held& held : held_) write_occurrence(held);
    held_.clear();
  }

  void write_occurrence(const Held& held) {
    const Occurrence& occurrence = held.occurrence;
    std::string line;
    JsonText json(line);
    json.open('{');
    json.text("type", "occurrence");
    write_finding_head(json, occurrence, sums_[by_fingerprint_.at(occurrence.fingerprint)]);
    write_place(json, held);
    if (occurrence.commit) write_commit(json, *occurrence.commit);
    json.close();
    put(line);
  }

  void put(std::string& line) {
    line += '\n';
    writer_.write(line);
    writer_.pass_on();
  }

  const Rule& rule_of(std::uint32_t index) const { return run_.catalogue->rules[index]; }

  void sum_up(const Occurrence& occurrence) {
    const auto [entry, fresh] = by_fingerprint_.emplace(occurrence.fingerprint, sums_.size());
    if (fresh) sums_.push_back(first_of(occurrence));
    Sum& sum = sums_[entry->second];
    ++sum.count;
    sum.severity = std::max(sum.severity, occurrence.severity);
    sum.confidence = std::max(sum.confidence, occurrence.confidence);
    if (!redaction_.shows_all())
      for (const Part& part : occurrence.parts) redactor_.add(part.secret.reveal(), redacted_part(part));
    if (!occurrence.commit) return;
    const Commit& commit = *occurrence.commit;
    sum.in_head |= commit.in_head;
    add_branches(sum.branches, commit.branches);
    if (!sum.in_history || is_earlier(commit.commit_date, sum.commit_date)) {
      sum.in_history = true;
      sum.path = occurrence.path;
      sum.commit = commit.id;
      sum.commit_date = commit.commit_date;
    }
  }

  Sum first_of(const Occurrence& occurrence) {
    const Rule& rule = rule_of(occurrence.rule);
    const std::string_view secret = occurrence.secret.reveal();
    Sum sum;
    sum.fingerprint = occurrence.fingerprint;
    sum.rule = occurrence.rule;
    const ReadBack* read_back = options_.read_back.get();
    const bool stand_in = read_back != nullptr && read_back->stand_in, show = redaction_.shows_all();
    sum.shown = show && !stand_in;
    if (sum.shown) sum.value = occurrence.secret;
    const Redaction form = show ? Redaction{} : redaction_;
    sum.redacted = show && stand_in ? std::string(secret) : redacted_form(rule, secret, form);
    if (read_back != nullptr) sum.length = read_back->length;
    else if (has_fixed_length(rule.format, secret.size())) sum.length = secret.size();
    sum.path = occurrence.path;
    if (!redaction_.shows_all()) redactor_.add(secret, sum.redacted);
    return sum;
  }

  static void write_value(JsonText& json, std::string_view value) {
    json.text("value", value);
    if (!valid_utf8(value)) json.text("value_bytes", base64(value));
  }

  void write_secret(JsonText& json, const Sum& sum) const {
    json.open("secret", '{');
    json.text("redacted", sum.redacted);
    if (sum.length != 0) json.number("length", sum.length);
    if (sum.shown) write_value(json, sum.value.reveal());
    json.close();
  }

  std::string redacted_part(const Part& part) const {
    return redacted_form(rule_of(part.rule), part.secret.reveal(), redaction_.shows_all() ? Redaction{} : redaction_);
  }

  void write_parts(JsonText& json, const Occurrence& occurrence) const {
    if (occurrence.parts.empty()) return;
    const bool told = redaction_.shows_all() && (options_.read_back == nullptr || !options_.read_back->stand_in);
    json.open("parts", '[');
    for (const Part& part : occurrence.parts) {
      json.open('{');
      json.text("rule", rule_of(part.rule).id);
      json.open("secret", '{');
      json.text("redacted", redacted_part(part));
      if (told) write_value(json, part.secret.reveal());
      json.close();
      json.number("line", part.begin.line);
      json.number("column", part.begin.column);
      json.number("offset", part.offset);
      json.number("length", part.length);
      json.close();
    }
    json.close();
  }

  void write_list(JsonText& json, std::string_view name, const std::vector<std::string>& texts) const {
    json.open(name, '[');
    for (const std::string& text : texts) json.text(redactor_.mask(text));
    json.close();
  }

  void write_finding_head(JsonText& json, const Occurrence& occurrence, const Sum& sum) const {
    const Rule& rule = rule_of(occurrence.rule);
    json.text("fingerprint", occurrence.fingerprint);
    json.text("rule", rule.id);
    if (!rule.provider.empty()) json.text("provider", rule.provider);
    json.text("description", rule.description);
    json.text("severity", word_of(occurrence.severity));
    json.text("confidence", word_of(occurrence.confidence));
    write_secret(json, sum);
    json.text("check", word_of(occurrence.check));
    write_list(json, "decoded", occurrence.decoded);
    json.open("derived", '{');
    for (const auto& [name, value] : occurrence.derived) json.text(name, redactor_.mask(value));
    json.close();
    write_list(json, "reasons", occurrence.reasons);
    write_parts(json, occurrence);
    if (!rule.tags.empty()) write_list(json, "tags", rule.tags);
  }

  void write_path(JsonText& json, const std::string& path) const {
    const std::string masked = redactor_.mask_path(path);
    json.text("path", masked);
    if (!valid_utf8(masked)) json.text("path_bytes", base64(masked));
  }

  void write_place(JsonText& json, const Held& held) const {
    const Occurrence& occurrence = held.occurrence;
    write_path(json, occurrence.path);
    if (occurrence.begin.line == 0) {  // a path-only rule, or a secret in a file's name
      if (!held.in_name) return;
      json.flag("in_name", true);
      json.real("entropy", occurrence.entropy);
      return;
    }
    json.number("line", occurrence.begin.line);
    json.number("column", occurrence.begin.column);
    json.number("end_line", occurrence.end.line);
    json.number("end_column", occurrence.end.column);
    json.number("offset", occurrence.offset);
    json.number("length", occurrence.length);
    if (held.columns.begin != 0) {
      json.number("column_utf16", held.columns.begin);
      json.number("end_column_utf16", held.columns.end - 1);
    }
    json.real("entropy", occurrence.entropy);
    json.open("match", '{');
    json.number("line", occurrence.match_begin.line);
    json.number("column", occurrence.match_begin.column);
    json.number("end_line", occurrence.match_end.line);
    json.number("end_column", occurrence.match_end.column);
    if (!held.around.empty()) json.open("around", '[');
    for (const Secret& piece : held.around) json.text(redactor_.mask(piece.reveal()));
    if (!held.around.empty()) json.close();
    json.close();
  }

  void write_commit(JsonText& json, const Commit& commit) const {
    if (!commit.id.empty()) {
      json.text("commit", commit.id);
      json.text("author", redactor_.mask(commit.author));
      json.text("email", redactor_.mask(commit.email));
      json.text("author_date", commit.author_date);
      json.text("commit_date", commit.commit_date);
      json.text("message", redactor_.mask(commit.message));
    }
    json.text("blob", commit.blob);
    json.number("versions", commit.versions);
    json.flag("in_head", commit.in_head);
    if (commit.at_or_before) json.flag("at_or_before", true);
    if (!commit.reachable.empty()) json.text("reachable", commit.reachable);
    if (!commit.branches.empty()) write_list(json, "branches", commit.branches);
    if (!commit.repository.empty()) json.text("repository", redactor_.mask(commit.repository));
  }

  void write_finding(const Sum& sum) {
    std::string line;
    JsonText json(line);
    json.open('{');
    json.text("type", "finding");
    json.text("fingerprint", sum.fingerprint);
    json.text("rule", rule_of(sum.rule).id);
    json.text("severity", word_of(sum.severity));
    json.text("confidence", word_of(sum.confidence));
    write_secret(json, sum);
    json.number("occurrences", sum.count);
    json.open("first", '{');
    write_path(json, sum.path);
    if (!sum.commit.empty()) {
      json.text("commit", sum.commit);
      json.text("commit_date", sum.commit_date);
    }
    json.close();
    if (sum.in_history) json.flag("in_head", sum.in_head);
    if (!sum.branches.empty()) write_list(json, "branches", sum.branches);
    if (const Verified* verdict = options_.verdict_of(sum.fingerprint))
      write_verdict(json, "verdict", *verdict, [this](std::string_view text) { return redactor_.mask(text); });
    json.close();
    line += '\n';
    writer_.write(line);
  }

  void write_notes(JsonText& json, std::string_view name, const std::vector<Note>& notes) const {
    json.open(name, '[');
    for (const Note& note : notes) {
      json.open('{');
      const std::string what = redactor_.mask(note.what);
      json.text("what", what);
      if (!valid_utf8(what)) json.text("what_bytes", base64(what));  // a path, as a rule
      json.text("why", redactor_.mask(note.why));
      json.close();
    }
    json.close();
  }

  void write_suppressed(JsonText& json) const {
    const Suppressed none;
    const Suppressed& suppressed = options_.suppressed == nullptr ? none : *options_.suppressed;
    json.open("suppressed", '{');
    json.number("inline_tags", suppressed.inline_tags);
    json.number("ignore_file", suppressed.ignore_file);
    json.number("baseline", suppressed.baseline);
    json.number("confidence", suppressed.confidence);
    write_list(json, "dead_ignores", suppressed.dead_ignores);
    write_list(json, "dead_baseline", suppressed.dead_baseline);
    json.close();
  }

  void write_summary(const Totals& totals) {
    std::uint64_t occurrences = 0;
    for (const Sum& sum : sums_) occurrences += sum.count;
    std::string line;
    JsonText json(line);
    json.open('{');
    json.text("type", "summary");
    json.flag("complete", totals.incomplete.empty());
    json.number("findings", sums_.size());
    json.number("occurrences", occurrences);
    json.number("bytes", totals.bytes);
    json.number("items", totals.items);
    json.number("commits", totals.commits);
    json.number("merges", totals.merges);
    json.number("blobs", totals.blobs);
    json.number("missing", totals.missing);
    json.real("seconds", totals.seconds);
    write_suppressed(json);
    write_notes(json, "skipped", totals.skipped);
    write_notes(json, "partial", totals.partial);
    write_notes(json, "incomplete", totals.incomplete);
    json.close();
    put(line);
  }

  ReportOptions options_;
  Redaction redaction_;
  Writer writer_;
  RunInfo run_;
  ReportRedactor redactor_;
  std::vector<Held> held_;
  std::vector<Sum> sums_;
  std::unordered_map<std::string, std::size_t> by_fingerprint_;
};

}  // namespace

std::unique_ptr<Sink> make_jsonl_report(ReportOptions options, Writer writer) {
  return std::make_unique<JsonlReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
