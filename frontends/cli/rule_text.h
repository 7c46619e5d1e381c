// Rules as TOML that a configuration may hold; each text begins with an empty line.
#pragma once

#include <string>
#include <string_view>

#include "rules/rule.h"

namespace staunch {

// Without `all`, severity and confidence only where the rule's file states them.
std::string rule_text(const Rule& rule, bool all = true);
std::string allowlist_text(const Allowlist& list);  // a global one

// Who vouches for a format, as rule files have it; empty where nobody is named.
std::string_view word_of(Proof proof);

// A TOML basic string.
std::string quoted_text(std::string_view text);

}  // namespace staunch
