// Bytes that are written over and over: memory that grows, and is not cleared before it is used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>

namespace staunch {

class Buffer {
 public:
  // So many bytes behind the last one may be written to as well: short copies are made by whole registers.
  static constexpr std::size_t kSlack = 32;

  // Makes room for `size` bytes; what stood there is lost. A first call takes what is asked for, later ones grow it by
  // half at least.
  char* reset(std::size_t size) {
    if (!bytes_ || size > capacity_) {
      bytes_.reset();
      const std::size_t capacity = std::max(size, capacity_ + capacity_ / 2);
      capacity_ = 0;
      bytes_ = std::make_unique_for_overwrite<char[]>(capacity + kSlack);
      capacity_ = capacity;
    }
    size_ = size;
    return bytes_.get();
  }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace staunch
