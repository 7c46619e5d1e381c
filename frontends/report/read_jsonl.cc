#include "frontends/report/read_jsonl.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <utility>

#include "frontends/report/dates.h"
#include "frontends/report/lines.h"
#include "frontends/report/members.h"
#include "frontends/report/small_file.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

// What every secret of a rule begins with, from the form that stands for them; so that one made of it stands for them
// in the same way.
std::string fixed_part(const std::string& redacted) {
  static constexpr std::string_view kRest = "…";
  const bool ends = redacted.size() >= kRest.size() && redacted.substr(redacted.size() - kRest.size()) == kRest;
  return ends ? redacted.substr(0, redacted.size() - kRest.size()) : "";
}

class JsonlReader {
 public:
  JsonlReader(const ReadJsonl& from, Sink& sink)
      : from_(from), sink_(sink), lines_(from.fd, kMaxReportLine, from.begun) {
    for (std::uint32_t i = 0; i < from.catalogue.rules.size(); ++i) {
      const Rule& rule = from.catalogue.rules[i];
      rules_.emplace(rule.id, i);
      for (const std::string& alias : rule.aliases) rules_.emplace(alias, i);
    }
    known_ = from.catalogue.rules.size();
  }

  Result<Totals> read() {
    while (true) {
      const auto line = lines_.next();
      if (!line) return mistake(line.error().what);
      if (!*line) break;
      if (const Status taken = take(**line); !taken) return taken.error();
    }
    if (!started_ && lines_.broken().empty())
      return Error{"this is no jsonl report: it does not begin with a start line", from_.name};
    if (!started_) return Error{lines_.broken(), from_.name};
    if (!lines_.broken().empty()) incomplete(lines_.broken());
    else if (cut_) incomplete(fmt::format("the report ends in the middle of line {}", lines_.number()));
    else if (!ended_) incomplete("the report ends without its summary: the scan was cut, or what it wrote was");
    return std::move(totals_);
  }

 private:
  Error mistake(std::string what) const {
    return Error{std::move(what), fmt::format("{}:{}", from_.name, lines_.number())};
  }

  void incomplete(std::string why) { totals_.incomplete.push_back({from_.name, std::move(why)}); }

  Status take(std::string_view text) {
    if (text.empty() || text == "\r") return Done{};
    if (too_deep(text, kMaxNesting)) return mistake(fmt::format("brackets are nested more than {} deep", kMaxNesting));
    const Json line = Json::parse(text, nullptr, false);
    if (!line.is_object() && !lines_.terminated() && started_) {
      cut_ = true;
      return Done{};
    }
    if (line.is_discarded()) return mistake("not valid JSON");
    if (!line.is_object()) return mistake("not a JSON object");
    std::string wrong;
    const Members members(line, wrong);
    const std::string type = members.text("type");
    if (wrong.empty()) wrong = take_line(type, members);
    if (!wrong.empty()) return mistake(type.empty() ? wrong : fmt::format("{} line: {}", type, wrong));
    return Done{};
  }

  // What is wrong with the line, or nothing.
  std::string take_line(const std::string& type, const Members& line) {
    if (type == "start" && started_) return "a second report begins here; give each in a file of its own";
    if (type != "start" && !started_) return "a report begins with its start line";
    if (ended_) return "there is nothing behind a summary";
    if (type == "start") return take_start(line);
    if (type == "occurrence") return take_occurrence(line);
    if (type == "finding") return take_finding(line);
    if (type == "summary") return take_summary(line);
    return "no line of a report has this type";
  }

  std::string take_start(const Members& line) {
    if (const std::uint64_t schema = line.number("schema"); line.mistake().empty() && schema != kReportSchema)
      return fmt::format("schema {} is not known here, {} is", schema, kReportSchema);
    RunInfo run;
    run.command = line.text("command");
    run.catalogue_digest = line.text("catalogue");
    const Members scope = line.within("scope");
    run.targets = scope.texts("targets");
    if (scope.has("repositories"))
      scope.each("repositories", [&](const Members& covered) { run.repositories.push_back(covered_of(covered)); });
    run.public_fingerprints = line.text("fingerprints") == "public";
    run.catalogue = &from_.catalogue;
    from_.read_back.version = line.text("version");
    if (line.has("started")) {
      const auto started = read_date(line.text("started"));
      if (!started) line.wrong("started", "a date and time in UTC");
      from_.read_back.started = started.value_or(0);
    }
    if (!line.mistake().empty()) return line.mistake();
    started_ = true;
    sink_.start(run);
    return "";
  }

