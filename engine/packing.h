// Numbers and texts as bytes and back, for what only the build that wrote it reads. The reader trusts no length: what
// is damaged makes it bad, never more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/little_endian.h"

namespace staunch {

class PackOut {
 public:
  void byte(std::uint64_t value) { bytes += static_cast<char>(value); }
  void number(std::uint64_t value, int size = 8) {
    for (int i = 0; i < size; ++i, value >>= 8) bytes += static_cast<char>(value);
  }
  void text(std::string_view value) {
    number(value.size());
    bytes += value;
  }
  std::string bytes;
};

class PackIn {
 public:
  explicit PackIn(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t byte() { return number(1); }
  std::uint64_t number(std::size_t size = 8) {
    if (bytes_.size() < size) return fail();
    const std::uint64_t value = little_endian(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return value;
  }
  // A number that counts things of which each takes at least a byte of what is left.
  std::uint64_t count() {
    const std::uint64_t value = number();
    return value <= bytes_.size() ? value : fail();
  }
  std::string_view text() {
    const std::string_view value = bytes_.substr(0, count());
    bytes_.remove_prefix(value.size());
    return value;
  }
  bool good() const { return good_; }
  bool done() const { return bytes_.empty(); }

 private:
  std::uint64_t fail() {
    good_ = false;
    bytes_ = {};
    return 0;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace staunch
