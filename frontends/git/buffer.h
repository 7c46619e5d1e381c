// Bytes that are written over and over: memory that grows, and is not cleared before it is used.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace staunch {

class Buffer {
 public:
  // Makes room for `size` bytes; what stood there is lost.
  char* reset(std::size_t size) {
    if (size > capacity_) {
      bytes_.reset();
      bytes_ = std::make_unique_for_overwrite<char[]>(size);
      capacity_ = size;
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
