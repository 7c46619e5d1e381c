// Which rules a run uses.
//
// In this order: --config; STAUNCH_CONFIG, GITLEAKS_CONFIG, BETTERLEAKS_CONFIG (paths); GITLEAKS_CONFIG_TOML and
// BETTERLEAKS_CONFIG_TOML (the text itself); .staunch.toml, .gitleaks.toml or .betterleaks.toml in the folder that is
// scanned, where it is the only one; else the built-in catalogue. A configuration stands alone unless it says `[extend]
// useDefault = true` or names another file, which is followed kMaxExtendDepth times; one without any rule is laid over
// the built-in catalogue. What was found in a scanned folder is for detection only (Trust::target) and may extend only
// files of that folder. A user's configuration may also hold the key of fingerprints.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/database.h"
#include "engine/result.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"

namespace staunch {

inline constexpr int kMaxExtendDepth = 2;

struct Rules {
  std::shared_ptr<const Database> database;
  std::string fingerprint_key;  // what the user's configuration says; empty for nothing
};

// Tells all mistakes and warnings through `messages`; the Error is their summary. `targets` are the paths that are
// scanned; none for commands that scan nothing.
Result<Rules> load_rules(const Options& options, const std::vector<std::string>& targets, const Messages& messages);

// A rule file of either kind with what it extends, for `rules check`.
Result<Catalogue> read_rule_file(const std::string& path, std::vector<Diagnostic>& diagnostics);

// 'there is no rule "x" (did you mean "y"?)'
std::string unknown_rule(const Catalogue& catalogue, const std::string& id);

}  // namespace staunch
