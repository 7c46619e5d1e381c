#include "hooks/respond/providers.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/builtin.h"

namespace staunch {
namespace {

bool names(const std::vector<std::string>& rules, std::string_view rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

Result<Catalogue> respond_catalogue() { return builtin_catalogue(); }

const Rule* find_rule(const Catalogue& catalogue, std::string_view id) {
  for (const Rule& rule : catalogue.rules)
    if (rule.id == id || names(rule.aliases, id)) return &rule;
  return nullptr;
}

const Provider* find_provider(const Catalogue& catalogue, std::string_view id) {
  for (const Provider& provider : catalogue.providers)
    if (provider.id == id) return &provider;
  return nullptr;
}

const Verify* find_verify(const Provider& provider, std::string_view rule) {
  for (const Verify& verify : provider.verify)
    if (names(verify.rules, rule)) return &verify;
  return nullptr;
}

std::vector<const Verify*> verifies_of(const Provider& provider, std::string_view rule) {
  std::vector<const Verify*> all;
  for (const Verify& verify : provider.verify)
    if (names(verify.rules, rule)) all.push_back(&verify);
  return all;
}

const Revoke* find_revoke(const Provider& provider, std::string_view rule) {
  for (const Revoke& revoke : provider.revoke)
    if (revoke.rules.empty() || names(revoke.rules, rule)) return &revoke;
  return nullptr;
}

std::string words_of(const Lack& lack) {
  return lack.why.empty() ? "" : fmt::format("{} (source: {})", lack.why, lack.source);
}

}  // namespace staunch
