// An open file, read at offsets. Only pread: a mapped file that shrinks would end the program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "engine/result.h"

namespace staunch {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int file) : file_(file) {}
  Descriptor(Descriptor&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~Descriptor();

  int get() const { return file_; }

 private:
  int file_ = -1;
};

struct OpenFile {
  Descriptor file;
  std::uint64_t bytes = 0;
};

// A regular file, for reading. Errors name it, but for one that is not there: see missing_file().
Result<OpenFile> open_regular(const std::string& path);
bool missing_file(const std::string& path);

// Fills `into` with the bytes at `offset`; an error where there are fewer.
Status read_exactly(int file, std::uint64_t offset, std::span<char> into);
// At most into.size() of them; fewer at the end of the file only.
Result<std::size_t> read_some(int file, std::uint64_t offset, std::span<char> into);

// A whole file of at most `max_bytes`. Errors name it.
Result<std::string> read_whole(const std::string& path, std::uint64_t max_bytes);

}  // namespace staunch
