// A policy file (TOML) into a Policy. Strict: what is not understood is an error, with its place.
//
//   shadow = false                    # decide and tell, change nothing
//   redact_history = false            # in old turns of a chat, cut out what would block, and tell it once
//   on_scanner_failure = "block"      # or "allow"
//   on_unreadable = "block"           # "log", "allow"
//
//   [default]                         # what no clause speaks of
//   action = "redact"                 # allow, log, redact, block
//   replace = "whole"                 # whole, prefix, hash
//
//   [low_confidence]                  # the same for findings of low confidence
//   action = "log"
//
//   [[when]]                          # the first that fits decides
//   rules = ["github-*"]              # and sources, direction, severity and confidence (at least)
//   action = "block"
//
//   [[dlp]]                           # as gateways have it
//   detect_patterns = ['\bACME-\d{6}\b', { id = "badge", regex = 'B-(\d{8})', group = 1 }]
//   blocked_terms = ["Project Falcon"]
//   allowed_terms = ["falcon heavy"]
//   fuzzy_matching = true
//   max_distance = 1
//   action = "redact"
//
// Format of TOML: https://toml.io/en/v1.0.0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontends/stream/policy.h"
#include "rules/diagnostic.h"

namespace staunch {

inline constexpr std::size_t kMaxPolicyBytes = 4u << 20;

// What is wrong is appended to `diagnostics`; with errors the policy is not to be used. References to rules are checked
// by Redactor::make.
Policy read_policy(std::string_view text, const std::string& file_name, std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
