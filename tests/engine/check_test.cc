// Offline checks against vectors that were computed elsewhere (Python's zlib, binascii, base64, hmac-free arithmetic
// by hand, and published examples), and against damage: no single change of a character may pass a checksum.
#include <catch2/catch.hpp>

#include <cstdint>
#include <random>
#include <string>

#include "engine/check.h"
#include "engine/checksums.h"
#include "engine/codings.h"
#include "engine/json_object.h"
#include "engine/key_fingerprint.h"

using namespace staunch;

namespace {

CheckResult run(const std::string& kind, const std::string& secret, std::uint32_t prefix = 0) {
  return run_check({kind, prefix, OnFail::lower}, secret);
}

CheckOutcome outcome(const std::string& kind, const std::string& secret, std::uint32_t prefix = 0) {
  return run(kind, secret, prefix).outcome;
}

struct Vector {
  const char* kind;
  std::uint32_t prefix;
  std::string head, body, tail;
};

// Heads, bodies and tails stand apart so that nothing here looks like a credential.
const Vector kVectors[] = {
    {"crc32-base62", 4, "ghp_", "abcdefghijklmnopqrstuvwxyz0123", "2LolCm"},
    {"crc32-base62", 4, "ghp_", "abcdefghijklmnopqrstuvwx000000", "0IkrAd"},
    {"crc32-hex-le", 0, "glsa_", "abcdefghijklmnopqrstuvwxyz012345", "_8af4f63c"},
    {"crc32-hex", 5, "cfut_", "abcdefghijklmnopqrstuvwxyz0123456789ABCD", "5aa51f0b"},
    {"crc32-hex", 5, "zpka_", "abcdefghijklmnopqrstuvwxyz012345", "_624d474c"},
    {"crc32-base64-le", 4, "cflt", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01", "/KSkDA"},
    {"gitlab-routable", 0, "glpat-", "AAAAAAAAAAAAAAAAAAAAAG86MQp1OjIH", ".01.0w183edk3"},
    {"gitlab-routable", 0, "glpat-", "AAAAAAAAAAAAAAAAAAAAAG86MQp1OjIH", ".0w03qvm4m"},
};

std::string base64(const std::string& text) { return encode_base64(text, Base64::standard); }
std::string base64url(const std::string& text) { return encode_base64(text, Base64::url); }

}  // namespace

TEST_CASE("check: published checksums match") {
  for (const Vector& vector : kVectors) {
    const std::string secret = vector.head + vector.body + vector.tail;
    INFO(vector.kind << " " << vector.tail);
    CHECK(outcome(vector.kind, secret, vector.prefix) == CheckOutcome::passed);
  }
}

TEST_CASE("check: filling gives back the published characters") {
  for (const Vector& vector : kVectors) {
    std::string body = vector.head + vector.body + vector.tail;
    const std::string secret = body;
    body.replace(body.size() - (std::string(vector.kind) == "gitlab-routable" ? 7 : 6), 6, "000000");
    INFO(vector.kind);
    CHECK(fill_check({vector.kind, vector.prefix, OnFail::drop}, body) == secret);
  }
}

TEST_CASE("check: one changed character fails every checksum") {
  for (const Vector& vector : kVectors) {
    const std::string secret = vector.head + vector.body + vector.tail;
    for (std::size_t at = vector.head.size(); at < secret.size(); ++at) {
      std::string damaged = secret;
      damaged[at] = damaged[at] == 'q' ? 'r' : 'q';
      INFO(vector.kind << " at " << at);
      CHECK(outcome(vector.kind, damaged, vector.prefix) == CheckOutcome::failed);
    }
  }
}

TEST_CASE("check: a trusted-publishing token's last character is the XOR of the others") {
  // 31 times 'a' is 0x61 = 97; 97 mod 62 = 35, which is 'j' counting from A. 30 times 'a' and one 'b' give 'b': 98, 36.
  CHECK(outcome("xor-base62", "cio_tp_" + std::string(31, 'a') + "j", 7) == CheckOutcome::passed);
  CHECK(outcome("xor-base62", "cio_tp_" + std::string(30, 'a') + "bk", 7) == CheckOutcome::passed);
  CHECK(outcome("xor-base62", "cio_tp_" + std::string(31, 'a') + "k", 7) == CheckOutcome::failed);
}

TEST_CASE("check: Atlassian's checksum covers the prefix and the equals sign, in upper case") {
  // zlib.crc32(b"123456789") is cbf43926, the CRC's own check value.
  CHECK(to_digits(crc32("123456789"), kHexUpper, 8) == "CBF43926");
  const std::string body = "ATATT3" + std::string(177, 'Q') + "=";
  const std::string secret = body + to_digits(crc32(body), kHexUpper, 8);
  CHECK(outcome("crc32-hex-upper", secret) == CheckOutcome::passed);
  CHECK(outcome("crc32-hex-upper", body + "00000000") == CheckOutcome::failed);
  CHECK(outcome("crc32-hex-upper", secret, 6) == CheckOutcome::failed);
}

TEST_CASE("check: routing of a GitLab token is read") {
  const CheckResult result = run("gitlab-routable", kVectors[6].head + kVectors[6].body + kVectors[6].tail);
  CHECK(result.derived.at("organization") == "1");
  CHECK(result.derived.at("user") == "2");
}

TEST_CASE("check: bech32 of BIP-173, and age keys") {
  // BIP-173's own example: "A12UEL5L" has an empty data part.
  CHECK(bech32_checksum("a", "") == "2uel5l");
  CHECK(bech32_checksum("split", "checkupstagehandshakeupstreamerranterredcaperred") == "2y9e3w");
  CHECK(bech32_checksum("a", "b").empty());
  const std::string body = "AGE-SECRET-KEY-1" + std::string(52, 'Q') + std::string(6, 'Q');
  const std::string secret = fill_check({"age", 0, OnFail::drop}, body);
  CHECK(outcome("age", secret) == CheckOutcome::passed);
  CHECK(outcome("age", body) == CheckOutcome::failed);
}

TEST_CASE("check: Marvin against SymCrypt's vectors") {
  CHECK(marvin64("abc", 0xd53cd9cecd0893b7) == 0x22c74339492769bf);
  CHECK(marvin64("abcdefghijklmnopqrstuvwxyz", 0xddddeeeeffff000) == 0xa128eb7e7260aca2);
}

TEST_CASE("check: an Azure service key names its service and role") {
  const std::string body = std::string(33, 'k') + "+AEh" + "AAAAAA" + "=";
  const std::string secret = fill_check({"azure-service-key", 0, OnFail::lower}, body);
  const CheckResult result = run("azure-service-key", secret);
  CHECK(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("service") == "event hubs, send");
  // The same with the arithmetic written out: seed "Listen00", checksum least significant byte first.
  const std::string bytes = decode_base64(body)->substr(0, 28);
  const std::string other = encode_base64(bytes + little_endian(marvin32(bytes, 0x4c697374656e3030)), Base64::standard);
  CHECK(run("azure-service-key", other).derived.at("service") == "event hubs, listen");
  CHECK(outcome("azure-service-key", body) == CheckOutcome::failed);
  // Signatures without a known seed are neither right nor wrong.
  CHECK(outcome("azure-service-key", std::string(33, 'k') + "AZEG" + "AAAAAA" + "=") == CheckOutcome::none);
}

TEST_CASE("check: an annotated Azure key tells when it was made") {
  const std::string body = std::string(52, 'k') + "JQQJ99BCAC" + std::string(14, 'y') + "ACOG" + "AAAA";
  const std::string secret = fill_check({"azure-annotated-key", 0, OnFail::lower}, body);
  const CheckResult result = run("azure-annotated-key", secret);
  CHECK(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("created") == "2025-03");
  CHECK(result.derived.at("service") == "ACOG");
  CHECK(outcome("azure-annotated-key", body) == CheckOutcome::failed);
  std::string derived_key = body;
  derived_key[57] = 'D';
  CHECK(outcome("azure-annotated-key", derived_key) == CheckOutcome::none);
}

TEST_CASE("check: the account stands inside an AWS key id") {
  const std::string id = std::string("ASIA") + "QNZGKIQY56JQ7WML";  // published example of the decoding
  CHECK(run("aws-key-id", id).derived.at("account") == "029608264753");
  CHECK(outcome("aws-key-id", std::string("AKIA") + "0189018901890189") == CheckOutcome::failed);
}

TEST_CASE("check: a JSON Web Token tells issuer and end, expired or not") {
  const std::string header = base64url(R"({"alg":"RS256","kid":"k1"})");
  const std::string claims = base64url(R"({"iss":"https://a.example","exp":1516239022,"nested":{"exp":1}})");
  const CheckResult result = run("jwt", header + "." + claims + "." + base64url("signature"));
  CHECK(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("issuer") == "https://a.example");
  CHECK(result.derived.at("expires") == "2018-01-18T01:30:22Z");
  CHECK(result.reason.find("2018-01-18") != std::string::npos);
  CHECK(outcome("jwt", "ghs_12_" + header + "." + claims + "." + base64url("s1") + ".") == CheckOutcome::passed);
  CHECK(outcome("jwt", base64url(R"({"alg":"none"})") + "." + claims + ".") == CheckOutcome::failed);
  CHECK(outcome("jwt", header + "." + claims) == CheckOutcome::failed);
  CHECK(outcome("jwt", header + "." + base64url("[1]") + ".c2ln") == CheckOutcome::failed);
}

TEST_CASE("check: derived facts carry no control characters and stay short") {
  const std::string claims = "{\"iss\":\"\\u001b[31m" + std::string(5000, 'i') + "\"}";
  const CheckResult result = run("jwt", base64url(R"({"alg":"HS256"})") + "." + base64url(claims) + ".c2ln");
  REQUIRE(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("issuer").size() == 200);
  CHECK(result.derived.at("issuer").substr(0, 5) == "?[31m");
}

TEST_CASE("check: OpenAI's marker must stand in the middle") {
  const std::string marker = std::string("T3Blbk") + "FJ";
  CHECK(outcome("openai", "sk-" + std::string(20, 'a') + marker + std::string(20, 'b'), 3) == CheckOutcome::passed);
  CHECK(outcome("openai", "sk-" + std::string(20, 'a') + marker + std::string(19, 'b'), 3) == CheckOutcome::failed);
  CHECK(outcome("openai", "sk-" + std::string(40, 'a'), 3) == CheckOutcome::failed);
}

TEST_CASE("check: a macaroon must be whole") {
  const std::string uuid(36, 'u'), signature(32, 's'), caveat = "{\"version\":1}";
  const std::string whole = std::string("\2\1\7a.b.org\2$", 12) + uuid + std::string("\0\2", 2) +
                            static_cast<char>(caveat.size()) + caveat + std::string("\0\0\6 ", 4) + signature;
  const CheckResult result = run("pypi", "pypi-" + base64url(whole), 5);
  CHECK(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("location") == "a.b.org");
  CHECK(result.derived.at("caveats") == "1");
  for (std::size_t length = 0; length < whole.size(); ++length)
    CHECK(outcome("pypi", "pypi-" + base64url(whole.substr(0, length)), 5) == CheckOutcome::failed);
}

TEST_CASE("check: what is encoded inside other tokens") {
  CHECK(outcome("nuget", "oy2j" + std::string(42, 'a')) == CheckOutcome::passed);
  CHECK(outcome("nuget", "oy3j" + std::string(42, 'a')) == CheckOutcome::failed);

  const std::string json = R"({"iat":1700000000.5,"url":"https://s.example","region_url":"https://us.s.example"})";
  const CheckResult sentry = run("sentry", "sntrys_" + base64(json) + "_" + std::string(43, 'a'), 7);
  CHECK(sentry.outcome == CheckOutcome::passed);
  CHECK(sentry.derived.at("region_url") == "https://us.s.example");
  CHECK(sentry.derived.at("issued") == "2023-11-14T22:13:20Z");

  const CheckResult cloud = run("base64-json", "glc_" + base64(R"({"o":"7","k":"x","m":{"r":"eu"}})"), 4);
  CHECK(cloud.derived.at("region") == "eu");
  CHECK(cloud.derived.count("k") == 0);

  const CheckResult bedrock = run("bedrock", "ABSK" + base64("BedrockAPIKey-x-at-012345678901:s3"), 4);
  CHECK(bedrock.derived.at("account") == "012345678901");

  const std::string url = "bedrock.amazonaws.com/?Action=x&X-Amz-Credential=ASIAX%2F20260101%2Fus&X-Amz-Expires=43200";
  const CheckResult session = run("bedrock-url", "bedrock-api-key-" + base64(url), 16);
  CHECK(session.derived.at("access_key_id") == "ASIAX");
  CHECK(session.derived.at("lifetime_seconds") == "43200");
  CHECK(session.derived.count("expires") == 0);  // it does not say when it was signed
  const std::string dated = "bedrock.amazonaws.com/?X-Amz-Date=20260228T180000Z&X-Amz-Expires=43200";
  CHECK(run("bedrock-url", "bedrock-api-key-" + base64(dated), 16).derived.at("expires") == "2026-03-01T06:00:00Z");

  CHECK(run("sendgrid", "SG.id.rest").derived.at("key_id") == "id");
  CHECK(outcome("sendgrid", "SG.id.rest") == CheckOutcome::none);
  CHECK(run("discord-bot", base64url("123456789012345678") + ".a.b").derived.at("user") == "123456789012345678");
  CHECK(outcome("discord-bot", base64url("not digits at all!") + ".a.b") == CheckOutcome::failed);
}

namespace {

std::string pem(const std::string& label, const std::string& bytes, const std::string& newline) {
  const std::string dashes = "-----";
  return dashes + "BEGIN " + label + dashes + newline + base64(bytes) + newline + dashes + "END " + label + dashes;
}

}  // namespace

TEST_CASE("check: key blocks as they stand in source") {
  const std::string der = std::string("\x30\x82\x01\x00", 4) + std::string(256, 'k');
  const std::string label = "RSA PRIVATE KEY";
  CHECK(outcome("key-block", pem(label, der, "\n")) == CheckOutcome::passed);
  CHECK(outcome("key-block", pem(label, der, "\\n")) == CheckOutcome::passed);
  CHECK(outcome("key-block", pem(label, der, "\\n\" +\n    \"")) == CheckOutcome::passed);
  CHECK(outcome("key-block", pem(label, der.substr(1), "\n")) == CheckOutcome::failed);
  CHECK(outcome("key-block", pem(label, der + "x", "\n")) == CheckOutcome::failed);
  CHECK(run("key-block", pem(label, der, "\n")).derived.at("encrypted") == "no");
  CHECK(outcome("key-bytes", base64(der)) == CheckOutcome::passed);
  CHECK(outcome("key-bytes", base64(der + "x")) == CheckOutcome::failed);
  CHECK(outcome("key-bytes", "no base64") == CheckOutcome::failed);
  const std::string headers = "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233\n\n";
  CHECK(run("key-block", pem(label, "noise, not DER", headers)).derived.at("encrypted") == "yes");

  const std::string open("openssh-key-v1\0\0\0\0\4none\0\0\0\4none\0\0\0\0", 36);
  CHECK(run("key-block", pem("OPENSSH PRIVATE KEY", open, "\n")).derived.at("encrypted") == "no");
  CHECK(outcome("key-block", pem("OPENSSH PRIVATE KEY", der, "\n")) == CheckOutcome::failed);
  const std::string pgp = "PGP PRIVATE KEY BLOCK";
  CHECK(outcome("key-block", pem(pgp, "\x95" + der, "\nVersion: X v1\n\n")) == CheckOutcome::passed);
  CHECK(outcome("key-block", pem(pgp, "\x99" + der, "\n")) == CheckOutcome::failed);
}

namespace {

std::string element(char tag, const std::string& content) {
  std::string length;
  if (content.size() > 255)
    length = {'\x82', static_cast<char>(content.size() >> 8), static_cast<char>(content.size())};
  else if (content.size() > 127) length = {'\x81', static_cast<char>(content.size())};
  else length = {static_cast<char>(content.size())};
  return tag + length + content;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (; !hex.empty(); hex.remove_prefix(2))
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(0, 2)), nullptr, 16)));
  return bytes;
}

