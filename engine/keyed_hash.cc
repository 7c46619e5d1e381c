#include "engine/keyed_hash.h"

#include <sodium.h>

#include <cstring>

namespace staunch {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

ShortKey random_short_key() {
  ShortKey key;
  static_assert(sizeof key == crypto_shorthash_KEYBYTES);
  randombytes_buf(key.data(), key.size());
  return key;
}

std::uint64_t short_hash(std::string_view bytes, const ShortKey& key) {
  unsigned char out[crypto_shorthash_BYTES];
  crypto_shorthash(out, bytes_of(bytes), bytes.size(), key.data());
  std::uint64_t value = 0;
  static_assert(sizeof value == sizeof out);
  std::memcpy(&value, out, sizeof value);
  return value;
}

std::string digest_of(std::string_view bytes) {
  std::string out(kDigestBytes, '\0');
  crypto_generichash(bytes_of(out), out.size(), bytes_of(bytes), bytes.size(), nullptr, 0);
  return out;
}

std::string sha256_of(std::string_view head, std::string_view rest) {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, bytes_of(head), head.size());
  crypto_hash_sha256_update(&state, bytes_of(rest), rest.size());
  crypto_hash_sha256_final(&state, bytes_of(out));
  return out;
}

}  // namespace staunch
