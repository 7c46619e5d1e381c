#include "hooks/respond/scram.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/codings.h"
#include "hooks/respond/canonical.h"

namespace staunch {
namespace {

// RFC 7677 asks for 4096 at least; more than a million takes longer than a login should.
constexpr unsigned kFewestRounds = 4096, kMostRounds = 1'000'000;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const EVP_MD* digest_of(Scram::Hash hash) { return hash == Scram::Hash::sha1 ? EVP_sha1() : EVP_sha256(); }

std::string digest(const EVP_MD* md, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, md, nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hmac(const EVP_MD* md, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  HMAC(md, key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

// What stands behind "r=" in "r=…,s=…,i=…"; empty where the message has another form.
std::string_view attribute(std::string_view& message, char name) {
  const std::string_view one = message.substr(0, message.find(','));
  message.remove_prefix(std::min(one.size() + 1, message.size()));
  return one.size() > 2 && one[0] == name && one[1] == '=' ? one.substr(2) : std::string_view();
}

std::string quoted(std::string_view user) {
  std::string out;
  for (const char c : user) out += c == ',' ? "=2C" : c == '=' ? "=3D" : std::string(1, c);
  return out;
}

std::string new_nonce() {
  std::array<char, 24> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  return encode_base64({bytes.data(), bytes.size()}, Base64::standard);
}

}  // namespace

Scram::Scram(Hash hash, std::string_view user, const Secret& password)
    : hash_(hash), password_(password), nonce_(new_nonce()), bare_(fmt::format("n={},r={}", quoted(user), nonce_)) {}

std::string Scram::first() const { return "n,," + bare_; }

Result<std::string> Scram::answer(std::string_view challenge) {
  const Error wrong{"the server's challenge is none", ""};
  std::string_view rest = challenge;
  const std::string_view nonce = attribute(rest, 'r'), salt_text = attribute(rest, 's'), count = attribute(rest, 'i');
  const auto salt = decode_base64(salt_text);
  unsigned rounds = 0;
  const auto read = std::from_chars(count.data(), count.data() + count.size(), rounds);
  if (nonce.size() <= nonce_.size() || !nonce.starts_with(nonce_) || !salt || salt->empty() || !rest.empty() ||
      read.ec != std::errc() || read.ptr != count.data() + count.size())
    return wrong;
  if (rounds < kFewestRounds || rounds > kMostRounds)
    return Error{fmt::format("the server wants {} rounds of hashing", rounds), ""};
  const EVP_MD* md = digest_of(hash_);
  std::string salted(static_cast<std::size_t>(EVP_MD_size(md)), '\0');
  const std::string_view password = password_.reveal();
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(*salt),
                        static_cast<int>(salt->size()), static_cast<int>(rounds), md, static_cast<int>(salted.size()),
                        reinterpret_cast<unsigned char*>(salted.data())) != 1)
    return wrong;
  std::string key = hmac(md, salted, "Client Key");
  const std::string last = fmt::format("c=biws,r={}", nonce);  // "n,,"
  const std::string spoken = fmt::format("{},{},{}", bare_, challenge, last);
  const std::string proof = hmac(md, digest(md, key), spoken);
  signature_ = hmac(md, hmac(md, salted, "Server Key"), spoken);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ proof[i]);
  wipe(salted);
  return fmt::format("{},p={}", last, encode_base64(key, Base64::standard));
}

bool Scram::is_proved_by(std::string_view last) const {
  const auto shown = decode_base64(attribute(last, 'v'));
  return shown && !signature_.empty() && shown->size() == signature_.size() &&
         CRYPTO_memcmp(shown->data(), signature_.data(), signature_.size()) == 0;
}

Secret mongodb_digest(std::string_view user, const Secret& password) {
  std::string text = fmt::format("{}:mongo:{}", user, password.reveal());
  const Secret out(hex_of(digest(EVP_md5(), text)));
  wipe(text);
  return out;
}

}  // namespace staunch
