#include "frontends/report/gitleaks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace staunch {

// Also of a secret that is too short to be hunted elsewhere.
std::string replace_all(std::string_view text, std::string_view part, std::string_view shown) {
  std::string out;
  std::size_t done = 0;
  if (!part.empty())
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, done)) {
      out += text.substr(done, at - done);
      out += shown;
      done = at + part.size();
    }
  return out += text.substr(done);
}

std::string GitleaksSink::shown_form(const Rule&, std::string_view secret) const {
  if (redaction().shows_all()) return std::string(secret);
  return redaction().percent < 100 ? partly_hidden(secret, redaction().percent) : "REDACTED";
}

void GitleaksSink::trim(Occurrence& place) {
  place.lines = Secret();
  place.line_before = Secret();
  place.reasons.clear();
  place.derived.clear();
}

std::string GitleaksSink::match_text(const Occurrence& place, const Rule& rule) const {
  if (place.begin.line == 0) return "file detected: " + mask_path(place.path);
  const std::string_view secret = place.secret.reveal(), match = place.match.reveal();
  return redaction().shows_all() ? std::string(match) : mask(replace_all(match, secret, shown_form(rule, secret)));
}

// The rule's, and what gitleaks has no key for.
std::vector<std::string> GitleaksSink::tags_of(const Occurrence& place, const Rule& rule) const {
  std::vector<std::string> tags = rule.tags;
  for (const std::string& kind : place.decoded) tags.push_back("decoded:" + kind);
  if (!place.decoded.empty()) tags.push_back(fmt::format("decode-depth:{}", place.decoded.size()));
  if (!place.commit) return tags;
  if (place.commit->at_or_before) tags.emplace_back("at-or-before");
  if (!place.commit->reachable.empty()) tags.push_back("reachable:" + place.commit->reachable);
  if (!place.commit->repository.empty()) tags.push_back("repository:" + mask(place.commit->repository));
  return tags;
}

// gitleaks counts the newline in front of a line as its first column.
static void count_as_gitleaks(GitleaksFields& fields) {
  if (fields.begin.line > 1) ++fields.begin.column;
  if (fields.end.line > 1) ++fields.end.column;
}

GitleaksFields GitleaksSink::fields_of(std::size_t index) const {
  const Occurrence& place = places_[index];
  const Finding& finding = findings_[finding_of_[index]];
  const Rule& rule = rule_of(place.rule);
  GitleaksFields fields;
  fields.rule = rule.id;
  fields.description = rule.description;
  fields.begin = place.match_begin;
  fields.end = place.match_end;
  if (options_.gitleaks) count_as_gitleaks(fields);
  fields.match = match_text(place, rule);
  if (!is_path_only(place)) fields.secret = shown_form(rule, place.secret.reveal());
  fields.file = mask_path(place.path);
  fields.entropy = place.entropy;
  if (place.commit) {
    fields.commit = place.commit->id;
    fields.author = mask(place.commit->author);
    fields.email = mask(place.commit->email);
    fields.date = place.commit->author_date;
    fields.message = mask(place.commit->message);
  }
  if (!place.commit && options_.gitleaks && run_.command == "git") fields.date = "0001-01-01T00:00:00Z";  // Go's zero
  fields.tags = tags_of(place, rule);
  fields.link = link_of(place);
  fields.fingerprint = mask(gitleaks_fingerprint(place, rule));
  fields.verdict = options_.verdict_of(finding.fingerprint);
  fields.mask = [this](std::string_view text) { return mask(text); };
  const bool last = *std::max_element(finding.places.begin(), finding.places.end()) == index;
  if (last) fields.more = finding.count - finding.places.size();
  return fields;
}

void write_gitleaks_object(JsonText& json, const GitleaksFields& fields) {
  json.open('{');
  json.text("RuleID", fields.rule);
  json.text("Description", fields.description);
  json.number("StartLine", fields.begin.line);
  json.number("EndLine", fields.end.line);
  json.number("StartColumn", fields.begin.column);
  json.number("EndColumn", fields.end.column);
  json.text("Match", fields.match);
  json.text("Secret", fields.secret);
  json.text("File", fields.file);
  json.text("SymlinkFile", "");
  json.text("Commit", fields.commit);
  if (!fields.link.empty()) json.text("Link", fields.link);
  json.real("Entropy", static_cast<float>(fields.entropy));
  json.text("Author", fields.author);
  json.text("Email", fields.email);
  json.text("Date", fields.date);
  json.text("Message", fields.message);
  json.open("Tags", '[');
  for (const std::string& tag : fields.tags) json.text(tag);
  json.close();
  json.text("Fingerprint", fields.fingerprint);
  if (fields.verdict) write_verdict(json, "Verdict", *fields.verdict, fields.mask);
  if (fields.more != 0) json.number("MoreOccurrences", fields.more);
  json.close();
}

}  // namespace staunch
