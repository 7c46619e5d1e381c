// A Catalogue as bytes and back, for the copy that is built into the program and for the cache of compiled rules.
//
// The format is private and versioned: it is read only by the build that wrote it (the version is part of the cache
// key), but a damaged file is an empty result, never a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rules/catalogue.h"

namespace staunch {

// Raised whenever a struct of a Catalogue gains, loses or moves a field.
inline constexpr std::uint8_t kArchiveVersion = 4;

// The bytes before the packed catalogue: a magic word with the version, and the checksum of what follows.
inline constexpr std::size_t kArchiveHead = 16;
inline constexpr std::size_t kMaxArchiveBytes = 64u << 20;

std::string pack_catalogue(const Catalogue& catalogue);
std::optional<Catalogue> unpack_catalogue(std::string_view bytes);

// Eight little-endian bytes at offset 8 of an archive. It finds damage, not malice: whoever can write the cache can
// write this too, so `unpack_catalogue` trusts no length and no value. Tests and fuzzers mend it to get past it.
std::uint64_t archive_checksum(std::string_view packed);

}  // namespace staunch
