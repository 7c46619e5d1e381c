// Checks that take a credential apart where its parts stand in clear or nearly so: an id, a host, a date.
//
// Most prove nothing by themselves; they tell what the report and whoever revokes the credential need to know, such as
// the id by which the issuer lists it. A fact is never the secret part. All input is hostile; every function is linear
// in the secret's length. Sources stand at each function.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/check_family.h"
#include "engine/codings.h"
#include "engine/json_object.h"

namespace staunch {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";

// At most `most` parts; the last one holds what is left.
std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most) {
    const std::size_t at = text.find(separator);
    if (at == text.npos) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  parts.push_back(text);
  return parts;
}

CheckResult only_fact(const char* name, std::string_view text) {
  CheckResult result;
  add_fact(result, name, text);
  return result;
}

// The part of a URL between the scheme, or a user name, and the path.
std::string_view host_of(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != url.npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  return url.substr(url.rfind('@') + 1);
}

// Airtable: the part before the dot is the token's id.
// https://airtable.com/developers/web/guides/personal-access-tokens
CheckResult airtable(std::string_view secret, std::uint32_t) {
  return only_fact("token_id", secret.substr(0, secret.find('.')));
}

// Shared access signatures tell in clear what they allow and until when.
// https://learn.microsoft.com/rest/api/storageservices/create-service-sas
CheckResult azure_sas(std::string_view secret, std::uint32_t) {
  const std::string_view expires = parameter(secret, "se"), policy = parameter(secret, "si");
  if (parameter(secret, "sv").empty() || parameter(secret, "sig").empty())
    return check_failed("a signature without its version");
  if (expires.empty() && policy.empty()) return check_failed("no end and no stored policy");
  CheckResult result = check_passed("version, end and signature stand together");
  std::string end(expires);  // 2026-11-21T10%3A00%3A00Z
  for (std::size_t at; (at = end.find("%3")) != end.npos && at + 2 < end.size();) end.replace(at, 3, ":");
  add_fact(result, "expires", end);
  add_fact(result, "policy", policy);
  add_fact(result, "permissions", parameter(secret, "sp"));
  add_fact(result, "resource", parameter(secret, parameter(secret, "sr").empty() ? "srt" : "sr"));
  return result;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// RFC 7617. Who the user is stays unsaid: some services take the token itself for a name. What documentation shows is
// "user:password" and its like, one word in small letters.
CheckResult basic_auth(std::string_view secret, std::uint32_t) {
  const auto text = decode_base64(secret);
  const std::size_t colon = text && is_printable(*text) ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return check_failed("does not decode to a name and a password");
  const std::string password = text->substr(colon + 1);
  if (!password.empty() && consists_of(password, "abcdefghijklmnopqrstuvwxyz"))
    return check_failed("its password is a plain word");
  return check_passed("decodes to a name and a password");
}

// A Discord id holds the milliseconds since 2015 above its 22 low bits. https://discord.com/developers/docs/reference
std::string snowflake_date(std::string_view id) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (error != std::errc() || end != id.data() + id.size()) return {};
  return date_of(std::to_string((value >> 22) / 1000 + 1420070400));
}

// A Discord bot token begins with base64 of the bot's number.
CheckResult discord_bot(std::string_view secret, std::uint32_t) {
  const auto id = decode_base64(secret.substr(0, secret.find('.')));
  if (!id || id->size() < 15 || !consists_of(*id, kDigits))
    return check_failed("the first part is not a user's number");
  CheckResult result = check_passed("the first part is a user's number");
  add_fact(result, "user", *id);
  return result;
}

// https://discord.com/developers/docs/resources/webhook
CheckResult discord_webhook(std::string_view secret, std::uint32_t) {
  static constexpr std::string_view kPath = "webhooks/";
  const std::size_t at = secret.find(kPath);
  if (at == secret.npos) return check_failed("no webhook");
  const std::string_view id = secret.substr(at + kPath.size(), secret.find('/', at + kPath.size()) - at - kPath.size());
  const std::string made = snowflake_date(id);
  if (made.empty() || made > "2100") return check_failed("the id is not a Discord id");
  CheckResult result = only_fact("webhook_id", id);
  add_fact(result, "created", made);
  return result;
}

// Dynatrace: prefix and public part together are the token's id.
// https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens
CheckResult dynatrace(std::string_view secret, std::uint32_t) {
  const auto parts = split(secret, '.', 3);
  return parts.size() == 3 ? only_fact("token_id", secret.substr(0, secret.rfind('.')))
                           : check_failed("not three parts");
}

// Fly.io: base64 of a MessagePack array that holds a macaroon. https://fly.io/docs/security/tokens/
CheckResult fly(std::string_view secret, std::uint32_t) {
  const auto bytes = decode_base64(secret.substr(std::min(secret.find('_'), secret.size() - 1) + 1));
  const bool array = bytes && !bytes->empty() && (static_cast<unsigned char>((*bytes)[0]) & 0xf0) == 0x90;
  return array ? check_passed("decodes to a MessagePack array")
               : check_failed("does not decode to a MessagePack array");
}

// What gcloud keeps of a signed-in user; quotes may be escaped once.
// https://cloud.google.com/docs/authentication/application-default-credentials
CheckResult google_user_credentials(std::string_view secret, std::uint32_t) {
  std::string text = "{" + std::string(secret) + "}";
  if (secret.substr(0, 1) == "\\") text = read_json_object("{\"x\":\"" + text + "\"}").value_or(Fields{})["x"];
  const std::optional<Fields> fields = read_json_object(text);
  if (!fields) return check_failed("not a JSON object");
  if (field(*fields, "type") != "authorized_user") return check_failed("the type is another");
  if (field(*fields, "refresh_token").size() < 20 || field(*fields, "client_id").empty())
    return check_failed("no refresh token inside");
  CheckResult result = check_passed("whole user credentials");
  add_fact(result, "client_id", field(*fields, "client_id"));
  add_fact(result, "account", field(*fields, "account"));
  add_fact(result, "project", field(*fields, "quota_project_id"));
  return result;
}

