#include "hooks/respond/no_disable.h"

#include <fmt/format.h>

namespace staunch {
namespace {

struct Lack {
  std::string_view provider, why, source;
};

constexpr Lack kLacks[] = {
    {"openai", "its API lists, changes and deletes keys; narrowed scopes leave a key that still answers",
     "OpenAI API reference, administration: project API keys, service accounts, admin API keys"},
    {"gitlab", "its API rotates and revokes tokens", "GitLab documentation, personal access tokens API"},
    {"github", "its API revokes credentials for good", "GitHub REST documentation, credential revocation"},
    {"slack", "auth.revoke is final", "Slack API documentation, auth.revoke"},
    {"self", "the contract has one call, which ends the old key", "the self-rotation contract"},
};

}  // namespace

std::string no_disable(std::string_view provider) {
  for (const auto& [name, why, source] : kLacks)
    if (name == provider) return fmt::format("{} (source: {})", why, source);
  return "";
}

}  // namespace staunch
