// noseyparker's and kingfisher's rule files: the second has all keys of the first and some more, so one table reads
// both.
//
// Keys as the tools document them: noseyparker's README ("Rules"), kingfisher's "Writing Custom Rules". What a value
// must hold (pattern_requirements) becomes an allowlist of the values that do not hold it. Examples are left behind:
// they look like live credentials.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "rules/import_formats.h"
#include "rules/letters.h"
#include "rules/scanner_regex.h"

namespace staunch {

// At namespace scope, because the templates of key_table.h find read_value() by them.
struct ScannerNeeds {
  std::int64_t digits = 0, uppercase = 0, lowercase = 0, special = 0;
  std::string special_characters = "!@#$%^&*()_+-=[]{}|;:'\",.<>?/\\`~";
  std::vector<std::string> ignored_words;
};
struct ScannerRule {
  std::string name, id, pattern, description;
  Spot spot, pattern_spot;
  double entropy = 0;
  Confidence confidence = Confidence::medium;
  bool confidence_stated = false, visible = true;
  std::vector<std::string> references, categories;
  ScannerNeeds needs;
};
struct ScannerFile {
  std::vector<ScannerRule> rules;
};

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ScannerNeeds& out);
static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ScannerRule& out);

namespace {

template <typename T>
void leave_behind(Reading& reading, const TomlEntry& entry, T&) {
  reading.warning(entry.spot, fmt::format("'{}' is not carried over", entry.key));
}

void leave_examples(Reading& reading, const TomlEntry& entry, ScannerRule&) {
  reading.warning(entry.spot, fmt::format("'{}' is not carried over", entry.key),
                  "samples of ours say {secret} where they would hold one");
}

void leave_actions(Reading& reading, const TomlEntry& entry, ScannerRule&) {
  reading.warning(entry.spot, fmt::format("'{}' is not carried over", entry.key),
                  "what asks a provider stands in provider files");
}

void leave_sets(Reading& reading, const TomlEntry& entry, ScannerFile&) {
  reading.warning(entry.spot, "'rulesets' are not carried over", "--enable-rule chooses rules");
}

void read_pattern(Reading& reading, const TomlEntry& entry, ScannerRule& out) {
  out.pattern_spot = entry.value.spot;
  read_value(reading, entry.key, entry.value, out.pattern);
}

void read_confidence(Reading& reading, const TomlEntry& entry, ScannerRule& out) {
  std::string word;
  if (!read_value(reading, entry.key, entry.value, word)) return;
  word = lower(word);
  out.confidence_stated = word == "low" || word == "medium" || word == "high";
  if (word == "low") out.confidence = Confidence::low;
  if (word == "high") out.confidence = Confidence::high;
  if (!out.confidence_stated) reading.warning(entry.spot, fmt::format("'{}' is no confidence of ours", word));
}

constexpr Key<ScannerNeeds> kNeedKeys[] = {
    {"min_digits", set_in<&ScannerNeeds::digits, 0, 1000>},
    {"min_uppercase", set_in<&ScannerNeeds::uppercase, 0, 1000>},
    {"min_lowercase", set_in<&ScannerNeeds::lowercase, 0, 1000>},
    {"min_special_chars", set_in<&ScannerNeeds::special, 0, 1000>},
    {"special_chars", set<&ScannerNeeds::special_characters>},
    {"ignore_if_contains", set<&ScannerNeeds::ignored_words>},
    {"checksum", leave_behind<ScannerNeeds>},
};

constexpr Key<ScannerRule> kRuleKeys[] = {
    {"name", set<&ScannerRule::name>},
    {"id", set<&ScannerRule::id>},
    {"pattern", read_pattern},
    {"description", set<&ScannerRule::description>},
    {"min_entropy", set_in<&ScannerRule::entropy, 0, 8>},
    {"confidence", read_confidence},
    {"visible", set<&ScannerRule::visible>},
    {"references", set<&ScannerRule::references>},
    {"categories", set<&ScannerRule::categories>},
    {"pattern_requirements", set<&ScannerRule::needs>},
    {"examples", leave_examples},
    {"negative_examples", leave_examples},
    {"validation", leave_actions},
    {"revocation", leave_actions},
    {"depends_on_rule", leave_behind<ScannerRule>},
};

constexpr Key<ScannerFile> kFileKeys[] = {
    {"rules", set<&ScannerFile::rules>},
    {"rulesets", leave_sets},
};

// A regex for values with fewer than `least` bytes of a class.
std::string fewer_than(std::int64_t least, std::string_view in_class) {
  return fmt::format("^[^{0}]*(?:[{0}][^{0}]*){{0,{1}}}$", in_class, least - 1);
}

std::string class_of(std::string_view characters) {
  std::string out;
  for (const char c : characters) {
    if (std::string_view("\\]^-[").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void add_needs(const ScannerNeeds& needs, const Place& place, Rule& rule) {
  Allowlist list;
  list.description = "values that do not hold what pattern_requirements asks for";
  list.place = place;
  if (needs.digits > 0) list.regexes.push_back(fewer_than(needs.digits, "0-9"));
  if (needs.uppercase > 0) list.regexes.push_back(fewer_than(needs.uppercase, "A-Z"));
  if (needs.lowercase > 0) list.regexes.push_back(fewer_than(needs.lowercase, "a-z"));
  if (needs.special > 0) list.regexes.push_back(fewer_than(needs.special, class_of(needs.special_characters)));
  list.stopwords = needs.ignored_words;
  if (!list.regexes.empty() || !list.stopwords.empty()) rule.allowlists.push_back(std::move(list));
}

void add_rule(ScannerRule from, Reading& reading, Catalogue& catalogue) {
  const std::string id = from.id.empty() ? id_of_name(from.name) : from.id;
  if (id.empty() || from.pattern.empty())
    return reading.warning(from.spot, "a rule without id or pattern is not carried over");
  ScannerRegex regex = scanner_regex(from.pattern);
  if (!regex.refused.empty())
    return reading.warning(from.pattern_spot,
                           fmt::format("rule '{}' is not carried over: its regex has {}", id, regex.refused));
  Rule rule;
  rule.id = id;
  rule.description = from.description.empty() ? std::move(from.name) : std::move(from.description);
  rule.regex = std::move(regex.regex);
  const auto token = std::find(regex.groups.begin(), regex.groups.end(), "TOKEN");
  if (token != regex.groups.end()) rule.secret_group = static_cast<std::uint32_t>(token - regex.groups.begin() + 1);
  rule.entropy = from.entropy;
  rule.confidence = from.confidence;
  rule.confidence_stated = from.confidence_stated;
  rule.skip_report = !from.visible;
  rule.tags = std::move(from.categories);
  if (!from.references.empty()) rule.source = from.references.front();
  rule.place = reading.place(from.pattern_spot);
  add_needs(from.needs, rule.place, rule);
  if (from.references.size() > 1)
    reading.warning(from.spot, fmt::format("of rule '{}' only the first reference is carried over", id));
  catalogue.rules.push_back(std::move(rule));
}

}  // namespace

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ScannerNeeds& out) {
  return read_table(reading, key, value, kNeedKeys, out);
}

static bool read_value(Reading& reading, std::string_view key, const TomlValue& value, ScannerRule& out) {
  out.spot = value.spot;
  return read_table(reading, key, value, kRuleKeys, out);
}

void import_scanner_rules(const TomlValue& document, Reading& reading, Imported& out) {
  ScannerFile file;
  read_table(reading, "the file", document, kFileKeys, file);
  for (ScannerRule& rule : file.rules) add_rule(std::move(rule), reading, out.catalogue);
}

}  // namespace staunch
