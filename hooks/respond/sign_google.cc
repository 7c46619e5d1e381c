// Google's service accounts: a web token that the account's own RSA key signs (RS256) is exchanged for an access token.
//
// Of the key file only the key, its id, the account and the universe are read. Where it is exchanged is the template's
// word, never the file's `token_uri`, which whoever wrote the file could point at himself. The access token that comes
// back is read by nobody and ends by itself.
//
// Sources: https://developers.google.com/identity/protocols/oauth2/service-account, RFC 7515, RFC 7523
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <random>

#include "engine/codings.h"
#include "hooks/respond/canonical.h"
#include "hooks/respond/json.h"
#include "hooks/respond/signers.h"

namespace staunch {
namespace {

constexpr std::int64_t kLife = 300;   // seconds; an hour is the most that is taken
constexpr std::int64_t kBehind = 30;  // our clock may be ahead of theirs by so much
constexpr int kMaxBits = 8192;        // a longer key would cost time and is none of Google's, whose have 2048

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free_all)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// The file from its "type" on, without its braces; inside a string of JSON its quotes are escaped.
std::optional<Json> read_file(std::string_view secret) {
  const std::string text = fmt::format("{{{}}}", secret);
  if (!secret.starts_with('\\')) return parse_json(text);
  const auto string = parse_json(fmt::format(R"({{"file":"{}"}})", text));
  return string ? parse_json(text_at(*string, "/file")) : std::nullopt;
}

int no_password(char*, int, int, void*) { return 0; }

Result<Key> read_key(const std::string& pem) {
  const Bio text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free_all);
  Key key(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  if (!key) return Error{"its private key is not whole", ""};
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) > kMaxBits)
    return Error{"its private key is none of Google's", ""};
  return key;
}

std::string rs256(EVP_PKEY* key, const std::string& text) {
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return {};
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return {};
  signature.resize(size);
  return signature;
}

std::string part(const Json& json) { return encode_base64(to_line(json), Base64::url); }

}  // namespace

Status sign_google(const Signing& signing) {
  const auto file = read_file(signing.text("secret"));
  if (!file || text_at(*file, "/client_email").empty()) return Error{"the key file is not whole", ""};
  const std::string universe = text_at(*file, "/universe_domain");
  if (!universe.empty() && universe != "googleapis.com")
    return Error{"the account is of another cloud than Google's own", ""};
  std::string pem = text_at(*file, "/private_key");
  const auto key = read_key(pem);
  wipe(pem);
  if (!key) return key.error();
  const Json head = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", text_at(*file, "/private_key_id")}};
  const Json claims = {{"iss", text_at(*file, "/client_email")},
                       {"scope", signing.argument},
                       {"aud", signing.request.url},
                       {"iat", signing.now - kBehind},
                       {"exp", signing.now - kBehind + kLife}};
  const std::string token = part(head) + "." + part(claims);
  const std::string signature = rs256(key->get(), token);
  if (signature.empty()) return Error{"its private key does not sign", ""};
  signing.request.body += fmt::format("{}assertion={}.{}", signing.request.body.empty() ? "" : "&", token,
                                      encode_base64(signature, Base64::url));
  return Done{};
}

std::string invent_google() {
  const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const Bio text(BIO_new(BIO_s_mem()), BIO_free_all);
  if (!key || PEM_write_bio_PKCS8PrivateKey(text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return {};
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  std::random_device random;
  const std::string project = fmt::format("made-up-{:08x}", random());
  const Json file = {{"type", "service_account"},
                     {"project_id", project},
                     {"private_key_id", sha256_hex(project).substr(0, 40)},
                     {"private_key", std::string(bytes, static_cast<std::size_t>(size))},
                     {"client_email", fmt::format("svc@{}.iam.gserviceaccount.com", project)}};
  const std::string whole = to_line(file);
  return whole.substr(1, whole.size() - 2);
}

}  // namespace staunch
