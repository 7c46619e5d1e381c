#include "engine/expand/gzip.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

namespace staunch {
namespace {

constexpr std::size_t kBlockBytes = 64u << 10;
constexpr int kGzipOnly = 15 + 16;  // inflateInit2: the largest window, a gzip header

struct Zlib {
  decltype(&inflateInit2_) init = nullptr;
  decltype(&::inflate) inflate = nullptr;
  decltype(&inflateReset) reset = nullptr;
  decltype(&inflateEnd) end = nullptr;
};

std::optional<Zlib> load() {
  void* library = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return {};
  Zlib zlib;
  zlib.init = reinterpret_cast<decltype(zlib.init)>(dlsym(library, "inflateInit2_"));
  zlib.inflate = reinterpret_cast<decltype(zlib.inflate)>(dlsym(library, "inflate"));
  zlib.reset = reinterpret_cast<decltype(zlib.reset)>(dlsym(library, "inflateReset"));
  zlib.end = reinterpret_cast<decltype(zlib.end)>(dlsym(library, "inflateEnd"));
  if (!zlib.init || !zlib.inflate || !zlib.reset || !zlib.end) return {};
  return zlib;
}

const std::optional<Zlib>& zlib() {
  static const std::optional<Zlib> table = load();
  return table;
}

}  // namespace

GzipStream::GzipStream(ByteStream& source, std::uint64_t* read_bytes)
    : source_(source), read_bytes_(read_bytes), block_(kBlockBytes) {
  open_ = zlib() && zlib()->init(&stream_, kGzipOnly, ZLIB_VERSION, sizeof stream_) == Z_OK;
  if (!open_) error_ = Error{"zlib cannot be used", {}};
}

GzipStream::~GzipStream() {
  if (open_) zlib()->end(&stream_);
}

// Reads on behind the bytes that are still to be inflated.
void GzipStream::fill() {
  if (stream_.avail_in > 0) std::memmove(block_.data(), stream_.next_in, stream_.avail_in);
  const Result<std::size_t> got = source_.read(std::span(block_).subspan(stream_.avail_in));
  stream_.next_in = reinterpret_cast<Bytef*>(block_.data());
  if (!got) {
    error_ = got.error();
    source_failed_ = true;
    return;
  }
  source_ended_ = *got == 0;
  stream_.avail_in += static_cast<uInt>(*got);
  if (read_bytes_ != nullptr) *read_bytes_ += *got;
}

// Another member may follow.
void GzipStream::end_member() {
  while (stream_.avail_in < 2 && !source_ended_ && !error_) fill();
  done_ = stream_.avail_in < 2 || stream_.next_in[0] != 0x1f || stream_.next_in[1] != 0x8b;
  if (!done_) zlib()->reset(&stream_);
}

Result<std::size_t> GzipStream::read(std::span<char> into) {
  const auto room = static_cast<uInt>(std::min<std::size_t>(into.size(), 1u << 30));
  while (room > 0 && !error_ && !done_) {
    if (stream_.avail_in == 0 && !source_ended_) fill();
    if (error_) break;
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = room;
    const int status = zlib()->inflate(&stream_, Z_NO_FLUSH);
    const std::size_t size = room - stream_.avail_out;
    if (status == Z_STREAM_END) end_member();
    else if (status != Z_OK && status != Z_BUF_ERROR)
      error_ = Error{stream_.msg == nullptr ? "no gzip data" : stream_.msg, {}};
    else if (size == 0 && stream_.avail_in == 0 && source_ended_) error_ = Error{"the gzip data ends too early", {}};
    if (size > 0) return size;
  }
  if (error_) return *error_;
  return std::size_t{0};
}

}  // namespace staunch
