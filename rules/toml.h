// TOML text into a plain tree, each value with its place. The only door to toml++.
//
// Format: https://toml.io/en/v1.0.0. Line and column count from 1, columns count code points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rules/diagnostic.h"

namespace staunch {

// Limits of what is parsed at all, so that a small hostile file can neither exhaust the stack (tables and arrays are
// freed by recursion) nor the memory (a value takes a hundred times its text). Real rule files stay below a tenth.
inline constexpr std::size_t kMaxTomlNesting = 32;  // of brackets, and of dots in one key
inline constexpr std::size_t kMaxTomlValues = 400000;

struct Spot {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct TomlEntry;
struct TomlValue;
struct TomlDate {};  // dates and times have no use in rule files
using TomlArray = std::vector<TomlValue>;
using TomlTable = std::vector<TomlEntry>;  // in the order of the text

struct TomlValue {
  Spot spot;
  std::variant<TomlTable, TomlArray, std::string, std::int64_t, double, bool, TomlDate> is;
};

struct TomlEntry {
  std::string key;
  Spot spot;  // of the key
  TomlValue value;
};

// What a person calls this value: "a string", "a table" …
std::string_view kind_name(const TomlValue& value);

// The file's table. What the text does wrong is added to `diagnostics` (then the table is empty): TOML stops at its
// first mistake.
TomlValue parse_toml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics);

}  // namespace staunch
