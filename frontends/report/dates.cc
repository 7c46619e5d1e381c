#include "frontends/report/dates.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace staunch {
namespace {

constexpr std::int64_t kFirst = -62'135'596'800, kLast = 253'402'300'799;  // years 1 and 9999

}  // namespace

std::string date_text(std::int64_t seconds) {
  const std::time_t time = std::clamp(seconds, kFirst, kLast);
  std::tm parts{};
  gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::optional<std::int64_t> read_date(std::string_view text) {
  static constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (!text.empty() && text.back() == 'Z') text.remove_suffix(1);
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kShape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kShape[i]) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t digits) {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  std::tm parts{};
  parts.tm_year = number(0, 4) - 1900;
  parts.tm_mon = number(5, 2) - 1;
  parts.tm_mday = number(8, 2);
  parts.tm_hour = number(11, 2);
  parts.tm_min = number(14, 2);
  parts.tm_sec = number(17, 2);
  const std::int64_t seconds = timegm(&parts);
  if (date_text(seconds) != text) return std::nullopt;  // the 31st of February
  return seconds;
}

}  // namespace staunch
