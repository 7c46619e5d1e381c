// The JSON report of gitleaks and betterleaks: an array of findings, `null` where a clean run of betterleaks wrote it.
//
// StartColumn and EndColumn are those of the match, and gitleaks counts one too many on all lines but the first; they
// are taken as told. A secret is redacted where it is "REDACTED" or, as --redact=N leaves it, ends in "...".
#include "frontends/report/foreign.h"
#include "frontends/report/members.h"

namespace staunch {
namespace {

Commit commit_of(const Members& entry) {
  Commit commit;
  commit.id = entry.text("Commit");
  commit.author = entry.text_if("Author");
  commit.email = entry.text_if("Email");
  commit.author_date = commit.commit_date = entry.text_if("Date");
  commit.message = entry.text_if("Message");
  return commit;
}

ForeignPlace told_of(const Members& entry) {
  static constexpr std::string_view kDecoded = "decoded:";
  ForeignPlace told;
  told.rule = entry.text("RuleID");
  told.description = entry.text_if("Description");
  told.path = entry.text("File");
  told.begin = {entry.number("StartLine"), entry.number_if("StartColumn")};
  told.end = {entry.number_if("EndLine"), entry.number_if("EndColumn")};
  told.secret = entry.text("Secret");
  told.match = entry.text_if("Match");
  const bool redacted = told.secret == "REDACTED" || told.secret.ends_with("...");
  told.whole_secret = !redacted && !told.secret.empty();
  if (told.secret == "REDACTED") told.secret = "…";
  if (entry.tells("Tags"))
    for (std::string& tag : entry.texts("Tags")) {
      if (tag.starts_with(kDecoded)) told.decoded.push_back(tag.substr(kDecoded.size()));
      told.tags.push_back(std::move(tag));
    }
  if (!entry.text_if("Commit").empty()) told.commit = commit_of(entry);
  return told;
}

}  // namespace

Result<Totals> read_gitleaks(const ReadJsonl& from, std::string_view text, Sink& sink) {
  const auto report = parse_whole(text, from.name);
  if (!report) return report.error();
  ForeignSink to(from, sink, "gitleaks");
  to.start();
  std::size_t number = 0;
  for (const Json& item : *report) {
    const std::string place = fmt::format("{}: entry {}", from.name, ++number);
    if (!item.is_object() || !item.contains("RuleID"))
      return Error{"this has no RuleID, so it is no entry of a gitleaks report", place};
    std::string mistake;
    ForeignPlace told = told_of(Members(item, mistake));
    if (!mistake.empty()) return Error{mistake, place};
    if (const Status taken = to.place(std::move(told)); !taken) return taken.error();
  }
  Totals totals;
  totals.partial.push_back(silent_about_the_rest(from.name, "gitleaks"));
  return totals;
}

}  // namespace staunch
