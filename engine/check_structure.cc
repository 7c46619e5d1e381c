// Checks that decode what a secret carries inside: JSON, a macaroon, a name, an account number.
//
// Passing means that the inside is what the issuer puts there, and the facts in it are derived for the report and for
// whoever calls the issuer. A check never looks at the clock: when a token ends is a fact, not a verdict. All input is
// hostile; every function is linear in the secret's length.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "engine/check_family.h"
#include "engine/codings.h"
#include "engine/json_object.h"

namespace staunch {
namespace {

// AWS: base32 of the id's body holds the account number. "A short note on AWS KEY ID", Tal Be'ery, 2023.
CheckResult aws_key_id(std::string_view secret, std::uint32_t) {
  if (secret.size() != 20) return check_failed("not 20 characters");
  const std::optional<std::string> bytes = decode_base32(secret.substr(4));
  if (!bytes) return check_failed("not base32");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 6; ++i) value = value << 8 | static_cast<unsigned char>((*bytes)[i]);
  const std::uint64_t account = (value & 0x7fffffffff80) >> 7;
  CheckResult result;  // any base32 decodes: a fact, but no proof; ids of the first generation hold no account
  if (account <= 999999999999) add_fact(result, "account", fmt::format("{:012}", account));
  return result;
}

// One packet of a version 2 macaroon: a type byte, a length in base 128, the data. Moves `bytes` behind it.
std::optional<std::string_view> macaroon_packet(std::string_view& bytes, char type) {
  if (bytes.empty() || bytes[0] != type) return std::nullopt;
  std::size_t length = 0, at = 1;
  for (int shift = 0;; shift += 7) {
    if (at == bytes.size() || shift > 14) return std::nullopt;
    const unsigned char byte = static_cast<unsigned char>(bytes[at++]);
    length |= static_cast<std::size_t>(byte & 127) << shift;
    if (byte < 128) break;
  }
  if (length > bytes.size() - at) return std::nullopt;
  const std::string_view data = bytes.substr(at, length);
  bytes.remove_prefix(at + length);
  return data;
}

bool macaroon_end_of_section(std::string_view& bytes) {
  if (bytes.empty() || bytes[0] != '\0') return false;
  bytes.remove_prefix(1);
  return true;
}

// The Python index's upload tokens: a version 2 macaroon with a location, an identifier, caveats and a signature.
// https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt
CheckResult pypi(std::string_view secret, std::uint32_t prefix) {
  const std::optional<std::string> decoded = decode_base64(secret.substr(std::min<std::size_t>(prefix, secret.size())));
  if (!decoded || decoded->empty() || (*decoded)[0] != '\x02') return check_failed("not a macaroon");
  std::string_view bytes = std::string_view(*decoded).substr(1);
  const auto location = macaroon_packet(bytes, '\x01'), identifier = macaroon_packet(bytes, '\x02');
  if (!location || !identifier || !macaroon_end_of_section(bytes)) return check_failed("not a macaroon");
  int caveats = 0;
  while (macaroon_packet(bytes, '\x02')) {
    ++caveats;
    if (!macaroon_end_of_section(bytes)) return check_failed("not a macaroon");
  }
  if (!macaroon_end_of_section(bytes)) return check_failed("not a macaroon");
  const auto signature = macaroon_packet(bytes, '\x06');
  if (!signature || signature->size() != 32 || !bytes.empty()) return check_failed("not a macaroon");
  CheckResult result = check_passed("a whole macaroon");
  add_fact(result, "location", *location);
  add_fact(result, "identifier", *identifier);
  add_fact(result, "caveats", std::to_string(caveats));
  return result;
}

// NuGet gallery keys of version 4 are base32 of bytes that begin with "v4". https://github.com/NuGet/NuGetGallery
CheckResult nuget(std::string_view secret, std::uint32_t) {
  const std::optional<std::string> bytes = decode_base32(secret);
  return bytes && bytes->compare(0, 2, "v4") == 0 ? check_passed("decodes to a version 4 key")
                                                  : check_failed("does not decode to a version 4 key");
}

// The facts that JSON inside a token may give, by field name. None of these fields is secret in the formats we know.
void add_json_facts(CheckResult& result, const Fields& fields) {
  static constexpr struct {
    const char* field;
    const char* name;
  } kFacts[] = {
      {"iss", "issuer"},
      {"aud", "audience"},
      {"sub", "subject"},
      {"role", "role"},
      {"url", "url"},
      {"region_url", "region_url"},
      {"org", "organization"},
      {"o", "organization"},
      {"id", "organization"},
      {"n", "name"},
      {"u", "user"},
      {"email", "email"},
      {"signInAddress", "host"},
  };
  for (const auto& known : kFacts) add_fact(result, known.name, field(fields, known.field));
  add_fact(result, "issued", date_of(field(fields, "iat")));
  add_fact(result, "expires", date_of(field(fields, "exp")));
  if (const auto nested = read_json_object(field(fields, "m"))) add_fact(result, "region", field(*nested, "r"));
}

// Base64 of a JSON object behind a prefix: Grafana Cloud, 1Password, Grafana's old API keys.
CheckResult base64_json(std::string_view secret, std::uint32_t prefix) {
  const std::optional<Fields> fields = decode_json(secret.substr(std::min<std::size_t>(prefix, secret.size())));
  if (!fields) return check_failed("no JSON object inside");
  CheckResult result = check_passed("decodes to a JSON object");
  add_json_facts(result, *fields);
  return result;
}

// Sentry's organisation tokens: prefix, base64 of JSON, underscore, secret. https://docs.sentry.io/account/auth-tokens/
CheckResult sentry(std::string_view secret, std::uint32_t prefix) {
  const std::size_t end = secret.rfind('_');
  if (end == secret.npos || end <= prefix) return check_failed("no JSON object inside");
  CheckResult result = base64_json(secret.substr(0, end), prefix);
  if (result.outcome == CheckOutcome::passed && result.derived.count("url") + result.derived.count("region_url") == 0)
    return check_failed("the token names no host");
  return result;
}

// RFC 7519. The token may stand behind a prefix without "eyJ" (GitHub's installation tokens) and before dots that
// belong to the sentence round it.
CheckResult jwt(std::string_view secret, std::uint32_t) {
  const std::size_t begin = secret.find("eyJ");
  if (begin == secret.npos) return check_failed("no header");
  secret.remove_prefix(begin);
  while (!secret.empty() && secret.back() == '.') secret.remove_suffix(1);
  const std::size_t first = secret.find('.'), second = secret.find('.', first == secret.npos ? first : first + 1);
  if (second == secret.npos || secret.find('.', second + 1) != secret.npos) return check_failed("not three parts");
  const auto header = decode_json(secret.substr(0, first));
  const auto claims = decode_json(secret.substr(first + 1, second - first - 1));
  if (!header || field(*header, "alg").empty()) return check_failed("the header does not decode");
  if (!claims) return check_failed("the claims do not decode");
  if (!decode_base64(secret.substr(second + 1))) return check_failed("the signature does not decode");
  if (field(*header, "alg") == "none") return check_failed("the token is not signed");
  CheckResult result = check_passed("header and claims decode");
  add_fact(result, "algorithm", field(*header, "alg"));
  add_fact(result, "key", field(*header, "kid"));
  add_json_facts(result, *claims);
  if (const auto expires = result.derived.find("expires"); expires != result.derived.end())
    result.reason += ", ends " + expires->second;
  return result;
}

// OpenAI's keys have base64 of "OpenAI" in the middle of two parts of one length.
CheckResult openai(std::string_view secret, std::uint32_t prefix) {
  static constexpr std::string_view kMarker = "T3BlbkFJ";
  const std::size_t at = secret.find(kMarker, prefix);
  if (at == secret.npos || at - prefix != secret.size() - at - kMarker.size())
    return check_failed("the marker is not in the middle");
  return check_passed("the marker is in the middle");
}

// Bedrock's long-term keys: base64 of "BedrockAPIKey-<name>-at-<account>:<secret>".
// https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
CheckResult bedrock(std::string_view secret, std::uint32_t prefix) {
  const auto text = decode_base64(secret.substr(std::min<std::size_t>(prefix, secret.size())));
  const std::size_t colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos || text->compare(0, 14, "BedrockAPIKey-") != 0)
    return check_failed("does not decode to a Bedrock key");
  CheckResult result = check_passed("decodes to a Bedrock key");
  add_fact(result, "user", std::string_view(*text).substr(0, colon));
  const std::string_view account = colon < 12 ? "" : std::string_view(*text).substr(colon - 12, 12);
  if (consists_of(account, kDigits)) add_fact(result, "account", account);
  return result;
}

