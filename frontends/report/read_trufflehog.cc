// trufflehog's JSON lines: a finding a line, and between them what it logs where both went to one file.
//
// Where a secret stands is told by SourceMetadata.Data, an object with one member a kind of source (Git, Filesystem,
// Github, S3 …), whose fields have the same names in all that have them. `Raw` is the secret; `Redacted` shows a part
// of it and is not read. Its detectors have names, not ids: rules are called "trufflehog-" and the name in lower case.
#include "frontends/report/foreign.h"
#include "frontends/report/lines.h"
#include "frontends/report/members.h"
#include "frontends/report/read_report.h"

namespace staunch {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// "2022-06-16 10:17:40 -0700 PDT" as RFC 3339; empty for what looks otherwise.
std::string date_of(const std::string& text) {
  static constexpr std::string_view kShape = "dddd-dd-dd dd:dd:dd sdddd";
  if (text.size() < kShape.size()) return text.find('T') == 10 ? text : "";
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9', sign = text[i] == '+' || text[i] == '-';
    if (kShape[i] == 'd' ? !digit : kShape[i] == 's' ? !sign : text[i] != kShape[i])
      return text.find('T') == 10 ? text : "";
  }
  return text.substr(0, 10) + "T" + text.substr(11, 8) + text.substr(20, 3) + ":" + text.substr(23, 2);
}

Commit commit_of(const Members& place) {
  Commit commit;
  commit.id = place.text("commit");
  const std::string person = place.text_if("email");
  const std::size_t open = person.rfind('<');
  if (open != person.npos && person.ends_with('>')) {
    commit.author = person.substr(0, open == 0 ? 0 : open - 1);
    commit.email = person.substr(open + 1, person.size() - open - 2);
  } else {
    commit.email = person;
  }
  commit.author_date = commit.commit_date = date_of(place.text_if("timestamp"));
  return commit;
}

ForeignPlace told_of(const Members& line) {
  ForeignPlace told;
  const std::string name = line.text("DetectorName");
  told.rule = "trufflehog-" + lower(name);
  told.description = name.empty() ? "" : name + " (a detector of trufflehog)";
  told.secret = line.text("Raw");
  told.whole_secret = !told.secret.empty();
  const bool verified = line.tells("Verified") && line.flag("Verified");
  told.confidence = verified ? Confidence::high : Confidence::medium;
  if (verified) told.reasons.emplace_back("trufflehog asked its issuer, and it worked");
  if (const std::string decoder = lower(line.text_if("DecoderName")); !decoder.empty() && decoder != "plain")
    told.decoded.push_back(decoder);
  const Members place = line.within("SourceMetadata").within_if("Data").first_within();
  for (const char* key : {"file", "path", "key", "link", "resource"})
    if (told.path.empty()) told.path = place.text_if(key);
  told.begin.line = told.end.line = place.number_if("line");
  if (!place.text_if("commit").empty()) told.commit = commit_of(place);
  return told;
}

}  // namespace

Result<Totals> read_trufflehog(const ReadJsonl& from, Sink& sink) {
  LineReader lines(from.fd, kMaxReportLine, from.begun);
  ForeignSink to(from, sink, "trufflehog");
  to.start();
  Totals totals;
  while (true) {
    const auto line = lines.next();
    const std::string place = fmt::format("{}:{}", from.name, lines.number());
    if (!line) return Error{line.error().what, place};
    if (!*line) break;
    if ((**line).find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (too_deep(**line, kMaxForeignNesting)) return Error{"brackets are nested too deep", place};
    const Json object = Json::parse(**line, nullptr, false);
    if (!object.is_object() && !lines.terminated()) {
      totals.incomplete.push_back({from.name, fmt::format("the report ends in the middle of line {}", lines.number())});
      break;
    }
    if (!object.is_object()) return Error{"not a JSON object", place};
    if (!object.contains("DetectorName") && object.contains("level")) continue;  // of its log
    std::string mistake;
    ForeignPlace told = told_of(Members(object, mistake));
    if (!mistake.empty()) return Error{mistake, place};
    if (const Status taken = to.place(std::move(told)); !taken) return taken.error();
  }
  if (!lines.broken().empty()) totals.incomplete.push_back({from.name, lines.broken()});
  totals.partial.push_back(silent_about_the_rest(from.name, "trufflehog"));
  return totals;
}

}  // namespace staunch
