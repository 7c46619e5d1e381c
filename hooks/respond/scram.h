// SCRAM, the client's half: proves that one knows a password without sending it, and learns whether the server knows
// it.
//
// Sources: RFC 5802, RFC 7677. Without channel binding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "engine/secret.h"

namespace staunch {

class Scram {
 public:
  enum class Hash : std::uint8_t { sha1, sha256 };
  // The password as the mechanism takes it.
  Scram(Hash hash, std::string_view user, const Secret& password);

  std::string first() const;
  // The proof that answers the server's first message. An Error where that is no challenge, one to somebody else, one
  // so weak that the proof would tell the password, or one that would take too long.
  Result<std::string> answer(std::string_view challenge);
  // After answer(): whether the server's last message shows that it knows the password too.
  bool is_proved_by(std::string_view last) const;

 private:
  Hash hash_;
  Secret password_;
  std::string nonce_, bare_;  // ours; the first message without its head
  std::string signature_;     // that the server must show
};

// What MongoDB hashes with SHA-1 in a password's stead: a digest, in hex.
// Source: https://github.com/mongodb/specifications/blob/master/source/auth/auth.md
Secret mongodb_digest(std::string_view user, const Secret& password);

}  // namespace staunch
