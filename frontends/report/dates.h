// Moments as reports write them: RFC 3339 in UTC, to the second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace staunch {

// "2026-01-28T03:26:02" of seconds since 1970; years outside 1 to 9999 are cut to them.
std::string date_text(std::int64_t seconds);

// The reverse, with or without a Z behind it; nothing for any other text.
std::optional<std::int64_t> read_date(std::string_view text);

}  // namespace staunch
