#include "hooks/respond/moment.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>

namespace staunch {
namespace {

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id.empty() ? "-" : id;
}

std::int64_t boot_milliseconds() {
  timespec clock{};
  clock_gettime(CLOCK_BOOTTIME, &clock);
  return std::int64_t{clock.tv_sec} * 1000 + clock.tv_nsec / 1'000'000;
}

}  // namespace

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string rfc3339(std::int64_t seconds) {
  const auto clock = static_cast<std::time_t>(seconds);
  std::tm utc{};
  gmtime_r(&clock, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::int64_t rfc3339_seconds(const std::string& text) {
  std::tm utc{};
  const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return end && *end == '\0' ? static_cast<std::int64_t>(timegm(&utc)) : -1;
}

std::int64_t duration_seconds(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > 1'000'000 || end + 1 != text.data() + text.size()) return -1;
  switch (*end) {
    case 's': return number;
    case 'm': return number * 60;
    case 'h': return number * 3600;
    case 'd': return number * 86400;
    default: return -1;
  }
}

std::string words_of_seconds(std::int64_t seconds) {
  const bool hours = seconds % 3600 == 0, minutes = seconds % 60 == 0;
  return hours     ? fmt::format("{} h", seconds / 3600)
         : minutes ? fmt::format("{} min", seconds / 60)
                   : fmt::format("{} s", seconds);
}

// To the millisecond, or polls a second apart would add up to nothing. The one that has begun is counted as over, so
// that a wait by this mark is never cut short by its fraction. A mark of whole seconds is an older program's.
std::string mark_now() {
  const std::int64_t boot = boot_milliseconds() + 1;
  return fmt::format("{} {}.{:03} {}", now_seconds(), boot / 1000, boot % 1000, boot_id());
}

std::int64_t seconds_since(const std::string& mark) {
  long long day = 0;
  double boot = 0;
  char id[64] = "";
  if (std::sscanf(mark.c_str(), "%lld %lf %63s", &day, &boot, id) != 3) return -1;
  if (boot_id() != id) return now_seconds() - day;
  const std::int64_t gone = boot_milliseconds() - std::llround(boot * 1000);
  return gone < -1000 ? -1 : std::max<std::int64_t>(gone, 0) / 1000;
}

}  // namespace staunch
