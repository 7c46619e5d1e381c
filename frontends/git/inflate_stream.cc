#include "frontends/git/inflate_stream.h"

#include <algorithm>
#include <limits>
#include <new>

namespace staunch {
namespace {

constexpr std::size_t kBlock = 64 << 10;

}  // namespace

InflateStream::InflateStream(const ZlibPlace& place, std::uint64_t size)
    : place_(place), size_(size), block_(std::make_unique_for_overwrite<char[]>(kBlock)) {
  if (inflateInit(&zlib_) != Z_OK) throw std::bad_alloc();
}

InflateStream::~InflateStream() { inflateEnd(&zlib_); }

Status InflateStream::fill() {
  const std::size_t wanted = std::min<std::uint64_t>(kBlock, place_.end - place_.begin);
  if (wanted == 0) return Error{"corrupt: its packed bytes end too early", {}};
  if (const Status got = read_exactly(place_.file, place_.begin, {block_.get(), wanted}); !got) return got;
  place_.begin += wanted;
  zlib_.next_in = reinterpret_cast<Bytef*>(block_.get());
  zlib_.avail_in = static_cast<uInt>(wanted);
  return Done{};
}

Result<std::size_t> InflateStream::read(std::span<char> into) {
  if (into.empty() || (ended_ && made_ == size_)) return 0;
  // One byte more than is to come is asked for, so that a stream that is too long is seen; and its checksum.
  char over = 0;
  const std::uint64_t left = size_ - made_;
  const std::size_t room = std::min<std::uint64_t>({left, into.size(), std::numeric_limits<uInt>::max()});
  zlib_.next_out = reinterpret_cast<Bytef*>(room > 0 ? into.data() : &over);
  zlib_.avail_out = static_cast<uInt>(room > 0 ? room : 1);
  const uInt all = zlib_.avail_out;
  while (!ended_ && zlib_.avail_out == all) {
    if (zlib_.avail_in == 0)
      if (const Status filled = fill(); !filled) return filled.error();
    const int code = ::inflate(&zlib_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) ended_ = true;
    else if (code != Z_OK && code != Z_BUF_ERROR) return Error{"corrupt: its packed bytes are damaged", {}};
  }
  const std::size_t got = all - zlib_.avail_out;
  if (got > left) return Error{"corrupt: larger than its size says", {}};
  made_ += got;
  if (ended_ && made_ < size_ && size_ != kUnknown) return Error{"corrupt: smaller than its size says", {}};
  return got;
}

}  // namespace staunch
