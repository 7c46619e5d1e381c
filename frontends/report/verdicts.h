// What issuers said of secrets, for reports: asked beside a scan (--verify), or told by a report that is read back.
//
// A verdict is known when the scan has ended, so the formats that are written at their end have it with each finding,
// and jsonl in its finding lines. It never holds a secret.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "frontends/report/json_text.h"

namespace staunch {

struct Verified {
  std::string state;                        // live, restricted, dead, unknown
  std::string host, why;                    // who was asked; why it is not known
  std::string checked_at;                   // RFC 3339, UTC
  std::map<std::string, std::string> told;  // "account", "scopes" …
};
using Verdicts = std::map<std::string, Verified, std::less<>>;  // by fingerprint

using MaskText = std::function<std::string(std::string_view)>;

// "live at slack.com; account T1"
std::string verdict_words(const Verified& verdict);

// As the member `name`.
void write_verdict(JsonText& json, std::string_view name, const Verified& verdict, const MaskText& mask);

}  // namespace staunch
