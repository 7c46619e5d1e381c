#include "hooks/respond/canary.h"

#include <algorithm>

#include "engine/canary.h"
#include "engine/check.h"
#include "hooks/respond/providers.h"

namespace staunch {
namespace {

using Facts = std::map<std::string, std::string>;

// What a value tells of itself, where its rule's check can read something.
Facts read_from(const Catalogue& catalogue, std::string_view rule, std::string_view value) {
  const Rule* found = find_rule(catalogue, rule);
  return found ? run_check(found->check, value).derived : Facts();
}

// What the user gives in place of a finding that stands beside the secret is read as that one would be.
std::vector<Facts> read_given(const Catalogue& catalogue, const Subject& subject, const Facts& parts) {
  std::vector<Facts> all;
  const Provider* provider = find_provider(catalogue, subject.provider);
  const Verify* entry = provider ? find_verify(*provider, subject.rule) : nullptr;
  if (!entry) return all;
  for (const auto& [name, source] : entry->parts)
    if (const auto given = parts.find(name); given != parts.end() && source.starts_with("near:"))
      all.push_back(read_from(catalogue, source.substr(5), given->second));
  return all;
}

}  // namespace

std::string canary_words(const Canaries& own, const Catalogue& catalogue, const Subject& subject, const Facts& parts) {
  if (std::find(own.fingerprints.begin(), own.fingerprints.end(), subject.fingerprint) != own.fingerprints.end())
    return "the policy's [canaries] names it";
  std::vector<CanaryService> known = catalogue.canaries;
  known.push_back({"the policy's [canaries]", own.accounts, own.hosts, {}});
  std::vector<Facts> all = read_given(catalogue, subject, parts);
  all.push_back(subject.derived);
  all.push_back(read_from(catalogue, subject.rule, subject.secret.reveal()));
  for (const auto& [rule, value] : subject.beside) all.push_back(read_from(catalogue, rule, value.reveal()));
  for (const Facts& facts : all)
    if (CanaryMark mark = canary_mark(known, facts, subject.secret.reveal()); !mark.service.empty()) return mark.why;
  return "";
}

}  // namespace staunch
