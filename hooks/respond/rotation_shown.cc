// What a dry run of a rotation showed, so that a live run can be tied to it: the plan's text and order, the key in use,
// where its values are written, and who we may act as. No secret: the key's value stands as its fingerprint.
#include <fmt/format.h>

#include "engine/fingerprint.h"
#include "hooks/respond/plan.h"
#include "hooks/respond/rotate.h"
#include "hooks/respond/canonical.h"

namespace staunch {
namespace {

constexpr const char* kKind = "rotation-plan";

Json place_of(const Policy& policy, const std::string& name) {
  for (const StoreSettings& store : policy.stores)
    if (store.name == name)
      return {{"kind", store.kind},   {"address", store.address}, {"namespace", store.vault_namespace},
              {"mount", store.mount}, {"path", store.path},       {"region", store.region},
              {"file", store.file},   {"command", store.command}};
  return {{"kind", name}};
}

}  // namespace

Json rotation_about(RotateWorld& world, const RotationPlan& plan, const RotateOrder& order) {
  Json about = {{"plan", sha256_hex(plan.text)}, {"name", plan.name},
                {"provider", plan.provider},     {"user", plan.user},
                {"emergency", order.emergency},  {"both_leaked", order.both_leaked},
                {"leaked", order.leaked_id},     {"accounts", Json::array()},
                {"stores", Json::object()},      {"test_endpoints", world.policy.network.test_endpoints}};
  if (const auto own = world.policy.own_accounts.find(plan.provider); own != world.policy.own_accounts.end())
    about["accounts"] = own->second;
  for (const RotationTarget& target : plan.targets)
    about["stores"][target.store] = place_of(world.policy, target.store);
  const auto held = key_in_use(world, plan);
  if (!held) return about;
  world.output.know(held->secret);
  for (const auto& [part, value] : held->more) world.output.know(value);
  about["key"] = held->id;
  about["fingerprint"] = held->secret.empty() ? "" : Fingerprinter(world.fingerprint_key).of(held->secret.reveal());
  return about;
}

std::string standing_digest(const Json& about) {
  Json standing = about;
  for (const char* varying : {"key", "fingerprint"}) standing.erase(varying);
  return digest_of(standing);
}

Status keep_rotation_shown(Journal& journal, const Json& about, std::int64_t now) {
  return keep_shown(journal, kKind, about, now);
}

Status check_rotation_shown(const Journal& journal, const Json& about, const std::string& digest, std::int64_t now) {
  const auto kept = kept_shown(journal, kKind, digest, now);
  if (!kept) return kept.error();
  const Json* shown = find_at(*kept, "/about");
  if (shown && *shown == about) return Done{};
  std::string changed;
  for (const auto& [name, value] : about.items())
    if (!shown || shown->value(name, Json()) != value) changed += (changed.empty() ? "" : ", ") + name;
  if (changed.empty()) changed = "the key in use cannot be told any more";
  return Error{
      fmt::format("it is not as the plan showed it ({}); nothing was done, make a new one with a dry run", changed),
      digest};
}

}  // namespace staunch
