// Where packets may go. A provider's host name may be made to lead anywhere; a secret goes to the outside alone.
#pragma once

#include <sys/socket.h>

#include <string_view>

namespace staunch {

// Whether packets may be sent to this address ("192.0.2.1", "2001:db8::1") on behalf of a provider's host name: none of
// the special-purpose blocks of IANA's registries (RFC 6890), nor what carries such an address inside.
bool is_public_address(std::string_view address);
bool is_public_address(const sockaddr& address);

// 127.0.0.0/8.
bool is_loopback_address(const sockaddr& address);

}  // namespace staunch
