// Rule files into plain data: provider files (strict) and gitleaks configurations (lenient).
//
// Both readers go on after a mistake, so that one run reports all of them. Text is hostile: nothing in it is executed,
// included or fetched, and sizes are limited by the named constants below. Paths in `[extend]` are not followed here;
// `extend.h` does that, with the caller's leave.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules/catalogue.h"
#include "rules/diagnostic.h"

namespace staunch {

inline constexpr std::size_t kMaxRuleFileBytes = 16u << 20;

// What a gitleaks configuration's `[extend]` asks for.
struct Extend {
  bool use_default = false;
  std::string path;
  std::vector<std::string> disabled_rules;
  Place place;
};

struct RuleFile {
  Catalogue catalogue;
  Extend extend;
  std::vector<Diagnostic> diagnostics;
};

// A provider file of the catalogue (DESIGN: one file a provider). Unknown keys are errors with the nearest right key.
RuleFile read_provider_file(std::string_view text, const std::string& file_name);

// Who wrote a gitleaks configuration: one from a scanned target may hold no provider, endpoint or policy (an error).
enum class Trust : unsigned char { user, target };

// A `.gitleaks.toml` or `.staunch.toml`: keys in any case, unknown keys are warnings.
RuleFile read_configuration(std::string_view text, const std::string& file_name, Trust trust);

// What no single file can show: two rules of one id, `required` and `target_rules` that name no rule, a regex list
// that is empty. Regexes are not compiled here (the engine does, with the same Diagnostics).
std::vector<Diagnostic> check_catalogue(const Catalogue& catalogue);

// `base` with `extending` laid over it, as gitleaks' [extend] does (facts: same id overrides non-empty fields; tags,
// keywords and allowlists are appended; disabled rules leave; rules end sorted by id).
Catalogue extend_catalogue(Catalogue base, Catalogue extending, const std::vector<std::string>& disabled_rules,
                           std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
