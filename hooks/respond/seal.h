// Sealed values: XSalsa20-Poly1305 (libsodium secretbox) under a key that lies in a file of its own.
//
// The same key signs the audit, by an Ed25519 key derived from it. Whoever has the key file has both: it is kept apart
// from backups of the journal.
#pragma once

#include <string>
#include <string_view>

#include "engine/result.h"
#include "engine/secret.h"

namespace staunch {

class Sealer {
 public:
  // The key of this file: 32 bytes in hex, its owner's alone. Made where there is none.
  static Result<Sealer> of_file(const std::string& path);
  static Sealer of_key(const Secret& key);  // any bytes

  std::string seal(std::string_view secret) const;  // nonce and box
  Result<Secret> open(std::string_view box) const;

  std::string sign(std::string_view text) const;  // hex
  std::string public_key() const;                 // hex

 private:
  explicit Sealer(Secret key) : key_(std::move(key)) {}
  Secret key_;  // 32 bytes
};

bool signature_holds(std::string_view text, std::string_view signature, std::string_view public_key);

// BLAKE2b-256 in hex.
std::string blake2b_hex(std::string_view text);

}  // namespace staunch
