// One secret, one name: the fingerprint under which a finding is known, ignored and found again.
//
// "sf1:" and 128 bits of keyed BLAKE2b over the secret's bytes (libsodium crypto_generichash), in hex. A value that a
// person may have chosen passes Argon2id first, so that a published fingerprint does not give it away to a word list.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace staunch {

class Fingerprinter {
 public:
  // `key` of any length; an empty one is the public constant.
  explicit Fingerprinter(std::string_view key);

  // Both are thread-safe.
  std::string of(std::string_view secret) const;
  // For a value that a person may have chosen: slow (an eighth of a millisecond) the first time, and remembered.
  std::string of_guessable(std::string_view secret);

 private:
  std::string hash(std::string_view bytes) const;
  std::string stretched(std::string_view secret);

  std::string key_;  // 32 bytes
  std::mutex mutex_;
  std::map<std::string, std::string> known_;  // quick hash -> stretched bytes
};

}  // namespace staunch
