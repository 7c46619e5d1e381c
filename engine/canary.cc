#include "engine/canary.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/score_letters.h"
#include "rules/letters.h"

namespace staunch {
namespace {

bool is_name_letter(char c) { return is_alnum(c) || c == '-'; }

bool is_account_of(const CanaryService& service, const std::string& account) {
  return std::find(service.accounts.begin(), service.accounts.end(), account) != service.accounts.end();
}

}  // namespace

bool names_host(std::string_view text, std::string_view host) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  for (auto at = text.begin(); !host.empty();) {
    at = std::search(at, text.end(), host.begin(), host.end(), same);
    if (at == text.end()) return false;
    const auto end = at + static_cast<std::ptrdiff_t>(host.size());
    const bool whole = at == text.begin() || !is_name_letter(at[-1]);
    const bool last = end == text.end() ||
                      (!is_name_letter(*end) && (*end != '.' || end + 1 == text.end() || !is_name_letter(end[1])));
    if (whole && last) return true;
    at = end;
  }
  return false;
}

CanaryMark canary_mark(const std::vector<CanaryService>& known, const std::map<std::string, std::string>& derived,
                       std::string_view text) {
  const auto account = derived.find("account");
  for (const CanaryService& service : known) {
    if (account != derived.end() && is_account_of(service, account->second))
      return {service.name,
              fmt::format("it is of account {}, which holds the canary tokens of {}", account->second, service.name)};
    for (const std::string& host : service.hosts) {
      const auto names_it = [&](const auto& fact) { return names_host(fact.second, host); };
      if (names_host(text, host) || std::any_of(derived.begin(), derived.end(), names_it))
        return {service.name, fmt::format("it names {}, where the canary tokens of {} report", host, service.name)};
    }
  }
  return {};
}

}  // namespace staunch
