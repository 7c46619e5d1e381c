#include "frontends/report/verdicts.h"

#include <fmt/format.h>

namespace staunch {

std::string verdict_words(const Verified& verdict) {
  std::string words = verdict.state;
  if (!verdict.host.empty()) words += " at " + verdict.host;
  if (!verdict.why.empty()) words += ": " + verdict.why;
  for (const auto& [name, value] : verdict.told) words += fmt::format("; {} {}", name, value);
  return words;
}

void write_verdict(JsonText& json, std::string_view name, const Verified& verdict, const MaskText& mask) {
  json.open(name, '{');
  json.text("state", verdict.state);
  if (!verdict.host.empty()) json.text("host", verdict.host);
  if (!verdict.checked_at.empty()) json.text("checked_at", verdict.checked_at);
  if (!verdict.why.empty()) json.text("why", mask(verdict.why));
  if (!verdict.told.empty()) {
    json.open("told", '{');
    for (const auto& [key, value] : verdict.told) json.text(mask(key), mask(value));
    json.close();
  }
  json.close();
}

}  // namespace staunch