std::string ssh(const std::string& text) {
  return std::string{0, 0, static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + text;
}

}  // namespace

// The fingerprints are what `ssh-keygen -l` prints for the public halves: of RFC 8032's first test key, of a modulus of
// 128 bytes c5 with the exponent 65537, and of the base point of P-256, which is the public half of the number one.
TEST_CASE("check: a private key tells which one it is") {
  const std::string oid_rsa = from_hex("06092a864886f70d010101"), oid_ec = from_hex("06072a8648ce3d0201"),
                    oid_p256 = from_hex("06082a8648ce3d030107"), oid_ed = from_hex("06032b6570"),
                    zero = from_hex("020100");

  const std::string ed_print = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8";
  const std::string seed = from_hex(
      "9d61b19deffd5a60ba844af492ec2cc4"
      "4449c5697b326919703bac031cae7f60");
  const std::string ed = element('\x30', zero + element('\x30', oid_ed) + element('\x04', element('\x04', seed)));
  REQUIRE(identify_der_key(ed));
  CHECK(identify_der_key(ed)->algorithm == "Ed25519");
  CHECK(identify_der_key(ed)->fingerprint == ed_print);

  const std::string rsa_print = "SHA256:5r7+CJDphsRoSlFfkYRoJo0Ps1ZZigeknWXIz6UbPU4";
  const std::string modulus = element('\x02', std::string(1, '\0') + std::string(128, '\xc5'));
  std::string numbers = zero + modulus + from_hex("0203010001");
  for (int i = 0; i < 6; ++i) numbers += from_hex("020107");
  const std::string rsa = element('\x30', numbers);
  const std::string wrapped =
      element('\x30', zero + element('\x30', oid_rsa + from_hex("0500")) + element('\x04', rsa));
  for (const std::string& der : {rsa, wrapped}) {
    REQUIRE(identify_der_key(der));
    CHECK(identify_der_key(der)->algorithm == "RSA 1024");
    CHECK(identify_der_key(der)->fingerprint == rsa_print);
  }

  const std::string ec_print = "SHA256:SFMVDOrhOSBssOVH9hIcK/Z2XVf1oSVMjNCL8u2aICY";
  const std::string point = from_hex(
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
  const std::string one = from_hex("020101"), scalar = element('\x04', std::string(31, '\0') + '\1');
  const std::string open = element('\xa1', element('\x03', std::string(1, '\0') + point));
  const std::string ec = element('\x30', one + scalar + element('\xa0', oid_p256) + open);
  const std::string ec_wrapped = element(
      '\x30', zero + element('\x30', oid_ec + oid_p256) + element('\x04', element('\x30', one + scalar + open)));
  for (const std::string& der : {ec, ec_wrapped}) {
    REQUIRE(identify_der_key(der));
    CHECK(identify_der_key(der)->algorithm == "ECDSA nistp256");
    CHECK(identify_der_key(der)->fingerprint == ec_print);
  }

  const std::string blob =
      ssh("ssh-ed25519") + ssh(from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  const std::string openssh = std::string("openssh-key-v1\0", 15) + ssh("aes256-ctr") + ssh("bcrypt") + ssh("salt") +
                              std::string("\0\0\0\1", 4) + ssh(blob) + ssh("encrypted");
  REQUIRE(identify_openssh_key(openssh));
  CHECK(identify_openssh_key(openssh)->fingerprint == ed_print);
  const CheckResult result = run("key-block", pem("OPENSSH PRIVATE KEY", openssh, "\n"));
  CHECK(result.derived.at("fingerprint") == ed_print);
  CHECK(result.derived.at("algorithm") == "ssh-ed25519");
  CHECK(result.derived.at("encrypted") == "yes");
  CHECK(run("key-block", pem("PRIVATE KEY", ed, "\\n")).derived.at("fingerprint") == ed_print);

  for (const std::string& der : {ed, rsa, wrapped, ec, ec_wrapped})
    for (std::size_t length = 0; length < der.size(); ++length) CHECK_FALSE(identify_der_key(der.substr(0, length)));
  for (std::size_t length = 0; length + ssh("encrypted").size() < openssh.size(); ++length)
    CHECK_FALSE(identify_openssh_key(openssh.substr(0, length)));
}

TEST_CASE("check: parts that stand in clear are told, the secret part never") {
  const std::string hidden(40, 'Z');
  const struct {
    const char* kind;
    std::string secret;
    const char* name;
    const char* value;
  } cases[] = {
      {"airtable", "patAbc." + hidden, "token_id", "patAbc"},
      {"discord-webhook", "discord.com/api/webhooks/175928847299117063/" + hidden, "created", "2016-04-30T11:18:25Z"},
      {"dynatrace", "dt0c01.PUBLIC." + hidden, "token_id", "dt0c01.PUBLIC"},
      {"mailchimp", hidden + "-us12", "data_center", "us12"},
      {"mapbox", "sk." + base64url(R"({"u":"acme"})") + "." + hidden, "user", "acme"},
      {"salesforce", "00Dxx0000001gEr!" + hidden, "organization", "00Dxx0000001gEr"},
      {"slack-webhook", "hooks.slack.com/services/T1/B2/" + hidden, "workspace", "T1"},
      {"tailscale", "tskey-auth-kid1-" + hidden, "key_id", "kid1"},
      {"telegram", "110201543:" + hidden, "bot", "110201543"},
      {"webhook-url", "https://" + hidden + "@o7.ingest.sentry.io/1", "host", "o7.ingest.sentry.io"},
      {"webhook-url", "acme.webhook.office.com/webhookb2/" + hidden, "host", "acme.webhook.office.com"},
      {"jfrog-reference", base64("reftkn:01:1700000000:" + hidden), "expires", "2023-11-14T22:13:20Z"},
      {"azure-sas", "sv=2022-11-02&sp=rl&sr=b&se=2027-01-01T00%3A00%3A00Z&sig=" + hidden, "expires",
       "2027-01-01T00:00:00Z"},
      {"azure-sas", "sp=rl&sr=b&sv=2022-11-02&si=p1&sig=" + hidden, "policy", "p1"},
  };
  for (const auto& each : cases) {
    INFO(each.kind << " " << each.secret);
    const CheckResult result = run(each.kind, each.secret);
    CHECK(result.outcome != CheckOutcome::failed);
    CHECK(result.derived.at(each.name) == each.value);
    for (const auto& [name, value] : result.derived) CHECK(value.find(hidden) == value.npos);
  }
}

TEST_CASE("check: what does not come apart fails") {
  CHECK(outcome("azure-sas", "sv=2022-11-02&sig=abc") == CheckOutcome::failed);
  CHECK(outcome("azure-sas", "se=2027-01-01&sig=abc") == CheckOutcome::failed);
  CHECK(outcome("basic-auth", base64("user:P4ss")) == CheckOutcome::passed);
  CHECK(outcome("basic-auth", base64("a0b1c2:")) == CheckOutcome::passed);
  CHECK(outcome("basic-auth", base64("user:pass")) == CheckOutcome::failed);
  CHECK(outcome("basic-auth", base64("no colon")) == CheckOutcome::failed);
  CHECK(outcome("basic-auth", base64("user:\x01\x02")) == CheckOutcome::failed);
  CHECK(outcome("discord-webhook", "discord.com/api/webhooks/99999999999999999999/x") == CheckOutcome::failed);
  CHECK(outcome("fly", "fm2_" + base64("\x94\x93")) == CheckOutcome::passed);
  CHECK(outcome("fly", "fm2_" + base64("text")) == CheckOutcome::failed);
  CHECK(outcome("jfrog-reference", base64("reftok:01:0:x")) == CheckOutcome::failed);
  CHECK(outcome("mailgun-basic", base64("api:" + std::string(32, 'a') + "-01234567-89abcdef")) == CheckOutcome::passed);
  CHECK(outcome("mailgun-basic", base64("api:" + std::string(32, 'g') + "-01234567-89abcdef")) == CheckOutcome::failed);
  CHECK(outcome("mapbox", "pk." + base64url("{}") + ".x") == CheckOutcome::failed);
  CHECK(outcome("salesforce", "00Dxx!rest") == CheckOutcome::failed);
  const std::string token = R"("refresh_token":")" + std::string(30, 'r') + R"(","type":"authorized_user")";
  const std::string whole = R"("client_id":"c1",)" + token;
  CHECK(run("google-user-credentials", whole).derived.at("client_id") == "c1");
  CHECK(outcome("google-user-credentials", token) == CheckOutcome::failed);
  std::string escaped;
  for (const char c : whole) escaped += c == '"' ? std::string("\\\"") : std::string(1, c);
  CHECK(outcome("google-user-credentials", escaped) == CheckOutcome::passed);
}

TEST_CASE("check: a service account file, plain and escaped") {
  const std::string key = pem("PRIVATE KEY", std::string("\x30\x06") + "abcdef", "\\n");
  const std::string fields = R"("type": "service_account", "project_id": "p", "private_key_id": ")" +
                             std::string(40, 'a') + R"(", "private_key": ")" + key +
                             R"(", "client_email": "x@p.iam.gserviceaccount.com")";
  const CheckResult result = run("gcp-service-account", fields);
  CHECK(result.outcome == CheckOutcome::passed);
  CHECK(result.derived.at("client_email") == "x@p.iam.gserviceaccount.com");
  std::string escaped;
  for (const char c : fields) escaped += (c == '"' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  CHECK(outcome("gcp-service-account", escaped) == CheckOutcome::passed);
  CHECK(outcome("gcp-service-account", fields.substr(0, fields.size() / 2)) == CheckOutcome::failed);
}

TEST_CASE("check: JSON objects are read flat") {
  const auto fields = read_json_object(R"( {"a":"x\"\u0041\n","b":-1.5e3,"c":{"a":[1,"}"]},"d":true,"a":"second"} )");
  REQUIRE(fields);
  CHECK(fields->at("a") == "x\"A\n");
  CHECK(fields->at("b") == "-1.5e3");
  CHECK(fields->at("c") == R"({"a":[1,"}"]})");
  CHECK(read_json_object("{}")->empty());
  for (const char* bad : {"", "{", "{}x", "[1]", R"({"a"})", R"({"a":})", R"({"a":1,})", R"({"a":")", R"({"a":[})",
                          R"({"a":"\u12"})", R"({"a":"\u00zz"})"}) {
    INFO(bad);
    CHECK_FALSE(read_json_object(bad));
  }
  for (const std::size_t depth : {kMaxJsonDepth, kMaxJsonDepth + 1}) {
    const std::string nested = "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    CHECK(read_json_object(nested).has_value() == (depth == kMaxJsonDepth));
  }
}

