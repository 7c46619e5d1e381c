// A zlib stream in a file, inflated piece by piece: for what is too large to hold. Slower than an Inflater.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <memory>

#include "engine/content.h"
#include "engine/result.h"
#include "frontends/git/descriptor.h"

namespace staunch {

// Where a zlib stream stands: bytes [begin, end) of `file`, which the stream does not own.
struct ZlibPlace {
  int file = -1;
  std::uint64_t begin = 0, end = 0;
};

class InflateStream : public ByteStream {
 public:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};  // a size: until hide() says it

  // `size` inflated bytes are to come out. Errors, behind what could be inflated: there are more or fewer, or damaged.
  InflateStream(const ZlibPlace& place, std::uint64_t size);
  ~InflateStream() override;
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  Result<std::size_t> read(std::span<char> into) override;
  std::uint64_t size() const override { return size_ - hidden_; }

  // The first `count` bytes, which were read, are no part of the content; `total` come out with them. For the header
  // of a loose object, which says the size.
  void hide(std::uint64_t count, std::uint64_t total) {
    hidden_ = count;
    size_ = total;
  }
  // Keeps the file open as long as this.
  void own(Descriptor file) { owned_ = std::move(file); }

 private:
  Status fill();

  ZlibPlace place_;
  Descriptor owned_;
  std::uint64_t size_, made_ = 0, hidden_ = 0;
  z_stream zlib_{};
  std::unique_ptr<char[]> block_;
  bool ended_ = false;
};

}  // namespace staunch
