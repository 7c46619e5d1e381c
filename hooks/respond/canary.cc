#include "hooks/respond/canary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/check.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

struct Mark {
  std::string_view what, whose;
};

// AWS accounts that hold nothing but canary tokens; the number stands in each key's id. Several public tools and notes,
// independent of each other, list these as Thinkst's (for example 0xCardinal, covert-canary-detection, aws_keys.md).
constexpr Mark kAccounts[] = {
    {"052310077262", "canarytokens.org"}, {"171436882533", "canarytokens.org"}, {"266735846894", "canarytokens.org"},
    {"534261010715", "canarytokens.org"}, {"595918472158", "canarytokens.org"}, {"717712589309", "canarytokens.org"},
    {"730335385048", "canarytokens.org"}, {"819147034852", "canarytokens.org"}, {"992382622183", "canarytokens.org"},
};

// Where canary tokens that carry an address report to. Source: docs.canarytokens.org.
constexpr Mark kHosts[] = {{"canarytokens.com", "canarytokens.org"}, {"canarytokens.org", "canarytokens.org"}};

bool is_name_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-'; }

// As a whole name or the end of one: "x.canarytokens.com", not "notcanarytokens.com" or "canarytokens.com.example".
bool names_host(std::string_view text, std::string_view host) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  for (auto at = text.begin(); host.size() > 0;) {
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

// The account that a value holds, where its rule's check can read one.
std::string account_in(const Catalogue& catalogue, std::string_view rule, std::string_view value) {
  const Rule* found = find_rule(catalogue, rule);
  if (!found) return "";
  const CheckResult read = run_check(found->check, value);
  const auto account = read.derived.find("account");
  return account == read.derived.end() ? "" : account->second;
}

std::string of_account(const Canaries& own, std::string_view account) {
  if (account.empty()) return "";
  for (const auto& [number, whose] : kAccounts)
    if (account == number)
      return fmt::format("it is of account {}, which holds the canary tokens of {}", number, whose);
  if (std::find(own.accounts.begin(), own.accounts.end(), account) == own.accounts.end()) return "";
  return fmt::format("it is of account {}, which the policy's [canaries] names", account);
}

std::string of_host(const Canaries& own, std::string_view text) {
  for (const auto& [host, whose] : kHosts)
    if (names_host(text, host)) return fmt::format("it names {}, where the canary tokens of {} report", host, whose);
  for (const std::string& host : own.hosts)
    if (names_host(text, host)) return fmt::format("it names {}, which the policy's [canaries] names", host);
  return "";
}

}  // namespace

std::string canary_words(const Canaries& own, const Catalogue& catalogue, const Subject& subject,
                         const std::map<std::string, std::string>& parts) {
  if (std::find(own.fingerprints.begin(), own.fingerprints.end(), subject.fingerprint) != own.fingerprints.end())
    return "the policy's [canaries] names it";
  std::vector<std::string> accounts = {account_in(catalogue, subject.rule, subject.secret.reveal())};
  for (const auto& [rule, value] : subject.beside) accounts.push_back(account_in(catalogue, rule, value.reveal()));
  if (const auto key = parts.find("key_id"); key != parts.end() && subject.provider == "aws")
    accounts.push_back(account_in(catalogue, "aws-access-key-id", key->second));
  for (const auto& [name, value] : subject.derived) {
    if (name == "account") accounts.push_back(value);
    if (std::string words = of_host(own, value); !words.empty()) return words;
  }
  for (const std::string& account : accounts)
    if (std::string words = of_account(own, account); !words.empty()) return words;
  return of_host(own, subject.secret.reveal());
}

}  // namespace staunch