  static CoveredRepository covered_of(const Members& covered) {
    CoveredRepository repository;
    repository.path = covered.text("repo");
    repository.scope = covered.text("scope");
    repository.refs = covered.number("refs");
    covered.each("tips", [&](const Members& tip) { repository.tips.push_back({tip.text("ref"), tip.text("commit")}); });
    if (covered.has("head")) repository.head = covered.text("head");
    if (covered.has("web")) repository.web = covered.text("web");
    return repository;
  }

  std::string take_occurrence(const Members& line) {
    Occurrence found;
    found.fingerprint = line.text("fingerprint");
    if (!is_fingerprint(found.fingerprint)) line.wrong("fingerprint", "sf1: and 32 hex digits");
    found.severity = line.word("severity", severity_of_word);
    found.confidence = line.word("confidence", confidence_of_word);
    found.check = line.word("check", outcome_of_word);
    found.decoded = line.texts("decoded");
    found.reasons = line.texts("reasons");
    found.derived = line.dictionary("derived");
    found.path = line.bytes("path", "path_bytes");
    from_.read_back.columns = {};
    from_.read_back.around.clear();
    if (line.has("line")) take_place(line, found);
    if (line.has("entropy")) found.entropy = line.real("entropy");
    take_secret(line, found);
    if (found.begin.line != 0) take_match(line, found);
    if (line.has("commit") || line.has("versions")) found.commit = commit_of(line);
    take_rule(line, found);
    if (line.has("parts")) line.each("parts", [&](const Members& part) { take_part(part, found); });
    if (!line.mistake().empty()) return line.mistake();
    ++occurrences_;
    sink_.occurrence(std::move(found));
    return "";
  }

  // Of a finding line only the verdict says more than the occurrences did.
  std::string take_finding(const Members& line) {
    if (!line.has("verdict")) return "";
    const std::string fingerprint = line.text("fingerprint");
    const Members told = line.within("verdict");
    Verified verdict;
    verdict.state = told.text("state");
    if (told.has("host")) verdict.host = told.text("host");
    if (told.has("why")) verdict.why = told.text("why");
    if (told.has("checked_at")) verdict.checked_at = told.text("checked_at");
    if (told.has("told")) verdict.told = told.dictionary("told");
    if (!line.mistake().empty()) return line.mistake();
    from_.read_back.verdicts.insert_or_assign(fingerprint, std::move(verdict));
    return "";
  }

  void take_part(const Members& line, Occurrence& found) {
    Part part;
    const std::string id = line.text("rule");
    const auto known = rules_.find(id);
    if (known == rules_.end()) return;  // of another catalogue: the secret stands for itself
    part.rule = known->second;
    const Members secret = line.within("secret");
    part.secret = Secret(secret.has("value") ? secret.bytes("value", "value_bytes") : secret.text("redacted"));
    part.begin = {line.number("line"), line.number("column")};
    part.offset = line.number("offset");
    part.length = line.number("length");
    found.parts.push_back(std::move(part));
  }

  void take_place(const Members& line, Occurrence& found) {
    found.begin = {line.number("line"), line.number("column")};
    found.end = {line.number("end_line"), line.number("end_column")};
    found.offset = line.number("offset");
    found.length = line.number("length");
    if (found.begin.line == 0) line.wrong("line", "1 or more");
    if (line.has("column_utf16"))
      from_.read_back.columns = {line.number("column_utf16"), line.number("end_column_utf16") + 1};
  }

  void take_secret(const Members& line, Occurrence& found) {
    const Members secret = line.within("secret");
    const std::string redacted = secret.text("redacted");
    const bool told = secret.has("value");
    const bool path_only = found.begin.line == 0 && !(line.has("in_name") && line.flag("in_name"));
    from_.read_back.length = secret.has("length") ? secret.number("length") : 0;
    from_.read_back.stand_in = !told && !path_only;
    if (path_only) return;
    if (told) found.secret = Secret(secret.bytes("value", "value_bytes"));
    else found.secret = Secret(redacted);
  }

