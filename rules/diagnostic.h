// One thing that is wrong with a rule file: where, what, and the nearest right word.
#pragma once

#include <string>
#include <vector>

#include "rules/rule.h"

namespace staunch {

struct Diagnostic {
  enum class Level : unsigned char { warning, error };
  Level level = Level::error;
  Place place;
  std::string message;  // what is wrong, without a full stop
  std::string hint;     // what would be right; may be empty
};

// "file:line:column: error: message (hint)", as compilers print it.
std::string to_string(const Diagnostic& diagnostic);

inline bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics)
    if (diagnostic.level == Diagnostic::Level::error) return true;
  return false;
}

}  // namespace staunch
