// YAML text, and with it JSON, into the same plain tree as TOML's, each value with its place. The only door to
// yaml-cpp.
//
// Format: https://yaml.org/spec/1.2.2/, plain words by its core schema; null is an empty string. The first document
// counts, a second one is a mistake. Anchors and aliases are refused: a few lines of them are a terabyte of tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/toml.h"

namespace staunch {

// What the text does wrong is added to `diagnostics` (then the value is an empty table): YAML stops at its first
// mistake.
TomlValue parse_yaml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
