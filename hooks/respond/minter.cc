// Which minter a plan's provider has.
#include "hooks/respond/minter.h"

#include <fmt/format.h>

#include "hooks/respond/providers.h"

namespace staunch {
namespace {

// Keys that are no provider's: what this program does itself.
Rotate any() { return {}; }

// Two roles that take turns; their sessions are seen, and ended with the login.
Rotate turns() {
  Rotate facts;
  facts.slots = 2;
  return facts;
}

Rotate by_the_contract() {
  Rotate facts;
  facts.slots = 1;
  facts.kills_old = true;
  facts.no_disable = {"the contract has one call, which ends the old key", "the self-rotation contract"};
  return facts;
}

struct Maker {
  std::string_view provider;
  Result<std::unique_ptr<Minter>> (*make)(MinterNeeds needs);
  Rotate (*facts)();  // null: the provider's file has them
};

constexpr Maker kMakers[] = {
    {"aws", aws_minter, nullptr},           {"gitlab", gitlab_minter, nullptr},     {"openai", openai_minter, nullptr},
    {"postgresql", postgres_minter, turns}, {"self", self_minter, by_the_contract}, {"command", command_minter, any},
    {"person", person_minter, any},
};

const Maker* maker_of(std::string_view provider) {
  for (const Maker& maker : kMakers)
    if (maker.provider == provider) return &maker;
  return nullptr;
}

}  // namespace

bool can_mint(const std::string& provider) { return maker_of(provider) != nullptr; }

Result<std::unique_ptr<Minter>> make_minter(MinterNeeds needs) {
  const Maker* maker = maker_of(needs.plan.provider);
  if (!maker) return Error{fmt::format("keys of '{}' cannot be minted here", needs.plan.provider), needs.plan.path};
  auto facts = rotate_facts(needs.plan.provider);
  if (!facts) return facts.error();
  needs.facts = std::move(*facts);
  return maker->make(std::move(needs));
}

Result<Rotate> rotate_facts(const std::string& provider) {
  const Maker* maker = maker_of(provider);
  if (maker && maker->facts) return maker->facts();
  const auto catalogue = respond_catalogue();
  if (!catalogue) return catalogue.error();
  const Provider* found = find_provider(*catalogue, provider);
  return found ? found->rotate : Rotate();
}

}  // namespace staunch
