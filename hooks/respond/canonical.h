// The pieces that signatures of requests are made of: hashes, the parts of a URL, and the canonical request that AWS's
// Signature Version 4 and Alibaba Cloud's version 3 have in common.
//
// Sources: RFC 2104, RFC 3986 (unreserved characters);
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hooks/respond/http.h"

namespace staunch {

std::string hex_of(std::string_view bytes);  // lower case
std::string sha256_hex(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view text);  // 32 bytes
void wipe(std::string& key);                                           // overwrites it where it lies

std::string lower_case(std::string_view text);
std::string percent_encoded(std::string_view text, bool slashes_stay = false);
std::string percent_decoded(std::string_view text);  // what is no %XX stays as it is

// A time as `strftime` writes it in UTC; `seconds` since 1970.
std::string utc(std::int64_t seconds, const char* form);
inline constexpr const char* kHttpDate = "%a, %d %b %Y %H:%M:%S GMT";  // RFC 9110, as signatures take it

// Views into an https URL: the path begins with a slash where there is one, the query is what stands behind '?'.
struct UrlParts {
  std::string_view host, path, query;
};
UrlParts parts_of(std::string_view url);

// Name and value of each parameter, decoded, in the order of the query.
std::vector<std::pair<std::string, std::string>> parameters_of(std::string_view query);

// METHOD, path, sorted query, sorted headers, their names, the body's hash. `path` is as the scheme wants it.
struct Canonical {
  std::string text, signed_names;  // "host;x-amz-date"
};
Canonical canonical_request(const HttpRequest& request, std::string_view path,
                            const std::function<bool(std::string_view)>& is_signed);

}  // namespace staunch
