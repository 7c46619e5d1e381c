#include "frontends/stream/policy_reader.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/keyed_hash.h"
#include "rules/key_table.h"

namespace staunch {

// Found by the templates of key_table.h through their last argument.
struct DlpBlock;
struct OwnPattern;
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Handling& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Clause& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, DlpBlock& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, OwnPattern& out);

struct Phrase {
  std::string text;
  Place place;
};

// What it does not say itself, its block says.
struct OwnPattern {
  std::string id, regex;
  unsigned group = 0;
  std::optional<Action> action;
  std::optional<Replace> replace;
  std::optional<Severity> severity;
  Place place;
};

// A [[dlp]] as written; patterns and terms take its other keys when all of it is read.
struct DlpBlock {
  std::vector<OwnPattern> patterns;
  std::vector<Phrase> blocked, allowed;
  bool fuzzy = false;
  std::int64_t distance = -1;
  Spot distance_spot;
  Severity severity = Severity::high;
  Handling handling;
};

namespace {

constexpr Word<Action> kActions[] = {
    {"allow", Action::allow}, {"log", Action::log}, {"redact", Action::redact}, {"block", Action::block}};
constexpr Word<Action> kFailureActions[] = {{"allow", Action::allow}, {"block", Action::block}};
constexpr Word<Action> kUnreadableActions[] = {
    {"allow", Action::allow}, {"log", Action::log}, {"block", Action::block}};
constexpr Word<Replace> kReplaces[] = {{"whole", Replace::whole}, {"prefix", Replace::prefix}, {"hash", Replace::hash}};
constexpr Word<Direction> kDirections[] = {{"request", Direction::request}, {"response", Direction::response}};
constexpr Word<Severity> kSeverities[] = {
    {"low", Severity::low}, {"medium", Severity::medium}, {"high", Severity::high}, {"critical", Severity::critical}};
constexpr Word<Confidence> kConfidences[] = {
    {"low", Confidence::low}, {"medium", Confidence::medium}, {"high", Confidence::high}};

template <auto Member, const auto& kWords, typename T>
void set_word(Reading& reading, const TomlEntry& entry, T& out) {
  read_word(reading, entry.key, entry.value, kWords, out.*Member);
}

template <auto Member, const auto& kWords, typename T>
void set_optional_word(Reading& reading, const TomlEntry& entry, T& out) {
  auto value = kWords[0].value;
  if (read_word(reading, entry.key, entry.value, kWords, value)) out.*Member = value;
}

// The keys that speak of a handling, in whatever has one.
template <typename T>
void set_action(Reading& reading, const TomlEntry& entry, T& out) {
  read_word(reading, entry.key, entry.value, kActions, out.handling.action);
}
template <typename T>
void set_replace(Reading& reading, const TomlEntry& entry, T& out) {
  read_word(reading, entry.key, entry.value, kReplaces, out.handling.replace);
}

constexpr Key<Handling> kHandlingKeys[] = {{"action", set_word<&Handling::action, kActions>},
                                           {"replace", set_word<&Handling::replace, kReplaces>}};

constexpr Key<Clause> kClauseKeys[] = {
    {"rules", set<&Clause::rules>},
    {"sources", set<&Clause::sources>},
    {"direction", set_optional_word<&Clause::direction, kDirections>},
    {"severity", set_optional_word<&Clause::severity, kSeverities>},
    {"confidence", set_optional_word<&Clause::confidence, kConfidences>},
    {"action", set_action},
    {"replace", set_replace},
};

constexpr Key<OwnPattern> kPatternKeys[] = {
    {"id", set<&OwnPattern::id>},
    {"regex", set<&OwnPattern::regex>},
    {"group", set_in<&OwnPattern::group, 0, 99>},
    {"severity", set_optional_word<&OwnPattern::severity, kSeverities>},
    {"action", set_optional_word<&OwnPattern::action, kActions>},
    {"replace", set_optional_word<&OwnPattern::replace, kReplaces>},
};

bool has_key(const TomlValue& value, std::string_view key) {
  const TomlTable* table = std::get_if<TomlTable>(&value.is);
  if (table == nullptr) return false;
  for (const TomlEntry& entry : *table)
    if (entry.key == key) return true;
  return false;
}

// Regexes alone, or tables.
void read_patterns(Reading& reading, const TomlEntry& entry, DlpBlock& out) {
  const TomlArray* items = std::get_if<TomlArray>(&entry.value.is);
  if (items == nullptr) return report_kind(reading, entry.key, entry.value, "a list of regexes");
  for (const TomlValue& item : *items) {
    OwnPattern pattern;
    pattern.place = reading.place(item.spot);
    if (const std::string* regex = std::get_if<std::string>(&item.is)) pattern.regex = *regex;
    else if (!read_value(reading, entry.key, item, pattern)) continue;
    if (pattern.regex.empty()) reading.error(item.spot, "a pattern needs a 'regex' that is not empty");
    else out.patterns.push_back(std::move(pattern));
  }
}

template <auto Member>
void read_phrases(Reading& reading, const TomlEntry& entry, DlpBlock& out) {
  const TomlArray* items = std::get_if<TomlArray>(&entry.value.is);
  if (items == nullptr) return report_kind(reading, entry.key, entry.value, "a list of strings");
  for (const TomlValue& item : *items) {
    const std::string* text = std::get_if<std::string>(&item.is);
    if (text != nullptr) (out.*Member).push_back({*text, reading.place(item.spot)});
    else reading.error(item.spot, fmt::format("'{}' must hold strings, not {}", entry.key, kind_name(item)));
  }
}

void read_distance(Reading& reading, const TomlEntry& entry, DlpBlock& out) {
  out.distance_spot = entry.value.spot;
  set_in<&DlpBlock::distance, 0, kMaxDistance>(reading, entry, out);
}

constexpr Key<DlpBlock> kDlpKeys[] = {
    {"detect_patterns", read_patterns},
    {"blocked_terms", read_phrases<&DlpBlock::blocked>},
    {"allowed_terms", read_phrases<&DlpBlock::allowed>},
    {"fuzzy_matching", set<&DlpBlock::fuzzy>},
    {"max_distance", read_distance},
    {"severity", set_word<&DlpBlock::severity, kSeverities>},
    {"action", set_action},
    {"replace", set_replace},
};

struct PolicyFile {
  bool shadow = false, redact_history = false;
  Action on_scanner_failure = Action::block, on_unreadable = Action::block;
  Handling otherwise, low_confidence = {Action::log, Replace::whole};
  std::vector<Clause> clauses;
  std::vector<DlpBlock> dlp;
};

constexpr Key<PolicyFile> kPolicyKeys[] = {
    {"shadow", set<&PolicyFile::shadow>},
    {"redact_history", set<&PolicyFile::redact_history>},
    {"on_scanner_failure", set_word<&PolicyFile::on_scanner_failure, kFailureActions>},
    {"on_unreadable", set_word<&PolicyFile::on_unreadable, kUnreadableActions>},
    {"default", set<&PolicyFile::otherwise>},
    {"low_confidence", set<&PolicyFile::low_confidence>},
    {"when", set<&PolicyFile::clauses>},
    {"dlp", set<&PolicyFile::dlp>},
};

void take_block(DlpBlock& block, Policy& policy) {
  for (OwnPattern& own : block.patterns) {
    Pattern pattern;
    pattern.id = own.id.empty() ? fmt::format("policy-pattern-{}", policy.patterns.size() + 1) : std::move(own.id);
    pattern.regex = std::move(own.regex);
    pattern.group = own.group;
    pattern.severity = own.severity.value_or(block.severity);
    pattern.handling = {own.action.value_or(block.handling.action), own.replace.value_or(block.handling.replace)};
    pattern.place = std::move(own.place);
    policy.patterns.push_back(std::move(pattern));
  }
  const std::int64_t distance = !block.fuzzy ? 0 : block.distance < 0 ? 1 : block.distance;
  for (Phrase& phrase : block.blocked) {
    Term term;
    term.id = fmt::format("policy-term-{}", policy.terms.size() + 1);
    term.text = std::move(phrase.text);
    term.max_distance = static_cast<unsigned>(distance);
    term.severity = block.severity;
    term.handling = block.handling;
    term.place = std::move(phrase.place);
    policy.terms.push_back(std::move(term));
  }
  for (Phrase& phrase : block.allowed) policy.allowed_terms.push_back(std::move(phrase.text));
}

std::string hex_digest(std::string_view text) {
  std::string out;
  for (const char c : digest_of(text).substr(0, 8)) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Handling& out) {
  return read_table(reading, key, value, kHandlingKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, Clause& out) {
  out.place = reading.place(value.spot);
  if (!read_table(reading, key, value, kClauseKeys, out)) return false;
  if (!has_key(value, "action") && !has_key(value, "replace"))
    return reading.error(value.spot, "a [[when]] needs an 'action'"), false;
  return true;
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, OwnPattern& out) {
  return read_table(reading, key, value, kPatternKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, DlpBlock& out) {
  if (!read_table(reading, key, value, kDlpKeys, out)) return false;
  if (out.distance >= 0 && !out.fuzzy)
    return reading.error(out.distance_spot, "'max_distance' means nothing without 'fuzzy_matching = true'"), false;
  return true;
}

Policy read_policy(std::string_view text, const std::string& file_name, std::vector<Diagnostic>& diagnostics) {
  Reading reading;
  reading.file = file_name;
  Policy policy;
  const TomlValue root = parse_toml(text, file_name, reading.diagnostics);
  PolicyFile file;
  if (!has_errors(reading.diagnostics)) read_table(reading, "policy", root, kPolicyKeys, file);
  policy.shadow = file.shadow;
  policy.redact_history = file.redact_history;
  policy.on_scanner_failure = file.on_scanner_failure;
  policy.on_unreadable = file.on_unreadable;
  policy.otherwise = file.otherwise;
  policy.low_confidence = file.low_confidence;
  policy.clauses = std::move(file.clauses);
  for (DlpBlock& block : file.dlp) take_block(block, policy);
  policy.digest = hex_digest(text);
  std::vector<Diagnostic> mistakes = take_diagnostics(reading);
  std::move(mistakes.begin(), mistakes.end(), std::back_inserter(diagnostics));
  return policy;
}

}  // namespace staunch
