// Checks that are arithmetic over the secret's own characters: the last few follow from the others.
//
// Each kind is one function that computes what the last characters must be; checking compares, filling replaces. A
// secret that is too short for its kind fails. Sources stand at each function.
#include <algorithm>
#include <string>

#include "engine/check_family.h"
#include "engine/checksums.h"
#include "engine/codings.h"

namespace staunch {
namespace {

// What the last characters of `secret` must be; empty where it is too short or not of the kind's alphabet.
using Tail = std::string (*)(std::string_view secret, std::uint32_t prefix);

template <Tail tail>
CheckResult run(std::string_view secret, std::uint32_t prefix) {
  const std::string expected = tail(secret, prefix);
  if (expected.empty()) return check_failed("no room for a checksum");
  std::string found(secret.substr(secret.size() - expected.size()));
  return found == expected ? check_passed("checksum matches") : check_failed("checksum does not match");
}

template <Tail tail>
std::string fill(std::string body, std::uint32_t prefix) {
  const std::string right = tail(body, prefix);
  return body.replace(body.size() - right.size(), right.size(), right);
}

// `secret` without `prefix` bytes at the front and `check` at the back, nor an underscore before the latter; empty
// where nothing is left.
std::string_view payload(std::string_view secret, std::size_t prefix, std::size_t check) {
  if (secret.size() <= prefix + check) return {};
  secret = secret.substr(prefix, secret.size() - prefix - check);
  if (secret.back() == '_') secret.remove_suffix(1);
  return secret;
}

// GitHub's classic tokens: CRC-32 of the random characters in six base62 digits.
// https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
std::string crc32_base62(std::string_view secret, std::uint32_t prefix) {
  if (secret.size() <= prefix + 6u) return {};
  return to_digits(crc32(secret.substr(prefix, secret.size() - prefix - 6)), kBase62, 6);
}

// Cloudflare, Zuplo: CRC-32 in eight hex digits; Atlassian the same in upper case over all that precedes.
// https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
std::string crc32_hex(std::string_view secret, std::uint32_t prefix) {
  const std::string_view body = payload(secret, prefix, 8);
  return body.empty() ? std::string() : to_digits(crc32(body), kHex, 8);
}

std::string crc32_hex_upper(std::string_view secret, std::uint32_t prefix) {
  const std::string_view body = payload(secret, prefix, 8);
  return body.empty() ? std::string() : to_digits(crc32(body), kHexUpper, 8);
}

// Grafana service accounts: the four bytes of the CRC-32 are written least significant first.
// https://github.com/grafana/grafana, pkg/components/satokengen
std::string crc32_hex_le(std::string_view secret, std::uint32_t prefix) {
  const std::string_view body = payload(secret, prefix, 8);
  if (body.empty()) return {};
  std::string hex;
  for (const char byte : little_endian(crc32(body))) hex += to_digits(static_cast<unsigned char>(byte), kHex, 2);
  return hex;
}

// Confluent Cloud: the first six characters of base64 over the CRC-32's bytes, least significant first.
std::string crc32_base64_le(std::string_view secret, std::uint32_t prefix) {
  if (secret.size() <= prefix + 6u) return {};
  const std::uint32_t crc = crc32(secret.substr(prefix, secret.size() - prefix - 6));
  return encode_base64(little_endian(crc), Base64::standard).substr(0, 6);
}

// Trusted-publishing tokens of the Rust crates registry: one character from the XOR of the others.
// https://doc.rust-lang.org/cargo/ (the server's source holds the arithmetic)
std::string xor_base62(std::string_view secret, std::uint32_t prefix) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (secret.size() <= prefix + 1u) return {};
  unsigned sum = 0;
  for (const char c : secret.substr(prefix, secret.size() - prefix - 1)) sum ^= static_cast<unsigned char>(c);
  return std::string(1, kDigits[sum % 62]);
}

// GitLab's routable tokens end in seven base36 digits of the CRC-32 of all that precedes.
// https://gitlab.com/gitlab-org/gitlab, lib/authn/token_field/generator/routable_token.rb
std::string crc32_base36(std::string_view secret, std::uint32_t) {
  if (secret.size() <= 7) return {};
  return to_digits(crc32(secret.substr(0, secret.size() - 7)), kBase36, 7);
}

// age's secret keys are upper-case bech32. https://age-encryption.org/v1, BIP-173
std::string bech32(std::string_view secret, std::uint32_t) {
  std::string lower(secret);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  const std::size_t separator = lower.rfind('1');
  if (separator == lower.npos || lower.size() - separator <= 7) return {};
  const std::string data = lower.substr(separator + 1, lower.size() - separator - 7);
  std::string checksum = bech32_checksum(lower.substr(0, separator), data);
  for (char& c : checksum)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c & ~0x20);
  return checksum;
}

