// The table of checks. The kinds themselves stand in check_checksum.cc (arithmetic over the secret's own characters),
// check_azure.cc, check_structure.cc (something is encoded inside), check_parts.cc (parts that stand in clear) and
// check_key_block.cc (armoured keys).
#include "engine/check.h"

#include <algorithm>

#include "engine/check_family.h"

namespace staunch {
namespace {

const CheckKind* find_kind(std::string_view name) {
  for (const auto family : {checksum_kinds(), azure_kinds(), structure_kinds(), part_kinds(), key_block_kinds()})
    for (const CheckKind& kind : family)
      if (kind.name == name) return &kind;
  return nullptr;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const auto family : {checksum_kinds(), azure_kinds(), structure_kinds(), part_kinds(), key_block_kinds()})
    for (const CheckKind& kind : family) names.emplace_back(kind.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

CheckResult check_passed(std::string reason) { return {CheckOutcome::passed, {}, std::move(reason)}; }

CheckResult check_failed(std::string reason) { return {CheckOutcome::failed, {}, std::move(reason)}; }

const std::vector<std::string>& check_kinds() {
  static const std::vector<std::string> names = all_names();
  return names;
}

CheckResult run_check(const Check& check, std::string_view secret) {
  const CheckKind* kind = find_kind(check.kind);
  return kind == nullptr ? CheckResult{} : kind->run(secret, check.prefix);
}

std::string fill_check(const Check& check, std::string body) {
  const CheckKind* kind = find_kind(check.kind);
  return kind == nullptr || kind->fill == nullptr ? body : kind->fill(std::move(body), check.prefix);
}

}  // namespace staunch
