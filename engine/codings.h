// Base64 and base32 as credentials use them: decoded leniently, because a token is cut and padded as its issuer likes.
//
// Pure functions; nothing is allocated beyond the result. Input is hostile and may be of any length.
// Sources: RFC 4648 sections 4 to 6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace staunch {

enum class Base64 : unsigned char { standard, url };

// Both alphabets are read, with padding or without. Nothing where another character stands in `text`, where padding
// is not at the end, or where one character is left over. Leftover bits are not examined.
std::optional<std::string> decode_base64(std::string_view text);

// Padded in the standard alphabet, without padding in the URL one.
std::string encode_base64(std::string_view bytes, Base64 alphabet);

// RFC 4648 base32 in either case, without padding; leftover bits are dropped.
std::optional<std::string> decode_base32(std::string_view text);

}  // namespace staunch