// Bedrock's short-term keys: base64 of a pre-signed URL with the key id, date, region and life time in clear.
CheckResult bedrock_url(std::string_view secret, std::uint32_t prefix) {
  const auto text = decode_base64(secret.substr(std::min<std::size_t>(prefix, secret.size())));
  if (!text || text->compare(0, 21, "bedrock.amazonaws.com") != 0) return check_failed("no Bedrock URL inside");
  CheckResult result = check_passed("decodes to a signed URL");
  std::string scope(parameter(*text, "X-Amz-Credential"));  // key id, date, region, service, with slashes as %2F
  for (std::size_t at; (at = scope.find("%2F")) != scope.npos;) scope.replace(at, 3, "/");
  add_fact(result, "access_key_id", std::string_view(scope).substr(0, scope.find('/')));
  add_fact(result, "issued", parameter(*text, "X-Amz-Date"));
  const std::string_view lifetime = parameter(*text, "X-Amz-Expires");
  add_fact(result, "lifetime_seconds", lifetime);
  add_fact(result, "expires", later(parameter(*text, "X-Amz-Date"), lifetime));
  return result;
}

// A Google service account key file, from its "type" on; quotes may be escaped once (JSON inside a string).
// https://cloud.google.com/iam/docs/keys-create-delete
CheckResult service_account(std::string_view secret, std::uint32_t) {
  std::string text = "{" + std::string(secret) + "}";
  if (secret.substr(0, 1) == "\\") text = read_json_object("{\"x\":\"" + text + "\"}").value_or(Fields{})["x"];
  const std::optional<Fields> fields = read_json_object(text);
  if (!fields) return check_failed("not a JSON object");
  const std::string_view id = field(*fields, "private_key_id"), email = field(*fields, "client_email");
  if (id.size() != 40 || !consists_of(id, "0123456789abcdef")) return check_failed("private_key_id is not a key id");
  if (email.find(".gserviceaccount.com") == email.npos) return check_failed("client_email is no service account");
  if (check_key_block(field(*fields, "private_key")).outcome != CheckOutcome::passed)
    return check_failed("private_key is not a key");
  CheckResult result = check_passed("a whole key file");
  add_fact(result, "client_email", email);
  add_fact(result, "private_key_id", id);
  add_fact(result, "project", field(*fields, "project_id"));
  return result;
}

constexpr CheckKind kKinds[] = {
    {"aws-key-id", aws_key_id, nullptr},
    {"base64-json", base64_json, nullptr},
    {"bedrock", bedrock, nullptr},
    {"bedrock-url", bedrock_url, nullptr},
    {"gcp-service-account", service_account, nullptr},
    {"jwt", jwt, nullptr},
    {"nuget", nuget, nullptr},
    {"openai", openai, nullptr},
    {"pypi", pypi, nullptr},
    {"sentry", sentry, nullptr},
};

}  // namespace

std::span<const CheckKind> structure_kinds() { return kKinds; }

}  // namespace staunch
