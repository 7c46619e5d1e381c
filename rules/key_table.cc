// The parts of the key tables that do not depend on the struct that is filled, and the wording of the messages.
#include "rules/key_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "rules/letters.h"
#include "rules/nearest.h"

namespace staunch {
namespace {

bool same_key(const Reading& reading, std::string_view a, std::string_view b) {
  return reading.strict() ? a == b : same_letters(a, b);
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> words) {
  const std::string_view near = nearest(word, words);
  return near.empty() ? std::string() : fmt::format("did you mean '{}'?", near);
}

}  // namespace

void Reading::add(Diagnostic::Level level, Spot spot, std::string message, std::string hint) {
  if (level == Diagnostic::Level::error) ++errors;
  if (diagnostics.size() < limit) diagnostics.push_back({level, place(spot), std::move(message), std::move(hint)});
  else if (diagnostics.size() == limit)
    diagnostics.push_back({Diagnostic::Level::error, {file, std::numeric_limits<std::uint32_t>::max(), 1}, {}, {}});
}

void Reading::error(Spot spot, std::string message, std::string hint) {
  add(Diagnostic::Level::error, spot, std::move(message), std::move(hint));
}

void Reading::warning(Spot spot, std::string message, std::string hint) {
  add(Diagnostic::Level::warning, spot, std::move(message), std::move(hint));
}

std::vector<Diagnostic> take_diagnostics(Reading& reading) {
  std::vector<Diagnostic> out = std::move(reading.diagnostics);
  std::stable_sort(out.begin(), out.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
  });
  if (out.size() > reading.limit) {
    out.back().place = {reading.file, 0, 0};
    out.back().message = fmt::format("more than {} mistakes; the others are not listed", reading.limit);
    if (reading.errors == 0) out.back().level = Diagnostic::Level::warning;
  }
  return out;
}

const TomlEntry* find_entry(const Reading& reading, const TomlTable& table, std::string_view key) {
  for (const TomlEntry& entry : table)
    if (same_key(reading, entry.key, key)) return &entry;
  return nullptr;
}

std::size_t find_key(Reading& reading, const TomlEntry& entry, std::span<const std::string_view> keys) {
  for (std::size_t i = 0; i < keys.size(); ++i)
    if (!keys[i].empty() && same_key(reading, entry.key, keys[i])) return i;
  if (reading.explain && reading.explain(reading, entry)) return keys.size();
  std::string message = fmt::format("unknown key '{}'", entry.key);
  std::string hint = reading.diagnostics.size() < kMaxDiagnostics ? did_you_mean(entry.key, keys) : std::string();
  if (reading.strict()) reading.error(entry.spot, std::move(message), std::move(hint));
  else reading.warning(entry.spot, std::move(message), std::move(hint));
  return keys.size();
}

void report_twins(Reading& reading, const TomlTable& table) {
  if (reading.strict()) return;  // TOML itself forbids two of the same case
  std::vector<std::pair<std::string, const TomlEntry*>> keys;
  for (const TomlEntry& entry : table) keys.emplace_back(lower(entry.key), &entry);
  const auto by_key = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(keys.begin(), keys.end(), by_key);
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (keys[i].first == keys[i - 1].first)
      reading.error(keys[i].second->spot, fmt::format("the key '{}' stands here twice", keys[i].second->key),
                    "case does not tell keys apart");
}

void report_kind(Reading& reading, std::string_view key, const TomlValue& value, std::string_view wanted) {
  reading.error(value.spot, fmt::format("'{}' must be {}, not {}", key, wanted, kind_name(value)));
}

const TomlTable* expect_table(Reading& reading, std::string_view key, const TomlValue& value) {
  const TomlTable* table = std::get_if<TomlTable>(&value.is);
  if (!table) report_kind(reading, key, value, "a table");
  return table;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::string& out) {
  const std::string* text = std::get_if<std::string>(&value.is);
  if (!text) return report_kind(reading, key, value, "a string"), false;
  out = *text;
  return true;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, bool& out) {
  const bool* truth = std::get_if<bool>(&value.is);
  if (!truth) return report_kind(reading, key, value, "true or false"), false;
  out = *truth;
  return true;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, double& out) {
  if (const double* real = std::get_if<double>(&value.is)) return out = *real, true;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&value.is)) return out = static_cast<double>(*whole), true;
  return report_kind(reading, key, value, "a number"), false;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::int64_t& out) {
  const std::int64_t* whole = std::get_if<std::int64_t>(&value.is);
  if (!whole) return report_kind(reading, key, value, "an integer"), false;
  out = *whole;
  return true;
}

// gitleaks takes a single string for a list of one; so does a configuration, aloud.
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::vector<std::string>& out) {
  if (const std::string* text = std::get_if<std::string>(&value.is); text && !reading.strict()) {
    reading.warning(value.spot, fmt::format("'{}' must be a list of strings; the string is read as a list of one", key),
                    "put it in brackets");
    return out.push_back(*text), true;
  }
  const TomlArray* items = std::get_if<TomlArray>(&value.is);
  if (!items) return report_kind(reading, key, value, "a list of strings"), false;
  bool right = true;
  for (const TomlValue& item : *items) {
    if (const std::string* text = std::get_if<std::string>(&item.is)) {
      out.push_back(*text);
    } else {
      reading.error(item.spot, fmt::format("'{}' must hold strings, not {}", key, kind_name(item)));
      right = false;
    }
  }
  return right;
}

bool read_value(Reading& reading, std::string_view key, const TomlValue& value,
                std::vector<std::pair<std::string, std::string>>& out) {
  const TomlTable* table = expect_table(reading, key, value);
  if (!table) return false;
  bool right = true;
  for (const TomlEntry& entry : *table) {
    std::string text;
    right = read_value(reading, entry.key, entry.value, text) && right;
    out.emplace_back(entry.key, std::move(text));
  }
  return right;
}

void report_range(Reading& reading, std::string_view key, const TomlValue& value, std::int64_t low, std::int64_t high) {
  reading.error(value.spot, high == std::numeric_limits<std::int64_t>::max()
                                ? fmt::format("'{}' must be at least {}", key, low)
                                : fmt::format("'{}' must be between {} and {}", key, low, high));
}

std::size_t find_word(Reading& reading, std::string_view key, const TomlValue& value,
                      std::span<const std::string_view> words) {
  std::string text;
  if (!read_value(reading, key, value, text)) return words.size();
  for (std::size_t i = 0; i < words.size(); ++i)
    if (same_key(reading, text, words[i])) return i;
  std::vector<std::string_view> shown;
  std::copy_if(words.begin(), words.end(), std::back_inserter(shown), [](std::string_view w) { return !w.empty(); });
  const std::string hint = did_you_mean(text, shown);
  reading.error(value.spot, fmt::format("'{}' cannot be '{}'", key, text),
                hint.empty() ? fmt::format("one of {}", fmt::join(shown, ", ")) : hint);
  return words.size();
}

}  // namespace staunch
