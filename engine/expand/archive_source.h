// Between a ByteStream and libarchive: the callbacks through which libarchive reads, and the look ahead that tells what
// it is to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/content.h"
#include "engine/expand/libarchive.h"

namespace staunch {

// A stream of which the first kHeadBytes were looked at and are read again.
class Peeked : public ByteStream {
 public:
  explicit Peeked(ByteStream& bytes);

  const std::string& head() const { return head_; }
  // Whether seek() works.
  bool seekable() const { return seekable_; }

  Result<std::size_t> read(std::span<char> into) override;
  bool seek(std::uint64_t offset) override;
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  ByteStream& bytes_;
  bool seekable_;
  std::string head_;
  std::size_t given_ = 0;       // of head_
  std::optional<Error> error_;  // met while the head was read
};

// What libarchive's callbacks work on; to outlive the reader.
class ArchiveSource {
 public:
  // `reached` grows by the bytes of the stream that were read, each once; may be null.
  ArchiveSource(Peeked& bytes, std::uint64_t* reached);

  // Opens `reader` on the stream; libarchive's status.
  int open(const Libarchive& lib, archive* reader);
  // Fails where more than `most` further bytes are asked for; with ~0 nothing is counted.
  void allow(std::uint64_t most) { allowed_ = most; }
  // Whether it failed so.
  bool overdrawn() const { return overdrawn_; }
  // The stream's own failure, as opposed to that of what it holds.
  const std::optional<Error>& error() const { return error_; }

 private:
  static la_ssize_t read(archive*, void* self, const void** block);
  static la_int64_t skip(archive*, void* self, la_int64_t request);
  static la_int64_t seek(archive*, void* self, la_int64_t offset, int whence);

  Peeked& bytes_;
  std::uint64_t* reached_;
  std::uint64_t at_ = 0, furthest_ = 0;
  std::uint64_t allowed_ = ~0ull;
  bool overdrawn_ = false;
  std::vector<char> block_;
  std::optional<Error> error_;
};

// The bytes from the central directory of a zip file to its end, or 0 where none is found. The stream must be seekable;
// it is left at its beginning.
std::uint64_t zip_directory_bytes(Peeked& bytes);

}  // namespace staunch
