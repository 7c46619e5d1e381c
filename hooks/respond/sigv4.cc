#include "hooks/respond/sigv4.h"

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

std::string hex(std::string_view bytes) {
  std::string out;
  for (const unsigned char c : bytes) out += fmt::format("{:02x}", c);
  return out;
}

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  return {reinterpret_cast<const char*>(digest), size};
}

std::string wiped_after(std::string& key, std::string_view text) {
  std::string next = hmac(key, text);
  OPENSSL_cleanse(key.data(), key.size());
  return next;
}

bool unreserved(unsigned char c) { return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; }

std::string encoded(std::string_view text, bool slashes_stay) {
  std::string out;
  for (const unsigned char c : text)
    out +=
        unreserved(c) || (slashes_stay && c == '/') ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

std::string decoded(std::string_view text) {
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

// Paths as they go over the wire are encoded once; in the canonical form they are once more.
std::string canonical_path(std::string_view path) { return path.empty() ? "/" : encoded(path, true); }

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> all;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (!pair.empty())
      all.emplace_back(encoded(decoded(pair.substr(0, equals)), false), encoded(decoded(value), false));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
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

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

struct Url {
  std::string_view host, path, query;
};

Url parts_of(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  Url parts;
  const std::size_t host = std::min(url.find_first_of("/?"), url.size());
  parts.host = url.substr(0, host);
  url.remove_prefix(host);
  const std::size_t path = std::min(url.find('?'), url.size());
  parts.path = url.substr(0, path);
  if (path < url.size()) parts.query = url.substr(path + 1);
  return parts;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr);
  return hex({reinterpret_cast<const char*>(digest), size});
}

std::string region_of_host(std::string_view host) {
  const std::size_t first = host.find('.');
  if (first == std::string_view::npos) return "us-east-1";
  const std::string_view rest = host.substr(first + 1);
  const std::string_view word = rest.substr(0, rest.find('.'));
  return word == "amazonaws" ? "us-east-1" : std::string(word);
}

void sign_v4(HttpRequest& request, const AwsKey& key, std::string_view region, std::string_view service,
             std::int64_t now) {
  const auto clock = static_cast<std::time_t>(now);
  std::tm utc{};
  gmtime_r(&clock, &utc);
  char stamp[20];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  const std::string_view date = std::string_view(stamp).substr(0, 8);
  const Url url = parts_of(request.url);

  request.headers.emplace_back("Host", url.host);
  request.headers.emplace_back("X-Amz-Date", stamp);
  if (!key.session_token.empty()) request.headers.emplace_back("X-Amz-Security-Token", key.session_token);
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) {
    std::string& joined = headers[lower(name)];
    joined += (joined.empty() ? "" : ",") + canonical_value(value);
  }
  std::string lines, names;
  for (const auto& [name, value] : headers) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  const std::string canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, canonical_path(url.path),
                                            canonical_query(url.query), lines, names, sha256_hex(request.body));
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", date, region, service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, scope, sha256_hex(canonical));
  std::string first = "AWS4" + std::string(key.secret);
  std::string chain = wiped_after(first, date);
  for (const std::string_view step : {region, service, std::string_view("aws4_request")})
    chain = wiped_after(chain, step);
  const std::string signature = hex(wiped_after(chain, to_sign));
  request.headers.emplace_back(
      "Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}", key.id, scope,
                                   names, signature));
}

}  // namespace staunch