// The routing text of a GitLab token: lines of a letter, a colon and a base36 number.
void add_routing(CheckResult& result, std::string_view routing) {
  static constexpr struct {
    char key;
    const char* name;
  } kNames[] = {{'c', "cell"},    {'g', "group"}, {'o', "organization"},
                {'p', "project"}, {'u', "user"},  {'t', "token_type"}};
  while (!routing.empty()) {
    const std::string_view line = routing.substr(0, routing.find('\n'));
    routing.remove_prefix(std::min(routing.size(), line.size() + 1));
    if (line.size() < 3 || line.size() > 14 || line[1] != ':') continue;
    std::uint64_t number = 0;
    for (const char c : line.substr(2)) {
      const std::size_t digit = kBase36.find(c);
      if (digit == kBase36.npos) return;
      number = number * 36 + digit;
    }
    for (const auto& name : kNames)
      if (name.key == line[0]) add_fact(result, name.name, std::to_string(number));
  }
}

// The length before the checksum says how much base64url stands before the first dot; its last byte says how long the
// routing text before it is.
CheckResult gitlab_routable(std::string_view secret, std::uint32_t prefix) {
  CheckResult result = run<crc32_base36>(secret, prefix);
  if (result.outcome != CheckOutcome::passed) return result;
  const std::size_t dot = secret.find('.');
  if (dot == secret.npos || secret.size() - dot < 10) return check_failed("no routing payload");
  const std::size_t high = kBase36.find(secret[secret.size() - 9]), low = kBase36.find(secret[secret.size() - 8]);
  if (high == kBase36.npos || low == kBase36.npos || high * 36 + low > dot) return check_failed("no routing payload");
  const std::size_t length = high * 36 + low;
  const std::optional<std::string> bytes = decode_base64(secret.substr(dot - length, length));
  if (!bytes || bytes->empty()) return check_failed("no routing payload");
  const std::size_t routing = static_cast<unsigned char>(bytes->back());
  if (routing + 1 > bytes->size()) return check_failed("no routing payload");
  add_routing(result, std::string_view(*bytes).substr(bytes->size() - 1 - routing, routing));
  return result;
}

constexpr CheckKind kKinds[] = {
    {"age", run<bech32>, fill<bech32>},
    {"crc32-base62", run<crc32_base62>, fill<crc32_base62>},
    {"crc32-base64-le", run<crc32_base64_le>, fill<crc32_base64_le>},
    {"crc32-hex", run<crc32_hex>, fill<crc32_hex>},
    {"crc32-hex-le", run<crc32_hex_le>, fill<crc32_hex_le>},
    {"crc32-hex-upper", run<crc32_hex_upper>, fill<crc32_hex_upper>},
    {"gitlab-routable", gitlab_routable, fill<crc32_base36>},
    {"xor-base62", run<xor_base62>, fill<xor_base62>},
};

}  // namespace

std::span<const CheckKind> checksum_kinds() { return kKinds; }

}  // namespace staunch
