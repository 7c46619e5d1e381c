// The content of a gzip file, up to the very byte at which it is cut or damaged: libarchive would drop up to 64 KiB
// before it, and of a short file all. zlib is loaded when the first one is met, as libarchive is, and comes with it.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/content.h"

namespace staunch {

class GzipStream : public ByteStream {
 public:
  // `read_bytes` grows by what is read of `source`; may be null. Both are to outlive this.
  GzipStream(ByteStream& source, std::uint64_t* read_bytes);
  ~GzipStream() override;
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  // Members that are joined are one content; what stands behind the last one is passed over, as gzip does.
  Result<std::size_t> read(std::span<char> into) override;

  // How many bytes that `source` gave are still to be inflated.
  std::size_t waiting() const { return stream_.avail_in; }

  // Whether an Error of read() was one of `source`.
  bool source_failed() const { return source_failed_; }

 private:
  void fill();
  void end_member();

  ByteStream& source_;
  std::uint64_t* read_bytes_;
  z_stream stream_{};
  std::vector<char> block_;
  bool open_ = false, source_ended_ = false, source_failed_ = false, done_ = false;
  std::optional<Error> error_;
};

}  // namespace staunch
