// Which key an unencrypted private key is: its kind and the fingerprint of its public half, as `ssh-keygen -l` prints
// it.
//
// The fingerprint ties a leaked key to the hosts and accounts that trust it (authorized_keys, deploy keys,
// certificates), and tells nothing of the private half. Pure functions; input is hostile; nothing is known where the
// key is encrypted, damaged, or leaves its public half to arithmetic on curves other than Ed25519. Sources: RFC 8017
// A.1.2 (RSA), RFC 5915 (EC), RFC 5958 and RFC 8410 (PKCS #8, Ed25519), PROTOCOL.key of OpenSSH, RFC 4253 section 6.6
// and RFC 5656 section 3.1 (what is hashed).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace staunch {

struct KeyIdentity {
  std::string algorithm;    // "RSA 2048", "ECDSA nistp256", "Ed25519", "DSA"
  std::string fingerprint;  // "SHA256:" and 43 characters of base64
};

// DER of PKCS #1, SEC 1, OpenSSL's DSA form or PKCS #8.
std::optional<KeyIdentity> identify_der_key(std::string_view der);

// The bytes between OpenSSH's armour lines. Their public half stands in clear even where the key is encrypted.
std::optional<KeyIdentity> identify_openssh_key(std::string_view bytes);

}  // namespace staunch
