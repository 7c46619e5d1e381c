// Times as the response writes them: seconds since 1970 in UTC, and RFC 3339.
#pragma once

#include <cstdint>
#include <string>

namespace staunch {

std::int64_t now_seconds();
std::string rfc3339(std::int64_t seconds);
// Of "2026-01-02T03:04:05Z"; negative where it is no such text.
std::int64_t rfc3339_seconds(const std::string& text);
std::string words_of_seconds(std::int64_t seconds);  // "90 s", "30 min", "48 h": the largest unit that fits
// "24h", "90d", "15m", "30s" in seconds; negative where it is none of these.
std::int64_t duration_seconds(const std::string& text);

// A moment by which later ones are measured, as text. On the same boot of this machine seconds_since() counts whole
// seconds that have passed by the boot's own clock, which nobody can set; on another boot by the time of day. Negative
// where that went backwards, or where the text is no mark.
std::string mark_now();
std::int64_t seconds_since(const std::string& mark);

}  // namespace staunch
