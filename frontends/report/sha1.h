// SHA-1 (FIPS 180-4), for one use: detect-secrets names what it found by it, so that its baselines can be held against
// a run. Not for anything that must withstand somebody.
#pragma once

#include <string>
#include <string_view>

namespace staunch {

// 40 hex digits in small letters.
std::string sha1_hex(std::string_view bytes);

}  // namespace staunch
