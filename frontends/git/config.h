// A repository's configuration as data: git-config(1), "Syntax". Includes are entries like all others and not followed,
// because they may name any file; nothing that stands in it takes effect here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

struct ConfigEntry {
  std::string section;     // in small letters
  std::string subsection;  // as it stands there
  std::string key;         // in small letters
  std::string value;       // "true" for a key without one
};

using Config = std::vector<ConfigEntry>;

// Errors say the line; `path` is their place.
Result<Config> parse_config(std::string_view text, const std::string& path);

// The last value of section.key (without a subsection), which is the one that counts; null where there is none.
const std::string* config_value(const Config& config, std::string_view section, std::string_view key);

// As git reads truth: "yes", "on", "true", and numbers but 0.
bool config_truth(std::string_view value);

}  // namespace staunch
