// Private keys: does the armour hold what its first line says?
//
// Keys stand in source as they are, indented, with `\n` for line ends, or as quoted pieces that a program joins. So the
// body is read as runs of base64 characters, whatever stands between them. DER must be one SEQUENCE of the right
// length, an OpenSSH body must begin with its magic word, OpenPGP with a secret-key packet. Whether the key needs a
// passphrase is told as a fact, and which key it is where that can be read (key_fingerprint.h). Sources: RFC 7468,
// PROTOCOL.key of OpenSSH, RFC 9580 sections 4.2 and 6.2.
#include <algorithm>
#include <optional>
#include <string>

#include "engine/check_family.h"
#include "engine/codings.h"
#include "engine/key_fingerprint.h"

namespace staunch {
namespace {

constexpr std::string_view kDashes = "-----";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

// What stands between the armour lines, and the label of the first.
struct Armour {
  std::string_view label, body;
};

std::optional<Armour> take_apart(std::string_view text) {
  static constexpr std::string_view kBegin = "-----BEGIN ";
  const std::size_t begin = text.find(kBegin);
  if (begin == text.npos) return std::nullopt;
  text.remove_prefix(begin + kBegin.size());
  const std::size_t dashes = text.find(kDashes);
  if (dashes > 64) return std::nullopt;  // or nowhere
  Armour armour{text.substr(0, dashes), text.substr(dashes + kDashes.size())};
  armour.body = armour.body.substr(0, armour.body.find("-----END"));
  return armour;
}

// Runs of base64 characters, joined. Escapes are dropped with the character after the backslash, header lines
// ("DEK-Info: …", "Version: …") as wholes; a plus sign alone joins strings and is no data; "=abcd" is OpenPGP's check.
std::string join_runs(std::string_view body) {
  std::string joined;
  while (!body.empty()) {
    if (body[0] == '\\') {
      body.remove_prefix(body.size() > 1 ? 2 : 1);
      continue;
    }
    const std::size_t length = std::min(body.find_first_not_of(kBase64), body.size());
    if (length == 0) {
      body.remove_prefix(1);
      continue;
    }
    const std::string_view run = body.substr(0, length);
    body.remove_prefix(length);
    if (!body.empty() && (body[0] == ':' || body[0] == '-')) {
      body.remove_prefix(std::min(body.find_first_of("\n\\"), body.size()));
    } else if (run != "+" && !(run[0] == '=' && run.size() == 5)) {
      joined += run;
    }
  }
  return joined;
}

// One ASN.1 SEQUENCE that fills `der` exactly.
bool is_sequence(std::string_view der) {
  if (der.size() < 2 || der[0] != '\x30') return false;
  std::size_t length = static_cast<unsigned char>(der[1]), head = 2;
  if (length >= 0x80) {
    const std::size_t bytes = length & 0x7f;
    if (bytes == 0 || bytes > 3 || der.size() < head + bytes) return false;
    length = 0;
    for (; head < 2 + bytes; ++head) length = length << 8 | static_cast<unsigned char>(der[head]);
  }
  return length == der.size() - head;
}

CheckResult judge_openssh(std::string_view bytes) {
  static constexpr std::string_view kMagic{"openssh-key-v1\0\0\0\0", 18};  // then the cipher name's length byte
  if (bytes.size() < 32 || bytes.substr(0, kMagic.size()) != kMagic) return check_failed("not an OpenSSH key");
  const std::size_t length = static_cast<unsigned char>(bytes[kMagic.size()]);
  CheckResult result = check_passed("an OpenSSH key");
  add_fact(result, "encrypted", bytes.substr(kMagic.size() + 1, length) == "none" ? "no" : "yes");
  return result;
}

// The first packet's tag must be 5, a secret key, in the old or the new packet format.
CheckResult judge_openpgp(std::string_view bytes) {
  const unsigned first = bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]);
  const bool secret_key = (first & 0xc0) == 0xc0 ? (first & 0x3f) == 5 : (first & 0xbc) == 0x94;
  return secret_key ? check_passed("an OpenPGP secret key") : check_failed("not an OpenPGP secret key");
}

}  // namespace

CheckResult check_key_block(std::string_view text) {
  const std::optional<Armour> armour = take_apart(text);
  if (!armour) return check_failed("no armour");
  const std::optional<std::string> bytes = decode_base64(join_runs(armour->body));
  if (!bytes) return check_failed("the body is not base64");
  CheckResult result;
  const bool openssh = armour->label.find("OPENSSH") != armour->label.npos;
  if (openssh) result = judge_openssh(*bytes);
  else if (armour->label.find("PGP") != armour->label.npos) result = judge_openpgp(*bytes);
  else {
    const bool wrapped = armour->body.find("ENCRYPTED") != armour->body.npos;  // OpenSSL's own scheme: bytes are noise
    if (!wrapped && !is_sequence(*bytes)) return check_failed("the body is not a key");
    result = check_passed("the body is a key");
    add_fact(result, "encrypted", wrapped || armour->label.find("ENCRYPTED") != armour->label.npos ? "yes" : "no");
  }
  if (result.outcome != CheckOutcome::passed) return result;
  add_fact(result, "type", armour->label);
  if (const auto identity = openssh ? identify_openssh_key(*bytes) : identify_der_key(*bytes)) {
    add_fact(result, "algorithm", identity->algorithm);
    add_fact(result, "fingerprint", identity->fingerprint);
  }
  return result;
}

namespace {

// The same without armour: base64 of DER and nothing else.
CheckResult check_key_bytes(std::string_view text) {
  const std::optional<std::string> bytes = decode_base64(text);
  if (!bytes || !is_sequence(*bytes)) return check_failed("the bytes are not a key");
  CheckResult result = check_passed("the bytes are a key");
  if (const auto identity = identify_der_key(*bytes)) {
    add_fact(result, "algorithm", identity->algorithm);
    add_fact(result, "fingerprint", identity->fingerprint);
  }
  return result;
}

constexpr CheckKind kKinds[] = {
    {"key-block", [](std::string_view secret, std::uint32_t) { return check_key_block(secret); }, nullptr},
    {"key-bytes", [](std::string_view secret, std::uint32_t) { return check_key_bytes(secret); }, nullptr},
};

}  // namespace

std::span<const CheckKind> key_block_kinds() { return kKinds; }

}  // namespace staunch
