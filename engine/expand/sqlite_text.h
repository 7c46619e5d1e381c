// The texts of an SQLite database, in any of its three encodings, as UTF-8 of the copy.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/expand/copy_parts.h"
#include "engine/expand/sqlite_pages.h"

namespace staunch {

// One text, fragment by fragment.
class SqliteTextWriter {
 public:
  SqliteTextWriter(CopyParts& parts, SqliteEncoding encoding) : parts_(parts), encoding_(encoding) {}

  void add(const SqliteFragment& fragment);
  void end() { flush(); }

 private:
  void add_byte(std::uint64_t at, char byte);
  void add_unit(std::uint32_t unit);
  void flush();

  CopyParts& parts_;
  SqliteEncoding encoding_;
  std::optional<char> half_;  // the first byte of a unit
  std::uint64_t unit_at_ = 0;
  std::string run_;
  std::uint64_t run_at_ = 0;
  std::uint32_t high_ = 0;  // the first half of a pair
  std::uint64_t high_at_ = 0;
};

}  // namespace staunch