TEST_CASE("check: base64 and base32 come back") {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 50, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    CHECK(decode_base64(encode_base64(bytes, Base64::standard)) == bytes);
    CHECK(decode_base64(encode_base64(bytes, Base64::url)) == bytes);
  }
  CHECK(encode_base64("fooba", Base64::standard) == "Zm9vYmE=");  // RFC 4648 section 10
  CHECK(decode_base32("mzxw6ytb") == "fooba");
  CHECK_FALSE(decode_base64("a"));
  CHECK_FALSE(decode_base64("ab=c"));
  CHECK_FALSE(decode_base32("m0"));
}

TEST_CASE("check: hostile secrets of every kind end without harm") {
  std::mt19937 random(11);
  const std::string pieces[] = {"eyJ", ".", "_",  "-----BEGIN ", "-----", "PRIVATE KEY",        "{\"",  "\":",
                                "=",   "1", "\\", "T3Blbk",      "AKIA",  std::string(1, '\0'), "+AEh", "JQQJ99"};
  for (const std::string& kind : check_kinds()) {
    for (int round = 0; round < 400; ++round) {
      std::string secret;
      for (auto part = random() % 12; part > 0; --part)
        if (random() % 2) secret += pieces[random() % std::size(pieces)];
        else secret += std::string(random() % 40, static_cast<char>(random()));
      const Check check{kind, static_cast<std::uint32_t>(random() % 40), OnFail::drop};
      const CheckResult result = run_check(check, secret);
      CHECK((result.outcome != CheckOutcome::none || result.reason.empty()));
      CHECK(fill_check(check, secret).size() == secret.size());
    }
  }
}

TEST_CASE("check: kinds are sorted, and an unknown one says nothing") {
  CHECK(std::is_sorted(check_kinds().begin(), check_kinds().end()));
  CHECK(check_kinds().size() == 40);
  CHECK(outcome("no-such-kind", "x") == CheckOutcome::none);
  CHECK(fill_check({"no-such-kind", 0, OnFail::drop}, "x") == "x");
}
