// A report with its secrets, sealed to somebody's public key (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305).
//
// Streams cannot be read again, and a report that shows its secrets is a leak of its own. Sealed, it can lie anywhere:
// only who has the private key can ask about what it holds. The keys are raw 32 bytes in hex:
//
//   openssl genpkey -algorithm x25519 -out seal.pem
//   openssl pkey -in seal.pem -pubout -outform DER | tail -c 32 | xxd -p -c 32     # for --seal-to
//   openssl pkey -in seal.pem -outform DER | tail -c 32 | xxd -p -c 32             # into the file of --unseal
#pragma once

#include <string>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kMaxSealedBytes = 256u << 20;

bool is_public_key(const std::string& hex);

// All that comes from the descriptor, into a new file that is its owner's alone.
Status seal_report(int from, const std::string& to, const std::string& public_key);

bool is_sealed_report(int fd);  // by its first bytes; the descriptor is at its beginning before and after

// The report as a descriptor of memory that no file system has; the caller closes it.
Result<int> open_sealed_report(int fd, const std::string& key_file);

}  // namespace staunch
