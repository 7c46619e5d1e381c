#include "rules/import.h"

#include <algorithm>
#include <array>
#include <utility>

#include "rules/import_formats.h"
#include "rules/letters.h"
#include "rules/reader.h"
#include "rules/yaml.h"

namespace staunch {
namespace {

constexpr std::array<std::pair<std::string_view, RuleFormat>, 6> kNames = {
    {{"gitleaks", RuleFormat::gitleaks},
     {"betterleaks", RuleFormat::betterleaks},
     {"noseyparker", RuleFormat::noseyparker},
     {"kingfisher", RuleFormat::kingfisher},
     {"github", RuleFormat::github},
     {"detect-secrets", RuleFormat::detect_secrets}}};

bool holds(std::string_view text, std::string_view word) { return text.find(word) != text.npos; }

// Whether a line begins with `word`, blanks and a list's dash in front of it aside.
bool has_line(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t line = text.substr(0, at).rfind('\n') + 1;
    if (text.substr(line, at - line).find_first_not_of(" \t-") == text.npos) return true;
  }
  return false;
}

void take(RuleFile file, Imported& out) {
  out.catalogue = std::move(file.catalogue);
  out.diagnostics = std::move(file.diagnostics);
  out.extends = file.extend.use_default || !file.extend.path.empty() || !file.extend.disabled_rules.empty();
  out.extends_default = file.extend.use_default;
  out.extend_path = std::move(file.extend.path);
  out.disabled_rules = std::move(file.extend.disabled_rules);
}

}  // namespace

std::vector<std::string> rule_format_names() {
  std::vector<std::string> names;
  for (const auto& [name, format] : kNames) names.emplace_back(name);
  return names;
}

std::optional<RuleFormat> rule_format_of_name(std::string_view name) {
  for (const auto& [word, format] : kNames)
    if (word == name) return format;
  return std::nullopt;
}

std::optional<RuleFormat> rule_format_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == text.npos) return std::nullopt;
  text.remove_prefix(first);
  const bool toml = has_line(text, "[[rules]]") || has_line(text, "[[allowlists]]") || has_line(text, "[extend]");
  if (text[0] == '{' || (text[0] == '[' && !toml))
    return holds(text, "\"results\"") && holds(text, "\"plugins_used\"") ? RuleFormat::detect_secrets
                                                                         : RuleFormat::github;
  if (toml) {
    for (const std::string_view word : {"filter", "prefilter", "validate", "specificity", "tokenEfficiency"})
      if (has_line(text, word)) return RuleFormat::betterleaks;
    return RuleFormat::gitleaks;
  }
  if (has_line(text, "rules:")) {
    for (const std::string_view word : {"min_entropy:", "confidence:", "validation:", "pattern_requirements:"})
      if (has_line(text, word)) return RuleFormat::kingfisher;
    return RuleFormat::noseyparker;
  }
  const std::string head = lower(text.substr(0, text.find('\n')));
  return holds(head, ",") && (holds(head, "pattern") || holds(head, "secret")) ? std::optional(RuleFormat::github)
                                                                               : std::nullopt;
}

std::string id_of_name(std::string_view name) {
  std::string id;
  for (const char c : lower(name)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain) id += c;
    else if (!id.empty() && id.back() != '-') id += '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id;
}

Imported import_rules(RuleFormat format, std::string_view text, const std::string& file) {
  Imported out;
  if (format == RuleFormat::gitleaks || format == RuleFormat::betterleaks) {
    take(read_configuration(text, file, Trust::user, kMaxImportMessages), out);
    return out;
  }
  Reading reading;
  reading.file = file;
  reading.dialect = Dialect::configuration;
  reading.limit = kMaxImportMessages;
  const std::size_t first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  const bool csv = format == RuleFormat::github && first != text.npos && text[first] != '[' && text[first] != '{';
  const TomlValue document = csv ? csv_as_tree(text, reading) : parse_yaml(text, file, reading.diagnostics);
  if (!has_errors(reading.diagnostics)) {
    if (format == RuleFormat::github) import_custom_patterns(document, reading, out);
    else if (format == RuleFormat::detect_secrets) import_hashes(document, reading, out);
    else import_scanner_rules(document, reading, out);
  }
  out.diagnostics = take_diagnostics(reading);
  return out;
}

}  // namespace staunch
