#include "engine/fingerprint.h"

#include <sodium.h>

#include <new>

namespace staunch {
namespace {

constexpr std::string_view kPublicKey = "staunch public fingerprint key 1";
constexpr std::size_t kBytes = 16;
// Argon2id: passes and memory. About an eighth of a millisecond on a 2023 server core: dear for a word list, bearable
// for a tree with hundreds of passwords in it. Whoever publishes fingerprints of guessable values should set a key.
constexpr unsigned long long kPasses = 1;
constexpr std::size_t kMemory = 128u << 10;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string generic_hash(std::string_view text, std::string_view key, std::size_t size) {
  std::string out(size, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), size, bytes_of(text), text.size(), bytes_of(key),
                     key.size());
  return out;
}

}  // namespace

Fingerprinter::Fingerprinter(std::string_view key)
    : key_(key.empty() ? std::string(kPublicKey) : generic_hash(key, {}, crypto_generichash_KEYBYTES)) {}

std::string Fingerprinter::of(std::string_view secret) const { return "sf1:" + hash(secret); }

std::string Fingerprinter::of_guessable(std::string_view secret) { return "sf1:" + hash(stretched(secret)); }

std::string Fingerprinter::hash(std::string_view bytes) const {
  const std::string raw = generic_hash(bytes, key_, kBytes);
  std::string hex(2 * kBytes + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes_of(raw), raw.size());
  hex.pop_back();
  return hex;
}

std::string Fingerprinter::stretched(std::string_view secret) {
  const std::string name = generic_hash(secret, key_, 32);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
  }
  const std::string salt = generic_hash("argon2id salt", key_, crypto_pwhash_SALTBYTES);
  std::string out(32, '\0');
  if (crypto_pwhash(reinterpret_cast<unsigned char*>(out.data()), out.size(), secret.data(), secret.size(),
                    bytes_of(salt), kPasses, kMemory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::bad_alloc();  // its only failure
  const std::lock_guard lock(mutex_);
  return known_.emplace(name, std::move(out)).first->second;
}

}  // namespace staunch
