// Hashes for what is kept between runs (libsodium): short ones under a random key, and digests.
//
// Whoever does not have the key cannot make two names whose short hashes are the same; by chance two of n are with a
// likelihood of n * n / 2^65.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace staunch {

using ShortKey = std::array<unsigned char, 16>;
ShortKey random_short_key();

// SipHash-2-4 (crypto_shorthash).
std::uint64_t short_hash(std::string_view bytes, const ShortKey& key);

// 32 raw bytes of BLAKE2b (crypto_generichash), without a key.
inline constexpr std::size_t kDigestBytes = 32;
std::string digest_of(std::string_view bytes);

// 32 raw bytes of SHA-256.
std::string sha256_of(std::string_view head, std::string_view rest);

}  // namespace staunch
