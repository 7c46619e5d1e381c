// Whose canary token a secret is, by what can be read from it without asking anybody (rules/canary.h).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "rules/canary.h"

namespace staunch {

// What an occurrence's `derived` calls the service whose token it is.
inline constexpr const char* kCanary = "canary";

struct CanaryMark {
  std::string service;  // empty: no token of a known service
  std::string why;      // in words: "it is of account 0123…, which holds the canary tokens of …"
};

// `derived` is what the secret's check read from it, `text` the secret or the match that it stands in.
CanaryMark canary_mark(const std::vector<CanaryService>& known, const std::map<std::string, std::string>& derived,
                       std::string_view text);

// As a whole name or the end of one: "x.canary.example", not "notcanary.example" or "canary.example.com". `host` in
// any case.
bool names_host(std::string_view text, std::string_view host);

}  // namespace staunch
