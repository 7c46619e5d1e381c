// Rules of other scanners, carried over.
//
//   gitleaks, betterleaks   TOML with [[rules]]; a filter, a validator and their like cannot be carried over
//   noseyparker             YAML with `rules:` (name, id, pattern …)
//   kingfisher              YAML with `rules:`, and min_entropy, confidence, visible, pattern_requirements
//   github                  secret scanning custom patterns: CSV with a head, or JSON (the list of the REST API)
//   detect-secrets          a baseline: its hashes become entries of an ignore file
//
// Nothing is dropped in silence: whatever has no place in a rule of ours is a warning with its line. Regexes are not
// compiled here. Formats: the tools' own documentation of their rule files, and docs.github.com, "Custom patterns".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"
#include "rules/diagnostic.h"

namespace staunch {

enum class RuleFormat : unsigned char { gitleaks, betterleaks, noseyparker, kingfisher, github, detect_secrets };

std::vector<std::string> rule_format_names();
std::optional<RuleFormat> rule_format_of_name(std::string_view name);
// Told from what the text looks like; nothing where that is none of them.
std::optional<RuleFormat> rule_format_of(std::string_view text);

struct Imported {
  Catalogue catalogue;
  std::vector<std::string> ignores;               // lines of an ignore file, without line ends
  bool extends = false, extends_default = false;  // what an [extend] asked for
  std::string extend_path;
  std::vector<std::string> disabled_rules;
  std::vector<Diagnostic> diagnostics;
};

Imported import_rules(RuleFormat format, std::string_view text, const std::string& file);

}  // namespace staunch
