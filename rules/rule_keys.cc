// gitleaks' keys first, then our own; both stand in either kind of file. Sources: facts of the gitleaks schema are
// https://github.com/gitleaks/gitleaks#configuration and its config package.
#include "rules/rule_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "rules/letters.h"

namespace staunch {

// Found by the templates of key_table.h through their last argument, so they cannot be in the unnamed namespace.
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Check& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Format& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Required& out);

namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMaxLength = 1 << 16;  // of a credential, in characters

constexpr Word<Severity> kSeverities[] = {
    {"low", Severity::low}, {"medium", Severity::medium}, {"high", Severity::high}, {"critical", Severity::critical}};
constexpr Word<Confidence> kConfidences[] = {
    {"low", Confidence::low}, {"medium", Confidence::medium}, {"high", Confidence::high}};
constexpr Word<Proof> kProofs[] = {
    {"vendor", Proof::vendor}, {"two-tools", Proof::two_tools}, {"inferred", Proof::inferred}};
constexpr Word<OnFail> kOnFails[] = {{"drop", OnFail::drop}, {"lower", OnFail::lower}};
constexpr Word<AllowTarget> kTargets[] = {{"secret", AllowTarget::secret},
                                          {"match", AllowTarget::match},
                                          {"line", AllowTarget::line},
                                          {"", AllowTarget::secret}};
constexpr Word<bool> kConditions[] = {{"OR", false}, {"AND", true}, {"||", false}, {"&&", true}, {"", false}};

void set_id(Reading& reading, const TomlEntry& entry, Rule& rule) {
  if (read_value(reading, entry.key, entry.value, rule.id)) report_odd_id(reading, entry);
}

void set_severity(Reading& reading, const TomlEntry& entry, Rule& rule) {
  rule.severity_stated = read_word(reading, entry.key, entry.value, kSeverities, rule.severity);
}

void set_confidence(Reading& reading, const TomlEntry& entry, Rule& rule) {
  rule.confidence_stated = read_word(reading, entry.key, entry.value, kConfidences, rule.confidence);
}

void set_proof(Reading& reading, const TomlEntry& entry, Rule& rule) {
  read_word(reading, entry.key, entry.value, kProofs, rule.proof);
}

void set_on_fail(Reading& reading, const TomlEntry& entry, Check& check) {
  read_word(reading, entry.key, entry.value, kOnFails, check.on_fail);
}

void set_target(Reading& reading, const TomlEntry& entry, Allowlist& list) {
  read_word(reading, entry.key, entry.value, kTargets, list.target);
}

void set_condition(Reading& reading, const TomlEntry& entry, Allowlist& list) {
  read_word(reading, entry.key, entry.value, kConditions, list.all);
}

constexpr Key<Check> kCheckKeys[] = {
    {"kind", set<&Check::kind>},
    {"prefix", set_in<&Check::prefix, 0, kMaxLength>},
    {"on_fail", set_on_fail},
};

constexpr Key<Format> kFormatKeys[] = {
    {"prefix", set<&Format::prefix>},
    {"alphabet", set<&Format::alphabet>},
    {"length", set_in<&Format::length, 1, kMaxLength>},
    {"suffix", set<&Format::suffix>},
    {"check", set<&Format::check>},
    {"template", set<&Format::template_>},
    {"forms", set<&Format::forms>},
};

constexpr Key<Required> kRequiredKeys[] = {
    {"id", set<&Required::id>},
    {"withinLines", set_in<&Required::within_lines, 0, kNoLimit>},
    {"within_lines", set_in<&Required::within_lines, 0, kNoLimit>},
    {"withinColumns", set_in<&Required::within_columns, 0, kNoLimit>},
    {"within_columns", set_in<&Required::within_columns, 0, kNoLimit>},
};

constexpr Key<Allowlist> kAllowlistKeys[] = {
    {"description", set<&Allowlist::description>},
    {"condition", set_condition},
    {"regexTarget", set_target},
    {"regex_target", set_target},
    {"commits", set<&Allowlist::commits>},
    {"paths", set<&Allowlist::paths>},
    {"regexes", set<&Allowlist::regexes>},
    {"stopwords", set<&Allowlist::stopwords>},
    {"targetRules", set<&Allowlist::target_rules>},
    {"target_rules", set<&Allowlist::target_rules>},
};

constexpr Key<Rule> kRuleKeys[] = {
    {"id", set_id},
    {"description", set<&Rule::description>},
    {"regex", set<&Rule::regex>},
    {"path", set<&Rule::path>},
    {"keywords", set<&Rule::keywords>},
    {"secretGroup", set_in<&Rule::secret_group, 0, 1000>},
    {"secret_group", set_in<&Rule::secret_group, 0, 1000>},
    {"every_group", set<&Rule::every_group>},
    {"entropy", set_in<&Rule::entropy, 0, 8>},
    {"tags", set<&Rule::tags>},
    {"allowlists", set<&Rule::allowlists>},
    {"allowlist", set<&Rule::allowlists>, Known::in_configurations},
    {"required", set<&Rule::required>},
    {"half_of", set<&Rule::half_of>},
    {"skipReport", set<&Rule::skip_report>},
    {"skip_report", set<&Rule::skip_report>},

    {"severity", set_severity},
    {"confidence", set_confidence},
    {"check", set<&Rule::check>},
    {"format", set<&Rule::format>},
    {"proof", set_proof},
    {"source", set<&Rule::source>},
    {"no_secret", set<&Rule::no_secret>},
    {"generic", set<&Rule::generic>},
    {"guessable", set<&Rule::guessable>},
    {"scored", set<&Rule::scored>},
    {"named", set<&Rule::named>},
    {"self_made", set<&Rule::self_made>},
    {"aliases", set<&Rule::aliases>},
    {"samples", set<&Rule::samples>},
    {"decoys", set<&Rule::decoys>},
};

