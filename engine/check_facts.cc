// What several checks need to read facts out of a secret: dates, parameters of a URL, JSON behind base64.
//
// All input is hostile: facts come out printable and short, numbers have their lengths limited before they are read.
#include <algorithm>

#include <fmt/format.h>

#include "engine/check_family.h"
#include "engine/codings.h"
#include "engine/json_object.h"

namespace staunch {
namespace {

std::int64_t number_of(std::string_view digits) {
  std::int64_t number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

// The calendar arithmetic is Howard Hinnant's civil_from_days and days_from_civil.
std::string written(std::int64_t seconds) {
  const std::int64_t days = seconds / 86400 + 719468, rest = seconds % 86400;
  const std::int64_t era = days / 146097, day_of_era = days % 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * shifted + 2) / 5 + 1;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", era * 400 + year_of_era + (month <= 2), month, day,
                     rest / 3600, rest / 60 % 60, rest % 60);
}

std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2;
  const std::int64_t era = year / 400, year_of_era = year % 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

}  // namespace

std::string fact(std::string_view text) {
  std::string printable(text.substr(0, 200));
  std::replace_if(
      printable.begin(), printable.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return printable;
}

void add_fact(CheckResult& result, const char* name, std::string_view text) {
  if (!text.empty()) result.derived[name] = fact(text);
}

std::string_view field(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == text.npos;
}

std::string date_of(std::string_view number) {
  const std::string_view digits = number.substr(0, number.find_first_not_of(kDigits));
  return digits.empty() || digits.size() > 11 ? std::string() : written(number_of(digits));
}

std::string later(std::string_view stamp, std::string_view seconds) {
  if (stamp.size() != 16 || stamp[8] != 'T' || stamp[15] != 'Z' || seconds.size() > 9) return {};
  if (!consists_of(stamp.substr(0, 8), kDigits) || !consists_of(stamp.substr(9, 6), kDigits)) return {};
  if (!consists_of(seconds, kDigits)) return {};
  const auto part = [&](std::size_t at, std::size_t length) { return number_of(stamp.substr(at, length)); };
  if (part(0, 4) < 1970 || part(4, 2) < 1 || part(4, 2) > 12) return {};
  const std::int64_t days = days_since_1970(part(0, 4), part(4, 2), part(6, 2));
  return written(days * 86400 + part(9, 2) * 3600 + part(11, 2) * 60 + part(13, 2) + number_of(seconds));
}

std::optional<Fields> decode_json(std::string_view base64) {
  const std::optional<std::string> text = decode_base64(base64);
  return text ? read_json_object(*text) : std::nullopt;
}

std::string_view parameter(std::string_view url, std::string_view name) {
  for (std::size_t at = url.find(name); at != url.npos; at = url.find(name, at + 1)) {
    const std::size_t value = at + name.size();
    if (value >= url.size() || url[value] != '=' || (at > 0 && url[at - 1] != '&' && url[at - 1] != '?')) continue;
    return url.substr(value + 1, url.find('&', value) - value - 1);
  }
  return {};
}

}  // namespace staunch
