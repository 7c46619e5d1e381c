// GitHub's custom patterns: a secret format, what stands before and after it, what it must and must not match.
//
// The words for these fields differ between the settings page, the REST API and people's own lists, so each is taken
// under all of its names. Without a before and an after GitHub takes its defaults, and so do we. What the secret must
// match besides cannot be said here: a warning.
// Source: https://docs.github.com/en/code-security/reference/secret-security/custom-patterns
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rules/import_formats.h"
#include "rules/letters.h"

namespace staunch {
namespace {

// GitHub's defaults; \b besides, because the byte between two neighbours may belong to the first one's match.
constexpr std::string_view kBefore = "\\A|\\b|[^0-9A-Za-z]", kAfter = "\\z|[^0-9A-Za-z]";

constexpr std::array<std::string_view, 3> kNameWords = {"name", "displayname", "patternname"};
constexpr std::array<std::string_view, 5> kSecretWords = {"secretformat", "pattern", "regex", "expression",
                                                          "secretpattern"};
constexpr std::array<std::string_view, 5> kBeforeWords = {"beforesecret", "startdelimiter", "before", "start",
                                                          "beforesecretformat"};
constexpr std::array<std::string_view, 5> kAfterWords = {"aftersecret", "enddelimiter", "after", "end",
                                                         "aftersecretformat"};
constexpr std::array<std::string_view, 3> kMustWords = {"mustmatch", "additionalmatch", "requiredmatches"};
constexpr std::array<std::string_view, 3> kMustNotWords = {"mustnotmatch", "additionalnotmatch", "forbiddenmatches"};
// Of the pattern's life on GitHub, which says nothing about secrets.
constexpr std::array<std::string_view, 14> kOtherWords = {
    "id",        "slug",  "state",  "status",         "createdat", "updatedat", "publishedat",
    "createdby", "scope", "nodeid", "pushprotection", "url",       "type",      "pushprotectionenabled"};

// "Secret format" and "secret_format" are one word.
std::string word_of(std::string_view key) {
  std::string word;
  for (const char c : lower(key))
    if (c != ' ' && c != '_' && c != '-') word += c;
  return word;
}

template <std::size_t N>
bool among(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Capturing groups of a regex.
std::uint32_t groups_in(std::string_view regex) {
  std::uint32_t groups = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const std::string_view rest = regex.substr(i);
    if (regex[i] == '\\') ++i;
    else if (in_class) in_class = regex[i] != ']';
    else if (regex[i] == '[') in_class = true, i += rest.substr(1, 1) == "^" ? 1 : 0;
    else if (regex[i] == '(' && (rest.substr(1, 1) != "?" || rest.substr(1, 3) == "?P<")) ++groups;
  }
  return groups;
}

struct Pattern {
  std::string name, secret, before, after;
  std::vector<std::string> must, must_not;
  Spot spot, must_spot;
};

// One expression or a list of them.
std::vector<std::string> texts_of(Reading& reading, const TomlEntry& entry) {
  std::vector<std::string> texts;
  if (const auto* text = std::get_if<std::string>(&entry.value.is)) {
    if (!text->empty()) texts.push_back(*text);
  } else {
    read_value(reading, entry.key, entry.value, texts);
  }
  return texts;
}

void read_field(Reading& reading, const TomlEntry& entry, Pattern& out) {
  const std::string word = word_of(entry.key);
  if (const auto* text = std::get_if<std::string>(&entry.value.is); text != nullptr && text->empty()) return;
  if (among(word, kNameWords)) read_value(reading, entry.key, entry.value, out.name);
  else if (among(word, kSecretWords)) read_value(reading, entry.key, entry.value, out.secret);
  else if (among(word, kBeforeWords)) read_value(reading, entry.key, entry.value, out.before);
  else if (among(word, kAfterWords)) read_value(reading, entry.key, entry.value, out.after);
  else if (among(word, kMustWords)) out.must = texts_of(reading, entry), out.must_spot = entry.spot;
  else if (among(word, kMustNotWords)) out.must_not = texts_of(reading, entry);
  else if (!among(word, kOtherWords)) reading.warning(entry.spot, fmt::format("'{}' is not carried over", entry.key));
}

void add_pattern(const TomlValue& value, Reading& reading, Catalogue& catalogue) {
  const TomlTable* table = expect_table(reading, "a pattern", value);
  if (table == nullptr) return;
  Pattern pattern;
  pattern.spot = value.spot;
  for (const TomlEntry& entry : *table) read_field(reading, entry, pattern);
  Rule rule;
  rule.id = id_of_name(pattern.name);
  if (rule.id.empty() || pattern.secret.empty())
    return reading.warning(value.spot, "a pattern without name or secret format is not carried over");
  rule.description = pattern.name;
  rule.regex = fmt::format("(?:{})({})(?:{})", pattern.before.empty() ? kBefore : pattern.before, pattern.secret,
                           pattern.after.empty() ? kAfter : pattern.after);
  rule.secret_group = 1 + groups_in(pattern.before);
  rule.place = reading.place(value.spot);
  if (!pattern.must_not.empty()) {
    Allowlist list;
    list.description = "what the secret must not match";
    list.regexes = std::move(pattern.must_not);
    list.place = rule.place;
    rule.allowlists.push_back(std::move(list));
  }
  for (const std::string& must : pattern.must)
    reading.warning(pattern.must_spot,
                    fmt::format("that the secret of '{}' must match {} is not carried over", rule.id, must));
  catalogue.rules.push_back(std::move(rule));
}

}  // namespace

void import_custom_patterns(const TomlValue& document, Reading& reading, Imported& out) {
  const TomlValue* list = &document;
  if (const auto* table = std::get_if<TomlTable>(&document.is))
    for (const TomlEntry& entry : *table)
      if (std::holds_alternative<TomlArray>(entry.value.is) && word_of(entry.key) != "mustmatch") list = &entry.value;
  if (const auto* patterns = std::get_if<TomlArray>(&list->is))
    for (const TomlValue& pattern : *patterns) add_pattern(pattern, reading, out.catalogue);
  else add_pattern(*list, reading, out.catalogue);
}

}  // namespace staunch