void report_missing(Reading& reading, Spot spot, std::string_view what, std::string_view needs) {
  reading.error(spot, fmt::format("{} needs {}", what, needs));
}

void report_format(Reading& reading, const TomlValue& value, const Format& format) {
  const bool shape = states(reading, value, "alphabet") && states(reading, value, "length");
  if (format.template_.empty() && !shape)
    report_missing(reading, value.spot, "a format", "alphabet and length, or a template");
}

// gitleaks compares keywords and commits in lower case, whatever the file says; and calls a rule generic by its id.
void read_as_gitleaks(const Reading& reading, const TomlValue& value, Rule& rule) {
  for (std::string& keyword : rule.keywords) keyword = lower(keyword);
  if (!states(reading, value, "generic")) rule.generic = lower(rule.id).find("generic") != std::string::npos;
}

// The key has a meaning in lists of the whole file only.
void report_targets(Reading& reading, const Rule& rule) {
  for (const Allowlist& list : rule.allowlists) {
    if (list.target_rules.empty()) continue;
    const Spot spot = {list.place.line, list.place.column};
    std::string message = fmt::format("'targetRules' means nothing in an allowlist of rule '{}'", rule.id);
    std::string hint = "it belongs into a global [[allowlists]]";
    if (reading.strict()) reading.error(spot, std::move(message), std::move(hint));
    else reading.warning(spot, std::move(message), std::move(hint));
  }
}

bool check_rule(Reading& reading, const TomlValue& value, const Rule& rule) {
  const std::size_t errors = reading.errors;
  report_targets(reading, rule);
  if (!states(reading, value, "id")) report_missing(reading, value.spot, "a rule", "an id");
  if (reading.strict() && !states(reading, value, "regex") && !states(reading, value, "path"))
    report_missing(reading, value.spot, fmt::format("rule '{}'", rule.id), "a regex or a path");
  if (rule.confidence == Confidence::high) {
    const TomlEntry* entry = find_entry(reading, std::get<TomlTable>(value.is), "confidence");
    const Spot spot = entry ? entry->value.spot : value.spot;
    if (rule.proof == Proof::inferred)
      reading.error(spot, fmt::format("rule '{}' is inferred, so its confidence is medium at most", rule.id),
                    "name a source that proves the format, or lower the confidence");
    if (!rule.no_secret.empty())
      reading.error(spot, fmt::format("rule '{}' finds no secret, so its confidence is medium at most", rule.id),
                    "lower the confidence, or leave out 'no_secret'");
  }
  return reading.errors == errors;
}

}  // namespace

bool states(const Reading& reading, const TomlValue& table, std::string_view key) {
  const TomlEntry* entry = find_entry(reading, std::get<TomlTable>(table.is), key);
  if (!entry) return false;
  const std::string* text = std::get_if<std::string>(&entry->value.is);
  return !text || !text->empty();
}

void report_odd_id(Reading& reading, const TomlEntry& entry) {
  const std::string* id = std::get_if<std::string>(&entry.value.is);
  if (!id) return;
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  if (id->size() > kMaxIdBytes)
    reading.error(entry.value.spot, fmt::format("an id of {} bytes; {} is the most", id->size(), kMaxIdBytes));
  else if (reading.strict() && id->find_first_not_of(kPlain) != id->npos)
    reading.error(entry.value.spot, fmt::format("the id '{}' has other characters than a-z, 0-9, '-', '.', '_'", *id));
}

void report_two_allowlists(Reading& reading, const TomlTable& table) {
  const TomlEntry* old = find_entry(reading, table, "allowlist");
  if (old && find_entry(reading, table, "allowlists"))
    reading.error(old->spot, "'allowlist' and 'allowlists' stand here together", "move it into [[allowlists]]");
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Check& out) {
  const bool right = read_table(reading, key, value, kCheckKeys, out);
  if (right && out.kind.empty()) report_missing(reading, value.spot, "a check", "a kind");
  return right;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Format& out) {
  const bool right = read_table(reading, key, value, kFormatKeys, out);
  if (right) report_format(reading, value, out);
  return right;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Required& out) {
  out.place = reading.place(value.spot);
  const bool right = read_table(reading, key, value, kRequiredKeys, out);
  if (right && out.id.empty()) report_missing(reading, value.spot, fmt::format("'{}'", key), "the id of a rule");
  return right && !out.id.empty();
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Allowlist& out) {
  out.place = reading.place(value.spot);
  const bool right = read_table(reading, key, value, kAllowlistKeys, out);
  for (std::string& commit : out.commits) commit = lower(commit);
  const bool empty = out.commits.empty() && out.paths.empty() && out.regexes.empty() && out.stopwords.empty();
  if (right && empty) report_missing(reading, value.spot, "an allowlist", "commits, paths, regexes or stopwords");
  return right && !empty;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Rule& out) {
  out.place = reading.place(value.spot);
  read_table(reading, key, value, kRuleKeys, out);
  const TomlTable* table = std::get_if<TomlTable>(&value.is);
  if (!table) return false;
  if (!reading.strict()) read_as_gitleaks(reading, value, out);
  if (out.id.size() > kMaxIdBytes) return false;
  if (!reading.strict()) report_two_allowlists(reading, *table);
  return check_rule(reading, value, out) && !out.id.empty();
}

}  // namespace staunch
