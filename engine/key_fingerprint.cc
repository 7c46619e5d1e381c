// See key_fingerprint.h. A public key is written as SSH writes it, strings with their lengths before them, and hashed.
#include "engine/key_fingerprint.h"

#include <sodium.h>

#include <bit>
#include <cstdint>
#include <vector>

#include "engine/codings.h"
#include "engine/keyed_hash.h"

namespace staunch {
namespace {

constexpr char kInteger = 0x02, kBits = 0x03, kOctets = 0x04, kOid = 0x06, kSequence = 0x30, kFirst = '\xa0',
               kSecond = '\xa1';

struct Element {
  char tag = 0;
  std::string_view content;
};

// The elements that stand one after another in `der`; empty where that is not what they do.
std::vector<Element> elements(std::string_view der) {
  static constexpr std::size_t kMost = 16;
  std::vector<Element> found;
  while (!der.empty()) {
    if (der.size() < 2 || found.size() == kMost) return {};
    std::size_t length = static_cast<unsigned char>(der[1]), head = 2;
    if (length >= 0x80) {
      const std::size_t bytes = length & 0x7f;
      if (bytes == 0 || bytes > 3 || der.size() < head + bytes) return {};
      for (length = 0; head < 2 + bytes; ++head) length = length << 8 | static_cast<unsigned char>(der[head]);
    }
    if (length > der.size() - head) return {};
    found.push_back({der[0], der.substr(head, length)});
    der.remove_prefix(head + length);
  }
  return found;
}

std::string ssh_string(std::string_view bytes) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<char>(bytes.size() >> shift));
  return text.append(bytes);
}

std::string fingerprint_of(std::string_view blob) {
  std::string text = encode_base64(sha256_of(blob, {}), Base64::standard);
  while (text.back() == '=') text.pop_back();
  return "SHA256:" + text;
}

std::size_t bits_of(std::string_view integer) {
  while (!integer.empty() && integer[0] == 0) integer.remove_prefix(1);
  if (integer.empty()) return 0;
  return integer.size() * 8 - static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(integer[0])));
}

struct Curve {
  std::string_view oid, name;
};
constexpr Curve kCurves[] = {{"\x2a\x86\x48\xce\x3d\x03\x01\x07", "nistp256"},
                             {std::string_view("\x2b\x81\x04\x00\x22", 5), "nistp384"},
                             {std::string_view("\x2b\x81\x04\x00\x23", 5), "nistp521"}};

std::optional<KeyIdentity> identify_rsa(const std::vector<Element>& parts) {
  const std::string blob = ssh_string("ssh-rsa") + ssh_string(parts[2].content) + ssh_string(parts[1].content);
  return KeyIdentity{"RSA " + std::to_string(bits_of(parts[1].content)), fingerprint_of(blob)};
}

// version, p, q, g, y, x
std::optional<KeyIdentity> identify_dsa(const std::vector<Element>& parts) {
  std::string blob = ssh_string("ssh-dss");
  for (std::size_t i = 1; i < 5; ++i) blob += ssh_string(parts[i].content);
  return KeyIdentity{"DSA", fingerprint_of(blob)};
}

// version, private octets, [0] curve, [1] public bits; in PKCS #8 the curve stands outside.
std::optional<KeyIdentity> identify_ec(const std::vector<Element>& parts, std::string_view oid) {
  std::string_view point;
  for (const Element& part : parts) {
    const std::vector<Element> inner = elements(part.content);
    if (inner.size() != 1) continue;
    if (part.tag == kFirst && inner[0].tag == kOid) oid = inner[0].content;
    if (part.tag == kSecond && inner[0].tag == kBits && inner[0].content.size() > 1) point = inner[0].content.substr(1);
  }
  for (const Curve& curve : kCurves) {
    if (curve.oid != oid || point.empty()) continue;
    const std::string blob =
        ssh_string("ecdsa-sha2-" + std::string(curve.name)) + ssh_string(curve.name) + ssh_string(point);
    return KeyIdentity{"ECDSA " + std::string(curve.name), fingerprint_of(blob)};
  }
  return std::nullopt;
}

