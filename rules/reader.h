// Rule files into plain data: provider files (strict) and gitleaks configurations (lenient).
//
// Both readers go on after a mistake, so that one run reports all of them. Text is hostile: nothing in it is executed,
// included or fetched, and sizes are limited by the named constants here and in toml.h. Paths in `[extend]` are not
// followed here: the caller reads that file, if it wants to, and hands both to `extend_catalogue`.
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
  std::string fingerprint_key;  // of a user's configuration; empty for none
  std::vector<Diagnostic> diagnostics;
};

// A provider file of the catalogue (DESIGN: one file a provider). Unknown keys are errors with the nearest right key.
// An allowlist of the whole file names its rules (`target_rules`) and is given to each of them, after their own; one
// that names "*" is a global one of the catalogue.
RuleFile read_provider_file(std::string_view text, const std::string& file_name);

// The services of canary tokens (rules/canary.h): the result has `canaries` alone.
RuleFile read_canary_file(std::string_view text, const std::string& file_name);

// Who wrote a gitleaks configuration: one from a scanned target may hold no provider, endpoint, policy or key of
// fingerprints (an error).
// A user's may hold no provider either, since providers have files of their own; a policy in it is an unknown key.
enum class Trust : unsigned char { user, target };

// A `.gitleaks.toml` or `.staunch.toml`: keys in any case, unknown keys are warnings.
// At most `limit` messages, the last of which says that there are more; 0: as many as usual.
RuleFile read_configuration(std::string_view text, const std::string& file_name, Trust trust, std::size_t limit = 0);

// What no single file can show: two rules of one id or alias, `required`, `target_rules` and a provider's lists that
// name no rule, and what a rule lacks after extension (a regex or a path). Regexes are not compiled here and the kinds
// of checks and names of alphabets are not known here (the engine does that, with the same Diagnostics).
std::vector<Diagnostic> check_catalogue(const Catalogue& catalogue);

// `base` with `extending` laid over it, as gitleaks' [extend] does: where both have a rule, the extending one's
// non-empty description, regex, path, secretGroup and entropy win, tags, keywords and allowlists are appended,
// `required` and `skipReport` stay the base's; disabled base rules leave (a warning where there is none); rules end
// sorted by id. Former ids (aliases) of base rules are understood everywhere and replaced. Of our own keys, what the
// extending rule states wins. A rule whose regex is replaced is another format: what was known of the old one (check,
// format, proof, samples) goes, and its provider's [verify] and [revoke] no longer speak of it (a warning).
Catalogue extend_catalogue(Catalogue base, Catalogue extending, const std::vector<std::string>& disabled_rules,
                           std::vector<Diagnostic>& diagnostics);

// For a configuration that was written over gitleaks' default rules: what only speaks of a rule that `base` does not
// have leaves `extending`, with a warning (a rule without regex and path, ids in targetRules, lists for such rules
// alone).
void leave_out_strangers(const Catalogue& base, Catalogue& extending, std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
