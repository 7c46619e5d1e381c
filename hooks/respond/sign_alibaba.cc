// Alibaba Cloud's signature version 3, ACS3-HMAC-SHA256; the tests hold the vector of its documentation.
// Source: https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "hooks/respond/canonical.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

// Taken once by the service, so that nobody can send a request again.
std::string nonce() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

bool is_signed(std::string_view name) { return name == "host" || name == "content-type" || name.starts_with("x-acs-"); }

}  // namespace

Status sign_alibaba(const Signing& signing) {
  HttpRequest& request = signing.request;
  const UrlParts url = parts_of(request.url);
  const auto add = [&](const char* name, std::string value) {
    const bool there = std::any_of(request.headers.begin(), request.headers.end(),
                                   [&](const auto& header) { return header.first == name; });
    if (!there) request.headers.emplace_back(name, std::move(value));
  };
  add("Host", std::string(url.host));
  add("x-acs-date", utc(signing.now, "%Y-%m-%dT%H:%M:%SZ"));
  add("x-acs-signature-nonce", nonce());
  add("x-acs-content-sha256", sha256_hex(request.body));
  if (!signing.text("session_token").empty()) add("x-acs-security-token", std::string(signing.text("session_token")));
  const Canonical canonical = canonical_request(request, url.path, is_signed);
  const std::string signature =
      hex_of(hmac_sha256(signing.text("secret"), "ACS3-HMAC-SHA256\n" + sha256_hex(canonical.text)));
  request.headers.emplace_back("Authorization",
                               fmt::format("ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}",
                                           signing.text("key_id"), canonical.signed_names, signature));
  return Done{};
}

}  // namespace staunch
