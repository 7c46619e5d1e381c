// Times as the response writes them: seconds since 1970 in UTC, and RFC 3339.
#pragma once

#include <cstdint>
#include <string>

namespace staunch {

std::int64_t now_seconds();
std::string rfc3339(std::int64_t seconds);
// Of "2026-01-02T03:04:05Z"; negative where it is no such text.
std::int64_t rfc3339_seconds(const std::string& text);
// "24h", "90d", "15m", "30s" in seconds; negative where it is none of these.
std::int64_t duration_seconds(const std::string& text);

}  // namespace staunch
