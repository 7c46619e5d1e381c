#include "hooks/respond/moment.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
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

std::int64_t boot_seconds() {
  timespec clock{};
  clock_gettime(CLOCK_BOOTTIME, &clock);
  return clock.tv_sec;
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

// The second that has begun is counted as over, so that a wait by this mark is never cut short by its fraction.
std::string mark_now() {
  return std::to_string(now_seconds()) + " " + std::to_string(boot_seconds() + 1) + " " + boot_id();
}

std::int64_t seconds_since(const std::string& mark) {
  long long day = 0, boot = 0;
  char id[64] = "";
  if (std::sscanf(mark.c_str(), "%lld %lld %63s", &day, &boot, id) != 3) return -1;
  if (boot_id() != id) return now_seconds() - day;
  const std::int64_t gone = boot_seconds() - boot;
  return gone == -1 ? 0 : gone;
}

}  // namespace staunch
