#include "hooks/respond/canonical.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cctype>
#include <ctime>
#include <map>

namespace staunch {
namespace {

bool unreserved(unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> all = parameters_of(query);
  for (auto& [name, value] : all) name = percent_encoded(name), value = percent_encoded(value);
  std::sort(all.begin(), all.end());
  std::string out;
  for (const auto& [name, value] : all) out += (out.empty() ? "" : "&") + name + "=" + value;
  return out;
}

std::string canonical_value(std::string_view value) {
  std::string out;
  for (const char c : value)
    if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return hex_of({reinterpret_cast<const char*>(digest), size});
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

void wipe(std::string& key) { OPENSSL_cleanse(key.data(), key.size()); }

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string percent_encoded(std::string_view text, bool slashes_stay) {
  std::string out;
  for (const unsigned char c : text)
    out +=
        unreserved(c) || (slashes_stay && c == '/') ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string utc(std::int64_t seconds, const char* form) {
  const auto clock = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&clock, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof text, form, &parts)};
}

UrlParts parts_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  UrlParts parts;
  const std::size_t host = std::min(url.find_first_of("/?"), url.size());
  parts.host = url.substr(0, host);
  url.remove_prefix(host);
  const std::size_t path = std::min(url.find('?'), url.size());
  parts.path = url.substr(0, path);
  if (path < url.size()) parts.query = url.substr(path + 1);
  return parts;
}

std::vector<std::pair<std::string, std::string>> parameters_of(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> all;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (!pair.empty()) all.emplace_back(percent_decoded(pair.substr(0, equals)), percent_decoded(value));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return all;
}

Canonical canonical_request(const HttpRequest& request, std::string_view path,
                            const std::function<bool(std::string_view)>& is_signed) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) {
    const std::string known = lower_case(name);
    if (!is_signed(known)) continue;
    std::string& joined = headers[known];
    joined += (joined.empty() ? "" : ",") + canonical_value(value);
  }
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  return {fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path.empty() ? "/" : path,
                      canonical_query(parts_of(request.url).query), lines, names, sha256_hex(request.body)),
          names};
}

}  // namespace staunch
