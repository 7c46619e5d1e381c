#include "hooks/respond/claims.h"

#include <fmt/format.h>

#include <algorithm>

namespace staunch {
namespace {

constexpr std::string_view kHole = "{fingerprint}";

// "staunch/claims/sf1-0123…": names in stores have no colon.
std::string name_for(std::string name, std::string fingerprint) {
  std::replace(fingerprint.begin(), fingerprint.end(), ':', '-');
  if (const std::size_t hole = name.find(kHole); hole != std::string::npos)
    name.replace(hole, kHole.size(), fingerprint);
  return name;
}

}  // namespace

Status check_claims(const Policy& policy) {
  if (!policy.claims.store.empty() || policy.sole_responder) return Done{};
  return Error{
      "no place shows another responder what is being ended: name one in [claims], or say --sole-responder, or "
      "'sole_responder = true' in the policy, where there is no other",
      policy.path};
}

Error taken(const std::string& holder, const std::string& name) {
  return Error{holder.empty() ? "the claim was taken away: another responder may have gone on with it"
                              : fmt::format("the claim was taken over by another responder ({})", holder),
               name};
}

Result<Claim> Claim::put(const StoreWorld& world, const std::string& fingerprint) {
  if (const Status may = check_claims(world.policy); !may) return may.error();
  const auto& [store_name, pattern] = world.policy.claims;
  if (store_name.empty()) return Claim(nullptr, "", "");
  auto store = open_store(world, store_name);
  if (!store) return store.error();
  if (!(*store)->can_claim())
    return Error{fmt::format("the store '{}' cannot show claims", store_name), world.policy.path};
  const std::string name = name_for(pattern, fingerprint);
  const std::string token = blake2b_hex(world.journal->sealer().public_key() + " " + fingerprint).substr(0, 32);
  if (const Status there = (*store)->make_place(name); !there) return there.error();
  if (const Status claimed = (*store)->claim(name, token); !claimed) return claimed.error();
  return Claim(std::move(*store), name, token);
}

Status Claim::held() { return store_ ? store_->held(name_, token_) : Status(Done{}); }

Status Claim::release() { return store_ ? store_->release(name_, token_) : Status(Done{}); }

}  // namespace staunch
