#include "hooks/respond/sigv4.h"

#include <fmt/format.h>

#include "hooks/respond/canonical.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

std::string wiped_after(std::string& key, std::string_view text) {
  std::string next = hmac_sha256(key, text);
  wipe(key);
  return next;
}

}  // namespace

std::string region_of_host(std::string_view host) {
  const std::size_t first = host.find('.');
  if (first == std::string_view::npos) return "us-east-1";
  const std::string_view rest = host.substr(first + 1);
  const std::string_view word = rest.substr(0, rest.find('.'));
  return word == "amazonaws" ? "us-east-1" : std::string(word);
}

void sign_v4(HttpRequest& request, const AwsKey& key, std::string_view region, std::string_view service,
             std::int64_t now) {
  const std::string stamp = utc(now, "%Y%m%dT%H%M%SZ");
  const std::string_view date = std::string_view(stamp).substr(0, 8);
  const UrlParts url = parts_of(request.url);
  request.headers.emplace_back("Host", url.host);
  request.headers.emplace_back("X-Amz-Date", stamp);
  if (!key.session_token.empty()) request.headers.emplace_back("X-Amz-Security-Token", key.session_token);
  // Paths as they go over the wire are encoded once; in the canonical form they are once more.
  const Canonical canonical =
      canonical_request(request, percent_encoded(url.path, true), [](std::string_view) { return true; });
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", date, region, service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, sha256_hex(canonical.text));
  std::string first = "AWS4" + std::string(key.secret);
  std::string chain = wiped_after(first, date);
  for (const std::string_view step : {region, service, std::string_view("aws4_request")})
    chain = wiped_after(chain, step);
  const std::string signature = hex_of(wiped_after(chain, to_sign));
  request.headers.emplace_back(
      "Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", key.id, scope,
                                   canonical.signed_names, signature));
}

Status sign_aws(const Signing& signing) {
  const AwsKey key{signing.text("key_id"), signing.text("secret"), signing.text("session_token")};
  if (key.id.starts_with("ASIA") && key.session_token.empty())
    return Error{"a temporary key says nothing without its session token", ""};
  sign_v4(signing.request, key, region_of_host(host_of(signing.request.url)), signing.argument, signing.now);
  return Done{};
}

}  // namespace staunch
