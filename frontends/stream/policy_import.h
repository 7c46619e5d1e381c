// The dlp-filter of a Keeptrusts gateway's policy-config.yaml as a policy of ours.
//
//   policy:                      # also under `policies:`
//     dlp-filter:
//       detect_patterns: ["ACME-[0-9]{6}"]
//       blocked_terms: ["Project Falcon"]
//       action: redact           # or block
//       fuzzy_matching: true
//       max_distance: 1
//       sensitivity_level: standard
//   policies:
//     chain: [dlp-filter, audit-logger]
//
// What stands in the block and has no meaning here is an error, never dropped; so is a block that the chain does not
// run. What else the chain runs is told as a warning. Source: https://docs.keeptrusts.com/docs/policies/dlp-filter
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/stream/policy.h"
#include "rules/diagnostic.h"

namespace staunch {

struct ImportedDlp {
  std::vector<std::string> patterns, terms;
  Action action = Action::redact;
  bool fuzzy = false;
  unsigned max_distance = 0;  // of terms, where fuzzy
};

// With errors in `diagnostics` it is not to be used.
ImportedDlp import_dlp(std::string_view yaml, const std::string& file_name, std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
