// Tables of keys: what a struct's TOML keys are, what each may hold and where it goes, one line a key.
//
//   constexpr Key<Check> kCheckKeys[] = {{"kind", set<&Check::kind>}, {"prefix", set_in<&Check::prefix, 0, 99>}};
//
// `read_table` walks a TOML table with such a table of keys and reports what does not fit, with place and the nearest
// right key; nothing stops at the first mistake. A value that does not fit is left at its default.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rules/diagnostic.h"
#include "rules/toml.h"

namespace staunch {

// What kind of file is being read.
enum class Dialect : std::uint8_t {
  provider,       // strict: keys as they are written here, unknown ones are errors
  configuration,  // gitleaks: keys in any case, unknown ones are warnings
};

// Messages beyond this many are not kept; the last one says so.
inline constexpr std::size_t kMaxDiagnostics = 200;

struct Reading {
  std::string file;
  Dialect dialect = Dialect::provider;
  // Asked first about every unknown key; returns whether it has reported it.
  bool (*explain)(Reading&, const TomlEntry&) = nullptr;
  std::vector<Diagnostic> diagnostics;
  std::size_t limit = kMaxDiagnostics;  // of `diagnostics`
  std::size_t errors = 0;

  bool strict() const { return dialect == Dialect::provider; }
  Place place(Spot spot) const { return {file, spot.line, spot.column}; }
  void error(Spot spot, std::string message, std::string hint = {});
  void warning(Spot spot, std::string message, std::string hint = {});

 private:
  void add(Diagnostic::Level level, Spot spot, std::string message, std::string hint);
};

// The messages in the order of the text.
std::vector<Diagnostic> take_diagnostics(Reading& reading);

enum class Known : std::uint8_t { everywhere, in_configurations };

template <typename T>
struct Key {
  std::string_view name;
  void (*read)(Reading&, const TomlEntry&, T&);
  Known known = Known::everywhere;
};

// The entry of this key, in any case if the dialect is so; null where there is none.
const TomlEntry* find_entry(const Reading& reading, const TomlTable& table, std::string_view key);

// The index of the entry's key in `keys`, or keys.size() after a message about an unknown key.
std::size_t find_key(Reading& reading, const TomlEntry& entry, std::span<const std::string_view> keys);

// Reports a key that the table has twice, in two cases.
void report_twins(Reading& reading, const TomlTable& table);

void report_kind(Reading& reading, std::string_view key, const TomlValue& value, std::string_view wanted);

// The value's table; null after a message.
const TomlTable* expect_table(Reading& reading, std::string_view key, const TomlValue& value);

// Fills `out` and returns whether nothing was wrong with the table or anything in it. `name` is what messages call it.
template <typename T, std::size_t N>
bool read_table(Reading& reading, std::string_view name, const TomlValue& value, const Key<T> (&keys)[N], T& out) {
  const std::size_t errors = reading.errors;
  const TomlTable* table = expect_table(reading, name, value);
  if (!table) return false;
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i)
    if (keys[i].known == Known::everywhere || !reading.strict()) names[i] = keys[i].name;
  report_twins(reading, *table);
  for (const TomlEntry& entry : *table)
    if (const std::size_t i = find_key(reading, entry, names); i < N) keys[i].read(reading, entry, out);
  return reading.errors == errors;
}

// One value of each type that has no table of its own. They return whether the value fitted.
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::string& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, bool& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, double& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::int64_t& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::vector<std::string>& out);
bool read_value(Reading& reading, std::string_view key, const TomlValue& value,
                std::vector<std::pair<std::string, std::string>>& out);

// Says that the number is not within the bounds.
void report_range(Reading& reading, std::string_view key, const TomlValue& value, std::int64_t low, std::int64_t high);

// A struct with a read_value of its own, from one table or a list of them; what is already in `out` stays.
template <typename T>
bool read_value(Reading& reading, std::string_view key, const TomlValue& value, std::vector<T>& out) {
  const TomlArray* items = std::get_if<TomlArray>(&value.is);
  if (!items && !std::holds_alternative<TomlTable>(value.is))
    return report_kind(reading, key, value, "a table or a list of tables"), false;
  const std::span<const TomlValue> values = items ? std::span<const TomlValue>(*items) : std::span(&value, 1);
  bool right = true;
  for (const TomlValue& item : values) {
    T object{};
    if (read_value(reading, key, item, object)) out.push_back(std::move(object));
    else right = false;
  }
  return right;
}

// Setters for the rows of a table.
template <auto Member, typename T>
void set(Reading& reading, const TomlEntry& entry, T& out) {
  read_value(reading, entry.key, entry.value, out.*Member);
}

// A number within bounds, both of them allowed.
template <auto Member, std::int64_t kLow, std::int64_t kHigh, typename T>
void set_in(Reading& reading, const TomlEntry& entry, T& out) {
  using Number = std::remove_reference_t<decltype(out.*Member)>;
  std::conditional_t<std::is_same_v<Number, double>, double, std::int64_t> number{};
  if (!read_value(reading, entry.key, entry.value, number)) return;
  if (number >= kLow && number <= kHigh)  // not so for NaN
    out.*Member = static_cast<Number>(number);
  else report_range(reading, entry.key, entry.value, kLow, kHigh);
}

// A key that is known and means nothing here.
template <typename T>
void ignore(Reading&, const TomlEntry&, T&) {}

// A word out of a list.
template <typename E>
struct Word {
  std::string_view word;
  E value;
};

// The index of the word in `words`, or words.size() after a message.
std::size_t find_word(Reading& reading, std::string_view key, const TomlValue& value,
                      std::span<const std::string_view> words);

template <typename E, std::size_t N>
bool read_word(Reading& reading, std::string_view key, const TomlValue& value, const Word<E> (&words)[N], E& out) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) names[i] = words[i].word;
  const std::size_t i = find_word(reading, key, value, names);
  if (i < N) out = words[i].value;
  return i < N;
}

}  // namespace staunch
