#include "hooks/respond/addresses.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <initializer_list>
#include <string>

namespace staunch {
namespace {

bool in_prefix(const unsigned char* bytes, std::initializer_list<unsigned char> prefix, unsigned bits) {
  unsigned at = 0;
  for (const unsigned char byte : prefix) {
    const unsigned take = std::min(8u, bits - at);
    const auto mask = static_cast<unsigned char>(0xff << (8 - take));
    if ((bytes[at / 8] & mask) != (byte & mask)) return false;
    at += take;
    if (at == bits) break;
  }
  return true;
}

// Special-purpose blocks of IANA's registry that no provider is reached at.
bool public_v4(const unsigned char* a) {
  return !(in_prefix(a, {0}, 8) || in_prefix(a, {10}, 8) || in_prefix(a, {100, 64}, 10) || in_prefix(a, {127}, 8) ||
           in_prefix(a, {169, 254}, 16) || in_prefix(a, {172, 16}, 12) || in_prefix(a, {192, 0, 0}, 24) ||
           in_prefix(a, {192, 168}, 16) || in_prefix(a, {198, 18}, 15) || in_prefix(a, {224}, 3));
}

// Global unicast alone, without what carries an IPv4 address inside (NAT64, 6to4, Teredo).
bool public_v6(const unsigned char* a) {
  const bool mapped = in_prefix(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96);
  if (mapped) return public_v4(a + 12);
  return in_prefix(a, {0x20}, 3) && !in_prefix(a, {0x20, 0x02}, 16) && !in_prefix(a, {0x20, 0x01, 0, 0}, 32);
}

const unsigned char* bytes_of_v4(const sockaddr& address) {
  return reinterpret_cast<const unsigned char*>(&reinterpret_cast<const sockaddr_in*>(&address)->sin_addr);
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) return public_v4(bytes_of_v4(address));
  if (address.sa_family == AF_INET6)
    return public_v6(
        reinterpret_cast<const unsigned char*>(&reinterpret_cast<const sockaddr_in6*>(&address)->sin6_addr));
  return false;
}

bool is_loopback_address(const sockaddr& address) {
  return address.sa_family == AF_INET && in_prefix(bytes_of_v4(address), {127}, 8);
}

bool is_public_address(std::string_view address) {
  const std::string text(address);
  unsigned char bytes[16];
  if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return public_v4(bytes);
  if (inet_pton(AF_INET6, text.c_str(), bytes) == 1) return public_v6(bytes);
  return false;
}

}  // namespace staunch
