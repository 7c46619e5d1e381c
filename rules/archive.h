// A Catalogue as bytes and back, for the copy that is built into the program and for the cache of compiled rules.
//
// The format is private and versioned: it is read only by the build that wrote it (the version is part of the cache
// key), but a damaged file is an empty result, never a crash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rules/catalogue.h"

namespace staunch {

std::string pack_catalogue(const Catalogue& catalogue);
std::optional<Catalogue> unpack_catalogue(std::string_view bytes);

}  // namespace staunch
