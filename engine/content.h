// The bytes of an item that is not held in memory: reached at any offset, or one after another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "engine/result.h"

namespace staunch {

// Bytes at any offset. Called from several threads at once.
class Content {
 public:
  virtual ~Content() = default;
  // Bytes at `offset` into `into`; fewer than asked only at the end of the content, 0 there.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

// Bytes that are in memory, and outlive it.
class MemoryContent : public Content {
 public:
  explicit MemoryContent(std::string_view text) : text_(text) {}
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return offset >= text_.size() ? 0 : text_.copy(into.data(), into.size(), offset);
  }

 private:
  std::string_view text_;
};

// Bytes of which nobody knows how many there are: a pipe, a member of an archive. For one thread.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // The next bytes, at most into.size(); blocks until there is one; 0 at the end.
  virtual Result<std::size_t> read(std::span<char> into) = 0;
  // Moves to an absolute offset; false where the stream only goes forward.
  virtual bool seek(std::uint64_t) { return false; }
  // The number of all bytes, or 0 where it is not known.
  virtual std::uint64_t size() const { return 0; }
};

// A stream of which the first bytes were read already; both outlive it.
class Resumed : public ByteStream {
 public:
  Resumed(std::string_view head, ByteStream& rest) : head_(head), rest_(rest) {}
  Result<std::size_t> read(std::span<char> into) override {
    if (head_.empty()) return rest_.read(into);
    const std::size_t size = std::min(into.size(), head_.size());
    std::memcpy(into.data(), head_.data(), size);
    head_.remove_prefix(size);
    return size;
  }

 private:
  std::string_view head_;
  ByteStream& rest_;
};

}  // namespace staunch
