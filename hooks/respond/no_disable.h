// Providers that have no disable: where ending a key cannot be tried first and undone. Said before it is done, with the
// source, for a responder expects the hold that other providers have.
#pragma once

#include <string>
#include <string_view>

namespace staunch {

// Why, with its source; empty for providers that have one, or of which nothing is known.
std::string no_disable(std::string_view provider);

}  // namespace staunch
