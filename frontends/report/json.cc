// The array of gitleaks' JSON report, its keys in its order, one space a level; `[]` where nothing was found.
//
// It differs from gitleaks' own in three ways: secrets are redacted unless asked for, columns are right on every line
// (gitleaks counts one too many after the first), and of one secret at most kMaxPlacesHeld places are listed, the last
// one then saying in `MoreOccurrences` how many there are besides.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontends/report/sinks.h"

namespace staunch {
namespace {

// `text` with every occurrence of `secret` replaced, also of one too short to be hunted elsewhere.
std::string replace_all(std::string_view text, std::string_view secret, std::string_view shown) {
  std::string out;
  std::size_t done = 0;
  if (!secret.empty())
    for (std::size_t at = text.find(secret); at != text.npos; at = text.find(secret, done)) {
      out += text.substr(done, at - done);
      out += shown;
      done = at + secret.size();
    }
  return out += text.substr(done);
}

class JsonReport : public FindingSink {
 public:
  using FindingSink::FindingSink;

 private:
  std::string shown_form(const Rule&, std::string_view secret) const override {
    if (redaction().shows_all()) return std::string(secret);
    return redaction().percent < 100 ? partly_hidden(secret, redaction().percent) : "REDACTED";
  }

  void trim(Occurrence& place) override {
    place.lines = Secret();
    place.line_before = Secret();
    place.reasons.clear();
    place.derived.clear();
  }

  std::string match_text(const Occurrence& place, const Rule& rule) const {
    if (place.begin.line == 0) return "file detected: " + mask(place.path);  // a path-only rule
    const std::string_view secret = place.secret.reveal(), match = place.match.reveal();
    return redaction().shows_all() ? std::string(match) : mask(replace_all(match, secret, shown_form(rule, secret)));
  }

  void write_tags(JsonText& json, const Occurrence& place, const Rule& rule) const {
    json.open("Tags", '[');
    for (const std::string& tag : rule.tags) json.text(tag);
    for (const std::string& kind : place.decoded) json.text("decoded:" + kind);
    if (!place.decoded.empty()) json.text(fmt::format("decode-depth:{}", place.decoded.size()));
    json.close();
  }

  void write_place(JsonText& json, const Occurrence& place, std::uint64_t more) const {
    const Rule& rule = rule_of(place.rule);
    const Commit commit = place.commit.value_or(Commit{});
    json.open('{');
    json.text("RuleID", rule.id);
    json.text("Description", rule.description);
    json.number("StartLine", place.match_begin.line);
    json.number("EndLine", place.match_end.line);
    json.number("StartColumn", place.match_begin.column);
    json.number("EndColumn", place.match_end.column);
    json.text("Match", match_text(place, rule));
    json.text("Secret", place.begin.line == 0 ? "" : shown_form(rule, place.secret.reveal()));
    json.text("File", mask(place.path));
    json.text("SymlinkFile", "");
    json.text("Commit", commit.id);
    json.real("Entropy", place.entropy);
    json.text("Author", mask(commit.author));
    json.text("Email", mask(commit.email));
    json.text("Date", commit.author_date);
    json.text("Message", mask(commit.message));
    write_tags(json, place, rule);
    json.text("Fingerprint", mask(gitleaks_fingerprint(place, rule)));
    if (more != 0) json.number("MoreOccurrences", more);
    json.close();
  }

  std::string render(const Totals&) override {
    std::string out;
    JsonText json(out, 1);
    json.open('[');
    for (std::size_t i = 0; i < places_.size(); ++i) {
      const Finding& finding = findings_[finding_of_[i]];
      const bool last = *std::max_element(finding.places.begin(), finding.places.end()) == i;
      write_place(json, places_[i], last ? finding.count - finding.places.size() : 0);
    }
    json.close();
    return out += '\n';
  }
};

}  // namespace

std::unique_ptr<Sink> make_json_report(ReportOptions options, Writer writer) {
  return std::make_unique<JsonReport>(std::move(options), std::move(writer));
}

}  // namespace staunch
