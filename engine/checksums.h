// The checksums that providers build into credentials, and the digits they are written in.
//
// Pure functions over bytes of any length and content.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace staunch {

// CRC-32 as in zlib (IEEE 802.3, reflected).
std::uint32_t crc32(std::string_view bytes);

// Its four bytes, least significant first.
std::string little_endian(std::uint32_t value);

// `value` in the first `base` of `digits`, padded on the left with the digit zero to at least `width` characters.
// `base` is `digits.size()`.
std::string to_digits(std::uint32_t value, std::string_view digits, std::size_t width);

inline constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kHex = "0123456789abcdef";
inline constexpr std::string_view kHexUpper = "0123456789ABCDEF";

// Marvin, 64 bits, and folded to 32 as .NET does. Source: SymCrypt lib/marvin32.c, microsoft/security-utilities.
std::uint64_t marvin64(std::string_view bytes, std::uint64_t seed);
std::uint32_t marvin32(std::string_view bytes, std::uint64_t seed);

// The last six characters of a bech32 string (BIP-173) with human-readable part `hrp` and `data` (without the
// separator, all of the bech32 alphabet, lower case); empty where a character is not of that alphabet.
std::string bech32_checksum(std::string_view hrp, std::string_view data);

}  // namespace staunch