  void take_match(const Members& line, Occurrence& found) {
    found.match = found.secret;
    found.match_begin = found.begin;
    found.match_end = found.end;
    if (!line.has("match")) return;
    const Members match = line.within("match");
    found.match_begin = {match.number("line"), match.number("column")};
    found.match_end = {match.number("end_line"), match.number("end_column")};
    if (!match.has("around")) return;
    const std::vector<std::string> around = match.texts("around");
    found.match = Secret(fmt::format("{}", fmt::join(around, found.secret.reveal())));
    for (const std::string& piece : around) from_.read_back.around.emplace_back(piece);
  }

  static Commit commit_of(const Members& line) {
    Commit commit;
    if (line.has("commit")) {
      commit.id = line.text("commit");
      commit.author = line.text("author");
      commit.email = line.text("email");
      commit.author_date = line.text("author_date");
      commit.commit_date = line.text("commit_date");
      commit.message = line.text("message");
    }
    commit.blob = line.text("blob");
    commit.versions = line.number("versions");
    commit.in_head = line.flag("in_head");
    if (line.has("at_or_before")) commit.at_or_before = line.flag("at_or_before");
    if (line.has("reachable")) commit.reachable = line.text("reachable");
    if (line.has("branches")) commit.branches = line.texts("branches");
    if (line.has("repository")) commit.repository = line.text("repository");
    return commit;
  }

  // The catalogue's rule of this id, or one made from what the line says of it.
  void take_rule(const Members& line, Occurrence& found) {
    const std::string id = line.text("rule");
    if (const auto known = rules_.find(id); known != rules_.end()) found.rule = known->second;
    else make_rule(id, line, found);
    // The first secret of a made rule that a line tells says what its secrets begin with.
    if (!line.mistake().empty() || found.rule < known_ || found.secret.reveal().empty()) return;
    Rule& made = from_.catalogue.rules[found.rule];
    if (made.format.prefix.empty()) made.format.prefix = fixed_part(line.within("secret").text("redacted"));
  }

  void make_rule(const std::string& id, const Members& line, Occurrence& found) {
    if (from_.catalogue.rules.size() - known_ >= kMaxUnknownRules)
      line.wrong("rule", fmt::format("in the catalogue: {} are not", kMaxUnknownRules));
    if (!line.mistake().empty()) return;
    Rule rule;
    rule.id = id;
    rule.description = line.text("description");
    if (line.has("provider")) rule.provider = line.text("provider");
    if (line.has("tags")) rule.tags = line.texts("tags");
    rule.severity = found.severity;
    rule.confidence = found.confidence;
    found.rule = static_cast<std::uint32_t>(from_.catalogue.rules.size());
    rules_.emplace(id, found.rule);
    from_.catalogue.rules.push_back(std::move(rule));
  }

  std::string take_summary(const Members& line) {
    totals_.bytes = line.number("bytes");
    totals_.items = line.number("items");
    totals_.commits = line.number("commits");
    totals_.blobs = line.number("blobs");
    if (line.has("merges")) totals_.merges = line.number("merges");
    if (line.has("missing")) totals_.missing = line.number("missing");
    totals_.seconds = line.real("seconds");
    totals_.skipped = line.notes("skipped");
    totals_.partial = line.notes("partial");
    totals_.incomplete = line.notes("incomplete");
    add(line.within("suppressed"), from_.suppressed);
    if (const std::uint64_t told = line.number("occurrences"); told != occurrences_)
      incomplete(fmt::format("the summary counts {} occurrences, {} are there", told, occurrences_));
    if (!line.flag("complete") && totals_.incomplete.empty()) incomplete("its summary says that it is not complete");
    ended_ = true;
    return line.mistake();
  }

  static void add(const Members& held, Suppressed& sum) {
    sum.inline_tags += held.number("inline_tags");
    sum.ignore_file += held.number("ignore_file");
    sum.baseline += held.number("baseline");
    sum.confidence += held.number("confidence");
    for (std::string& entry : held.texts("dead_ignores")) sum.dead_ignores.push_back(std::move(entry));
    for (std::string& entry : held.texts("dead_baseline")) sum.dead_baseline.push_back(std::move(entry));
  }

  const ReadJsonl& from_;
  Sink& sink_;
  LineReader lines_;
  std::unordered_map<std::string, std::uint32_t> rules_;  // by id and former ids
  std::size_t known_ = 0;
  bool started_ = false, ended_ = false, cut_ = false;
  std::uint64_t occurrences_ = 0;
  Totals totals_;
};

}  // namespace

Result<Totals> read_jsonl(const ReadJsonl& from, Sink& sink) { return JsonlReader(from, sink).read(); }

}  // namespace staunch
