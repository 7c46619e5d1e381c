// Ignore files and baselines as text: reading one whole, its lines, our fingerprints in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kFingerprintBytes = 36;  // "sf1:" and 32 hex digits

// The content of a regular file of at most `limit` bytes; a folder, a device or a larger file is an error.
Result<std::string> read_small_file(const std::string& path, std::size_t limit);

// Views into `text`, line ends (LF, CRLF) and a byte order mark excluded.
std::vector<std::string_view> lines_of(std::string_view text);

std::string_view trimmed(std::string_view text);

bool is_fingerprint(std::string_view text);

}  // namespace staunch
