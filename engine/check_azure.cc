// Azure's identifiable keys: base64 with a signature at a fixed place and a Marvin checksum at the end.
//
// Three shapes: service keys (signature, then the checksum over all other bytes, with a seed for each service and
// role), common annotated keys (84 characters, one seed), and client secrets (three characters of a base-66 checksum).
// Source of signatures, seeds and layouts: https://github.com/microsoft/security-utilities
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "engine/check_family.h"
#include "engine/checksums.h"
#include "engine/codings.h"

namespace staunch {
namespace {

// A seed is eight ASCII characters read as one big-endian number.
constexpr std::uint64_t seed(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

struct Service {
  std::string_view signature, seed, role;
};

constexpr Service kServices[] = {
    {"+ASt", "Default0", "storage account"},
    {"AzCa", "Access00", "cache for redis"},
    {"AzSe", "Query000", "search, query"},
    {"AzSe", "PAdmin00", "search, admin"},
    {"+ACR", "ACRDflt0", "container registry"},
    {"+ABa", "AbAcct00", "batch"},
    {"+ASb", "Send0000", "service bus, send"},
    {"+ASb", "Listen00", "service bus, listen"},
    {"+ASb", "Manage00", "service bus, manage"},
    {"+ASb", "System00", "service bus, system"},
    {"+AEh", "Send0000", "event hubs, send"},
    {"+AEh", "Listen00", "event hubs, listen"},
    {"+AEh", "Manage00", "event hubs, manage"},
    {"+AEh", "System00", "event hubs, system"},
    {"+ARm", "Send0000", "relay, send"},
    {"+ARm", "Listen00", "relay, listen"},
    {"+ARm", "Manage00", "relay, manage"},
    {"AzFu", "Master00", "functions, master"},
    {"AzFu", "System00", "functions, system"},
    {"AzFu", "Functi00", "functions, function"},
    {"ACDb", "MastRW00", "cosmos db, read and write"},
    {"ACDb", "MastRO00", "cosmos db, read"},
    {"ACDb", "SysAll00", "cosmos db, system"},
    {"ACDb", "SystRW00", "cosmos db, system"},
    {"ACDb", "SystRO00", "cosmos db, system"},
    {"ACDb", "Resour00", "cosmos db, resource"},
    {"ACDb", "Encryp00", "cosmos db, encryption"},
    {"AIoT", "IoTHub00", "iot hub"},
    {"AIoT", "DpsKey00", "iot provisioning"},
    {"AIoT", "Device00", "iot device"},
    {"APIM", "Tenant00", "api management"},
    {"APIM", "IoTHub00", "api management, subscription"},
    {"APIM", "Gatewy00", "api management, gateway"},
    {"APIM", "GitKey00", "api management, repository"},
};

// The four characters that stand ten from the end, padding apart.
std::string_view signature_of(std::string_view secret) {
  while (!secret.empty() && secret.back() == '=') secret.remove_suffix(1);
  return secret.size() < 10 ? std::string_view() : secret.substr(secret.size() - 10, 4);
}

// Bytes without the checksum; nothing where the secret is not base64.
std::optional<std::string> checked_bytes(std::string_view secret) {
  std::optional<std::string> bytes = decode_base64(secret);
  if (!bytes || bytes->size() < 16) return std::nullopt;
  bytes->resize(bytes->size() - 4);
  return bytes;
}

CheckResult run_service_key(std::string_view secret, std::uint32_t) {
  const std::optional<std::string> bytes = checked_bytes(secret);
  if (!bytes) return check_failed("not base64");
  const std::string found = decode_base64(secret)->substr(bytes->size());
  for (const Service& service : kServices) {
    if (service.signature != signature_of(secret)) continue;
    if (little_endian(marvin32(*bytes, seed(service.seed))) != found) continue;
    CheckResult result = check_passed("checksum matches");
    add_fact(result, "service", service.role);
    return result;
  }
  // Event Grid and SQL have signatures whose seeds are not known here.
  const bool known = std::any_of(std::begin(kServices), std::end(kServices),
                                 [&](const Service& service) { return service.signature == signature_of(secret); });
  return known ? check_failed("checksum does not match") : CheckResult{};
}

std::string fill_service_key(std::string body, std::uint32_t) {
  std::optional<std::string> bytes = checked_bytes(body);
  if (!bytes) return body;
  const bool url = body.find_first_of("-_") != body.npos;
  for (const Service& service : kServices)
    if (service.signature == signature_of(body)) {
      std::string filled = *bytes + little_endian(marvin32(*bytes, seed(service.seed)));
      filled = encode_base64(filled, url ? Base64::url : Base64::standard);
      // The bits that precede the checksum in its first character are part of the checked bytes: unchanged.
      filled.resize(body.size(), '=');
      return filled;
    }
  return body;
}

// Common annotated keys: 80 characters, then base64 of the hash over their 60 bytes, cut to four characters. Keys
// that were derived from another (a D at index 57) write the hash in a base62 of which the order is not published.
constexpr std::size_t kAnnotatedBody = 80;

std::string annotated_tail(std::string_view secret) {
  if (secret.size() < kAnnotatedBody + 4) return {};
  const std::optional<std::string> bytes = decode_base64(secret.substr(0, kAnnotatedBody));
  if (!bytes) return {};
  return encode_base64(little_endian(marvin32(*bytes, seed("Default0"))), Base64::standard).substr(0, 4);
}

CheckResult run_annotated_key(std::string_view secret, std::uint32_t) {
  static constexpr std::string_view kMarker = "JQQJ99";
  if (secret.size() < kAnnotatedBody + 4 || secret.substr(52, 5) != kMarker.substr(0, 5))
    return check_failed("marker is missing");
  CheckResult result;
  if (secret[57] != 'D') {
    result = secret.substr(kAnnotatedBody, 4) == annotated_tail(secret) ? check_passed("checksum matches")
                                                                        : check_failed("checksum does not match");
  }
  const char year = secret[58], month = secret[59];
  if (year >= 'A' && year <= 'Z' && month >= 'A' && month <= 'L')
    add_fact(result, "created", fmt::format("{}-{:02}", 2024 + year - 'A', month - 'A' + 1));
  add_fact(result, "service", secret.substr(76, 4));
  return result;
}

std::string fill_annotated_key(std::string body, std::uint32_t) {
  const std::string tail = annotated_tail(body);
  return tail.empty() ? body : body.replace(kAnnotatedBody, 4, tail);
}

constexpr CheckKind kKinds[] = {
    {"azure-annotated-key", run_annotated_key, fill_annotated_key},
    {"azure-service-key", run_service_key, fill_service_key},
};

}  // namespace

std::span<const CheckKind> azure_kinds() { return kKinds; }

}  // namespace staunch