std::optional<KeyIdentity> identify_ed25519(std::string_view octets) {
  const std::vector<Element> inner = elements(octets);
  if (inner.size() != 1 || inner[0].tag != kOctets || inner[0].content.size() != crypto_sign_SEEDBYTES)
    return std::nullopt;
  std::string open(crypto_sign_PUBLICKEYBYTES, '\0');
  unsigned char secret[crypto_sign_SECRETKEYBYTES];
  crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(open.data()), secret,
                           reinterpret_cast<const unsigned char*>(inner[0].content.data()));
  sodium_memzero(secret, sizeof secret);
  return KeyIdentity{"Ed25519", fingerprint_of(ssh_string("ssh-ed25519") + ssh_string(open))};
}

// What PKCS #8 wraps; a wrapped key wraps no other.
std::optional<KeyIdentity> identify_plain(const std::vector<Element>& parts, std::string_view curve) {
  if (parts.size() >= 2 && parts[0].content == "\x01" && parts[1].tag == kOctets) return identify_ec(parts, curve);
  for (const Element& part : parts)
    if (part.tag != kInteger) return std::nullopt;
  if (parts.size() >= 9) return identify_rsa(parts);
  return parts.size() == 6 ? identify_dsa(parts) : std::nullopt;
}

std::optional<KeyIdentity> identify_wrapped(const std::vector<Element>& parts) {
  static constexpr std::string_view kRsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", kEc = "\x2a\x86\x48\xce\x3d\x02\x01",
                                    kEd25519 = "\x2b\x65\x70";
  const std::vector<Element> algorithm = elements(parts[1].content);
  if (algorithm.empty() || algorithm[0].tag != kOid) return std::nullopt;
  const std::string_view oid = algorithm[0].content, octets = parts[2].content;
  if (oid == kEd25519) return identify_ed25519(octets);
  if (oid != kRsa && oid != kEc) return std::nullopt;
  const std::vector<Element> outer = elements(octets);
  if (outer.size() != 1 || outer[0].tag != kSequence) return std::nullopt;
  const std::string_view curve = algorithm.size() > 1 ? algorithm[1].content : std::string_view();
  return identify_plain(elements(outer[0].content), curve);
}

// Moves `bytes` behind a string with its length before it.
std::optional<std::string_view> take_string(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::size_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  if (length > bytes.size() - 4) return std::nullopt;
  const std::string_view text = bytes.substr(4, length);
  bytes.remove_prefix(4 + length);
  return text;
}

}  // namespace

std::optional<KeyIdentity> identify_der_key(std::string_view der) {
  const std::vector<Element> outer = elements(der);
  if (outer.size() != 1 || outer[0].tag != kSequence) return std::nullopt;
  const std::vector<Element> parts = elements(outer[0].content);
  if (parts.size() < 3 || parts[0].tag != kInteger) return std::nullopt;
  return parts[1].tag == kSequence ? identify_wrapped(parts) : identify_plain(parts, {});
}

std::optional<KeyIdentity> identify_openssh_key(std::string_view bytes) {
  static constexpr std::string_view kMagic{"openssh-key-v1\0", 15};
  if (bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  bytes.remove_prefix(kMagic.size());
  for (int skipped = 0; skipped < 3; ++skipped)  // cipher, key derivation and its options
    if (!take_string(bytes)) return std::nullopt;
  if (bytes.size() < 4) return std::nullopt;
  bytes.remove_prefix(4);  // how many keys: the first is looked at
  const auto blob = take_string(bytes);
  if (!blob) return std::nullopt;
  std::string_view rest = *blob;
  const auto name = take_string(rest);
  if (!name || name->empty()) return std::nullopt;
  return KeyIdentity{std::string(*name), fingerprint_of(*blob)};
}

}  // namespace staunch
