// Which minter a plan's provider has.
#include "hooks/respond/minter.h"

#include <fmt/format.h>

namespace staunch {
namespace {

using Maker = Result<std::unique_ptr<Minter>> (*)(MinterNeeds needs);

Result<std::unique_ptr<Minter>> make_aws(MinterNeeds needs) {
  return aws_minter(needs.policy.network, std::move(needs.own), needs.plan.user);
}

Result<std::unique_ptr<Minter>> make_postgres(MinterNeeds needs) {
  return postgres_minter(needs.policy.network, std::move(needs.own), needs.plan.server, needs.plan.user);
}

constexpr std::pair<std::string_view, Maker> kMakers[] = {
    {"aws", make_aws},     {"postgresql", make_postgres}, {"gitlab", gitlab_minter}, {"openai", openai_minter},
    {"self", self_minter}, {"command", command_minter},   {"person", person_minter},
};

Maker maker_of(std::string_view provider) {
  for (const auto& [name, maker] : kMakers)
    if (name == provider) return maker;
  return nullptr;
}

}  // namespace

bool can_mint(const std::string& provider) { return maker_of(provider) != nullptr; }

Result<std::unique_ptr<Minter>> make_minter(MinterNeeds needs) {
  const Maker maker = maker_of(needs.plan.provider);
  if (!maker) return Error{fmt::format("keys of '{}' cannot be minted here", needs.plan.provider), needs.plan.path};
  return maker(std::move(needs));
}

}  // namespace staunch
