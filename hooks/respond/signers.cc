#include "hooks/respond/signers.h"

#include <fmt/format.h>

#include <algorithm>

namespace staunch {

std::string_view Signing::text(std::string_view name) const {
  const auto value = values.find(name);
  return value == values.end() ? std::string_view() : value->second.reveal();
}

const Signer* find_signer(std::string_view sign) {
  static const std::vector<Signer> kSigners = {
      {"aws", {"key_id", "secret"}, sign_aws},
      {"alibaba", {"key_id", "secret"}, sign_alibaba},
      {"azure-storage", {"secret"}, sign_azure_storage},
      {"azure-cosmos", {"secret"}, sign_azure_cosmos},
      {"azure-sas", {"policy", "secret"}, sign_azure_sas},
      {"google", {"secret"}, sign_google, invent_google},
      {"digest", {"user", "secret"}, sign_digest},
  };
  const std::string_view name = sign.substr(0, sign.find(':'));
  const auto found =
      std::find_if(kSigners.begin(), kSigners.end(), [&](const Signer& signer) { return signer.name == name; });
  return found == kSigners.end() ? nullptr : &*found;
}

Status sign_request(std::string_view sign, HttpRequest& request, const Values& values, std::int64_t now) {
  const Signer* signer = find_signer(sign);
  if (!signer) return Error{fmt::format("nobody signs '{}'", sign), ""};
  const std::size_t colon = sign.find(':');
  const Signing signing{request, values, colon == sign.npos ? std::string_view() : sign.substr(colon + 1), now};
  for (const std::string_view hole : signer->holes)
    if (signing.text(hole).empty()) return Error{fmt::format("a signature needs {{{}}}", hole), ""};
  return signer->sign(signing);
}

Status sign_digest(const Signing& signing) {
  signing.request.digest_user = Secret(signing.text("user"));
  signing.request.digest_password = Secret(signing.text("secret"));
  return Done{};
}

}  // namespace staunch
