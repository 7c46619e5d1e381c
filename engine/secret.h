// The bytes of a found credential, and everything that may contain one.
//
// A Secret cannot be printed or compared by accident, and its memory is wiped when it is freed. `reveal()` is the one
// way to the bytes, so that every use can be found by its name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace staunch {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  // A view into this object; valid until it is changed or freed.
  std::string_view reveal() const { return {data_, size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  void release() noexcept;

  char* data_ = nullptr;  // owned, malloc'ed: never in a std::string's inline buffer, which nobody wipes
  std::size_t size_ = 0;
};

}  // namespace staunch
