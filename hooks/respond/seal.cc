#include "hooks/respond/seal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "frontends/report/small_file.h"
#include "hooks/respond/files.h"

namespace staunch {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string to_hex(std::string_view bytes) {
  std::string hex(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes_of(bytes), bytes.size());
  hex.pop_back();
  return hex;
}

std::string from_hex(std::string_view hex, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  if (hex.size() != size * 2 ||
      sodium_hex2bin(bytes_of(bytes), size, hex.data(), hex.size(), nullptr, &got, nullptr) != 0 || got != size)
    bytes.clear();
  return bytes;
}

struct SigningKey {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> open{};
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> hidden{};
  ~SigningKey() { sodium_memzero(hidden.data(), hidden.size()); }
};

void derive(const Secret& key, SigningKey& pair) {
  std::array<unsigned char, crypto_sign_SEEDBYTES> seed{};
  crypto_kdf_derive_from_key(seed.data(), seed.size(), 1, "staunchA", bytes_of(key.reveal()));
  crypto_sign_seed_keypair(pair.open.data(), pair.hidden.data(), seed.data());
  sodium_memzero(seed.data(), seed.size());
}

}  // namespace

Sealer Sealer::of_key(const Secret& key) {
  std::string bytes(crypto_secretbox_KEYBYTES, '\0');
  crypto_generichash(bytes_of(bytes), bytes.size(), bytes_of(key.reveal()), key.size(), nullptr, 0);
  Sealer sealer{Secret(bytes)};
  sodium_memzero(bytes.data(), bytes.size());
  return sealer;
}

Result<Sealer> Sealer::of_file(const std::string& path) {
  if (sodium_init() < 0) return Error{"there is no source of randomness", ""};
  struct stat status;
  if (lstat(path.c_str(), &status) != 0) {
    std::string fresh(crypto_secretbox_KEYBYTES, '\0');
    randombytes_buf(fresh.data(), fresh.size());
    const Status written = write_file(path, to_hex(fresh) + "\n");
    sodium_memzero(fresh.data(), fresh.size());
    if (!written) return written.error();
  } else if (!S_ISREG(status.st_mode) || status.st_uid != geteuid() || (status.st_mode & 077) != 0) {
    return Error{"must be a regular file that its owner alone may read, and the owner is not you or the mode not 0600",
                 path};
  }
  const auto text = read_small_file(path, 4096);
  if (!text) return text.error();
  const std::string key = from_hex(trimmed(std::string_view(*text).substr(0, text->find_last_not_of("\r\n") + 1)),
                                   crypto_secretbox_KEYBYTES);
  if (key.empty()) return Error{"is not a sealing key (64 hex digits)", path};
  return Sealer{Secret(key)};
}

std::string Sealer::seal(std::string_view secret) const {
  std::string box(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + secret.size(), '\0');
  randombytes_buf(box.data(), crypto_secretbox_NONCEBYTES);
  crypto_secretbox_easy(bytes_of(box) + crypto_secretbox_NONCEBYTES, bytes_of(secret), secret.size(), bytes_of(box),
                        bytes_of(key_.reveal()));
  return box;
}

Result<Secret> Sealer::open(std::string_view box) const {
  constexpr std::size_t kHead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (box.size() < kHead) return Error{"a sealed value is cut off", ""};
  std::string plain(box.size() - kHead, '\0');
  if (crypto_secretbox_open_easy(bytes_of(plain), bytes_of(box) + crypto_secretbox_NONCEBYTES,
                                 box.size() - crypto_secretbox_NONCEBYTES, bytes_of(box), bytes_of(key_.reveal())) != 0)
    return Error{"a sealed value does not open with this key", ""};
  Secret secret(plain);
  sodium_memzero(plain.data(), plain.size());
  return secret;
}

std::string Sealer::sign(std::string_view text) const {
  SigningKey pair;
  derive(key_, pair);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(text), text.size(), pair.hidden.data());
  return to_hex(signature);
}

std::string Sealer::public_key() const {
  SigningKey pair;
  derive(key_, pair);
  return to_hex({reinterpret_cast<const char*>(pair.open.data()), pair.open.size()});
}

bool signature_holds(std::string_view text, std::string_view signature, std::string_view public_key) {
  const std::string bytes = from_hex(signature, crypto_sign_BYTES),
                    key = from_hex(public_key, crypto_sign_PUBLICKEYBYTES);
  return !bytes.empty() && !key.empty() &&
         crypto_sign_verify_detached(bytes_of(bytes), bytes_of(text), text.size(), bytes_of(key)) == 0;
}

std::string blake2b_hex(std::string_view text) {
  std::string hash(32, '\0');
  crypto_generichash(bytes_of(hash), hash.size(), bytes_of(text), text.size(), nullptr, 0);
  return to_hex(hash);
}

}  // namespace staunch