// JFrog's reference tokens are base64 of "reftkn:01:<end>:<secret>".
// https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens
CheckResult jfrog_reference(std::string_view secret, std::uint32_t) {
  const auto text = decode_base64(secret);
  if (!text || text->compare(0, 7, "reftkn:") != 0) return check_failed("does not decode to a reference token");
  CheckResult result = check_passed("decodes to a reference token");
  const auto parts = split(*text, ':', 4);
  if (parts.size() == 4 && consists_of(parts[2], kDigits) && parts[2].find_first_not_of('0') != parts[2].npos)
    add_fact(result, "expires", date_of(parts[2]));
  return result;
}

// Mailchimp: what follows the dash names the data centre to call.
// https://mailchimp.com/developer/marketing/guides/quick-start/
CheckResult mailchimp(std::string_view secret, std::uint32_t) {
  return only_fact("data_center", secret.substr(secret.rfind('-') + 1));
}

// Mailgun takes "api:<key>" as basic credentials. https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth
CheckResult mailgun_basic(std::string_view secret, std::uint32_t) {
  const auto text = decode_base64(secret);
  const std::string_view key = text && text->compare(0, 4, "api:") == 0 ? std::string_view(*text).substr(4) : "";
  const auto parts = split(key, '-', 4);
  const bool whole = parts.size() == 3 && parts[0].size() == 32 && parts[1].size() == 8 && parts[2].size() == 8 &&
                     std::all_of(parts.begin(), parts.end(), [](auto part) { return consists_of(part, kHexDigits); });
  return whole ? check_passed("decodes to an API key") : check_failed("does not decode to an API key");
}

// Mapbox: the middle part is JSON with the account's name. https://docs.mapbox.com/help/dive-deeper/access-tokens/
CheckResult mapbox(std::string_view secret, std::uint32_t) {
  const auto parts = split(secret, '.', 3);
  const auto fields = parts.size() == 3 ? decode_json(parts[1]) : std::nullopt;
  if (!fields || field(*fields, "u").empty()) return check_failed("names no account");
  CheckResult result = check_passed("names its account");
  add_fact(result, "user", field(*fields, "u"));
  return result;
}

// Salesforce: a session id begins with the organisation's id.
// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/field_types.htm
CheckResult salesforce(std::string_view secret, std::uint32_t) {
  return secret.find('!') == 15 ? only_fact("organization", secret.substr(0, 15))
                                : check_failed("no organisation before the exclamation mark");
}

// SendGrid's middle part is the id by which the key is revoked; nothing proves the rest.
CheckResult sendgrid(std::string_view secret, std::uint32_t) {
  const auto parts = split(secret, '.', 3);
  return parts.size() == 3 ? only_fact("key_id", parts[1]) : CheckResult{};
}

// https://api.slack.com/messaging/webhooks: host, kind, workspace, then the app or the channel's integration.
CheckResult slack_webhook(std::string_view secret, std::uint32_t) {
  const auto parts = split(secret, '/', 5);
  if (parts.size() < 5) return check_failed("not a webhook");
  CheckResult result = only_fact("workspace", parts[2]);
  add_fact(result, "integration", parts[3]);
  return result;
}

// Tailscale: tskey, kind, id, secret. https://tailscale.com/kb/1252/key-prefixes
CheckResult tailscale(std::string_view secret, std::uint32_t) {
  const auto parts = split(secret, '-', 4);
  if (parts.size() < 4) return check_failed("not four parts");
  CheckResult result = only_fact("kind", parts[1]);
  add_fact(result, "key_id", parts[2]);
  return result;
}

// Telegram: the number before the colon is the bot's. https://core.telegram.org/bots/api#authorizing-your-bot
CheckResult telegram(std::string_view secret, std::uint32_t) {
  return only_fact("bot", secret.substr(0, secret.find(':')));
}

// A URL that is itself the credential: where it leads.
CheckResult webhook_url(std::string_view secret, std::uint32_t) {
  const std::string_view host = host_of(secret);
  return host.find('.') == host.npos ? check_failed("no host") : only_fact("host", host);
}

constexpr CheckKind kKinds[] = {
    {"airtable", airtable, nullptr},
    {"azure-sas", azure_sas, nullptr},
    {"basic-auth", basic_auth, nullptr},
    {"discord-bot", discord_bot, nullptr},
    {"discord-webhook", discord_webhook, nullptr},
    {"dynatrace", dynatrace, nullptr},
    {"fly", fly, nullptr},
    {"google-user-credentials", google_user_credentials, nullptr},
    {"jfrog-reference", jfrog_reference, nullptr},
    {"mailchimp", mailchimp, nullptr},
    {"mailgun-basic", mailgun_basic, nullptr},
    {"mapbox", mapbox, nullptr},
    {"salesforce", salesforce, nullptr},
    {"sendgrid", sendgrid, nullptr},
    {"slack-webhook", slack_webhook, nullptr},
    {"tailscale", tailscale, nullptr},
    {"telegram", telegram, nullptr},
    {"webhook-url", webhook_url, nullptr},
};

}  // namespace

std::span<const CheckKind> part_kinds() { return kKinds; }

}  // namespace staunch
