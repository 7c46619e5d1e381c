// Azure's three ways to sign with a key of an account: Storage's Shared Key, Cosmos DB's master key, and the shared
// access signature of Service Bus, Event Hubs and Relay. All are HMAC-SHA256; the texts differ.
//
// Sources: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
//          https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources
//          https://learn.microsoft.com/azure/service-bus-messaging/service-bus-sas
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/codings.h"
#include "hooks/respond/canonical.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

constexpr std::size_t kAccountKey = 64, kMessagingKey = 32;  // bytes: 512 bits, and 256 or more
constexpr std::int64_t kSasLife = 300;                       // seconds

Error cut_short() { return Error{"the key is not whole: it is cut, or no key of this kind", ""}; }

// In base64, with the key of an account, which is base64 too.
Result<std::string> signed_with_account_key(std::string_view secret, const std::string& text) {
  auto key = decode_base64(secret);
  if (!key || key->size() != kAccountKey) return cut_short();
  const std::string signature = hmac_sha256(*key, text);
  wipe(*key);
  return encode_base64(signature, Base64::standard);
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (lower_case(key) == name) return value;
  return {};
}

// "name:value" of all x-ms- headers, sorted, a line each.
std::string ms_headers(const HttpRequest& request) {
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : request.headers)
    if (const std::string known = lower_case(name); known.starts_with("x-ms-")) all[known] = value;
  std::string lines;
  for (const auto& [name, value] : all) lines += name + ":" + value + "\n";
  return lines;
}

// "/account/path", then "name:value" of each parameter, sorted, a line each.
std::string storage_resource(const UrlParts& url) {
  std::map<std::string, std::vector<std::string>> parameters;
  for (const auto& [name, value] : parameters_of(url.query)) parameters[lower_case(name)].push_back(value);
  std::string text = fmt::format("/{}{}", url.host.substr(0, url.host.find('.')), url.path.empty() ? "/" : url.path);
  for (auto& [name, values] : parameters) {
    std::sort(values.begin(), values.end());
    text += fmt::format("\n{}:{}", name, fmt::join(values, ","));
  }
  return text;
}

}  // namespace

Status sign_azure_storage(const Signing& signing) {
  HttpRequest& request = signing.request;
  const UrlParts url = parts_of(request.url);
  request.headers.emplace_back("x-ms-date", utc(signing.now, kHttpDate));
  std::string text = request.method + "\n";
  for (const char* name : {"content-encoding", "content-language", "content-length", "content-md5", "content-type",
                           "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"}) {
    const bool length = std::string_view(name) == "content-length" && !request.body.empty();
    text += (length ? std::to_string(request.body.size()) : header_of(request, name)) + "\n";
  }
  text += ms_headers(request) + storage_resource(url);
  const auto signature = signed_with_account_key(signing.text("secret"), text);
  if (!signature) return signature.error();
  request.headers.emplace_back("Authorization",
                               fmt::format("SharedKey {}:{}", url.host.substr(0, url.host.find('.')), *signature));
  return Done{};
}

Status sign_azure_cosmos(const Signing& signing) {
  HttpRequest& request = signing.request;
  const std::string date = utc(signing.now, kHttpDate);
  // The link is the path to the resource; of a list that is what holds the list.
  std::string_view link = parts_of(request.url).path;
  if (link.starts_with('/')) link.remove_prefix(1);
  const std::size_t last = link.rfind('/') == link.npos ? 0 : link.rfind('/') + 1;
  if (link.substr(last) == signing.argument) link = link.substr(0, last == 0 ? 0 : last - 1);
  const auto signature = signed_with_account_key(
      signing.text("secret"),
      fmt::format("{}\n{}\n{}\n{}\n\n", lower_case(request.method), signing.argument, link, lower_case(date)));
  if (!signature) return signature.error();
  request.headers.emplace_back("x-ms-date", date);
  request.headers.emplace_back("Authorization", percent_encoded("type=master&ver=1.0&sig=" + *signature));
  return Done{};
}

Status sign_azure_sas(const Signing& signing) {
  const std::string_view key = signing.text("secret");
  const auto bytes = decode_base64(key);
  if (!bytes || bytes->size() < kMessagingKey) return cut_short();
  const std::string scope = percent_encoded(fmt::format("https://{}/", parts_of(signing.request.url).host));
  const std::int64_t until = signing.now + kSasLife;
  // The key signs as it is written, in base64.
  const std::string signature = encode_base64(hmac_sha256(key, fmt::format("{}\n{}", scope, until)), Base64::standard);
  signing.request.headers.emplace_back(
      "Authorization", fmt::format("SharedAccessSignature sr={}&sig={}&se={}&skn={}", scope, percent_encoded(signature),
                                   until, percent_encoded(signing.text("policy"))));
  return Done{};
}

}  // namespace staunch
