#include "engine/expand/archive_source.h"

#include <algorithm>
#include <cstring>

#include "engine/expand/archive.h"

namespace staunch {
namespace {

constexpr std::size_t kBlockBytes = 128u << 10;

// Reads until `into` is full or the stream ends; the number of bytes read.
Result<std::size_t> read_full(ByteStream& bytes, std::span<char> into) {
  std::size_t size = 0;
  while (size < into.size()) {
    const Result<std::size_t> got = bytes.read(into.subspan(size));
    if (!got) return got;
    if (*got == 0) break;
    size += *got;
  }
  return size;
}

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

}  // namespace

Peeked::Peeked(ByteStream& bytes) : bytes_(bytes), seekable_(bytes.size() > 0 && bytes.seek(0)) {
  head_.resize(kHeadBytes);
  std::size_t size = 0;
  while (size < head_.size()) {
    const Result<std::size_t> got = bytes_.read(std::span(head_).subspan(size));
    if (!got) error_ = got.error();
    if (!got || *got == 0) break;
    size += *got;
  }
  head_.resize(size);
}

Result<std::size_t> Peeked::read(std::span<char> into) {
  if (given_ < head_.size()) {
    const std::size_t size = head_.copy(into.data(), into.size(), given_);
    given_ += size;
    return size;
  }
  if (error_) return *error_;
  return bytes_.read(into);
}

bool Peeked::seek(std::uint64_t offset) {
  if (!seekable_ || !bytes_.seek(offset)) return false;
  given_ = head_.size();
  error_.reset();
  return true;
}

ArchiveSource::ArchiveSource(Peeked& bytes, std::uint64_t* reached) : bytes_(bytes), reached_(reached) {
  block_.resize(kBlockBytes);
}

int ArchiveSource::open(const Libarchive& lib, archive* reader) {
  lib.read_set_callback_data(reader, this);
  lib.read_set_read_callback(reader, read);
  if (bytes_.seekable()) {
    lib.read_set_seek_callback(reader, seek);
    lib.read_set_skip_callback(reader, skip);
  }
  return lib.read_open1(reader);
}

la_ssize_t ArchiveSource::read(archive*, void* self, const void** block) {
  auto& source = *static_cast<ArchiveSource*>(self);
  if (source.error_ || source.overdrawn_) return ARCHIVE_FATAL;
  if (source.allowed_ == 0) {
    source.overdrawn_ = true;
    return ARCHIVE_FATAL;
  }
  const Result<std::size_t> got = source.bytes_.read(source.block_);
  if (!got) {
    source.error_ = got.error();
    return ARCHIVE_FATAL;
  }
  source.at_ += *got;
  if (source.allowed_ != ~0ull) source.allowed_ -= std::min<std::uint64_t>(source.allowed_, *got);
  if (source.at_ > source.furthest_) {
    if (source.reached_ != nullptr) *source.reached_ += source.at_ - source.furthest_;
    source.furthest_ = source.at_;
  }
  *block = source.block_.data();
  return static_cast<la_ssize_t>(*got);
}

la_int64_t ArchiveSource::skip(archive*, void* self, la_int64_t request) {
  auto& source = *static_cast<ArchiveSource*>(self);
  const std::uint64_t size = source.bytes_.size();
  if (request <= 0 || source.at_ >= size) return 0;
  const std::uint64_t step = std::min(static_cast<std::uint64_t>(request), size - source.at_);
  if (!source.bytes_.seek(source.at_ + step)) return 0;
  source.at_ += step;
  return static_cast<la_int64_t>(step);
}

la_int64_t ArchiveSource::seek(archive*, void* self, la_int64_t offset, int whence) {
  auto& source = *static_cast<ArchiveSource*>(self);
  const auto size = static_cast<la_int64_t>(source.bytes_.size());
  const la_int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<la_int64_t>(source.at_) : size;
  if (offset < -from || offset > size - from) return ARCHIVE_FATAL;
  if (!source.bytes_.seek(static_cast<std::uint64_t>(from + offset))) return ARCHIVE_FATAL;
  source.at_ = static_cast<std::uint64_t>(from + offset);
  return from + offset;
}

// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.14 to 4.3.16.
std::uint64_t zip_directory_bytes(Peeked& bytes) {
  constexpr std::size_t kTail = 64u << 10, kEnd = 22, kLocator = 20, kEnd64 = 56;
  const std::uint64_t size = bytes.size();
  std::string tail(std::min<std::uint64_t>(size, kTail + kEnd + kLocator), '\0');
  const std::uint64_t tail_at = size - tail.size();
  std::uint64_t begin = size;
  const bool read = bytes.seek(tail_at) && read_full(bytes, tail).ok();
  const std::size_t end = read && tail.size() >= kEnd ? tail.rfind("PK\5\6", tail.size() - kEnd) : std::string::npos;
  if (end != std::string::npos) {
    const std::uint64_t length = little(tail, end + 12, 4);
    begin = std::min(little(tail, end + 16, 4), tail_at + end - std::min(tail_at + end, length));
    if (end >= kLocator && tail.compare(end - kLocator, 4, "PK\6\7") == 0) {
      std::string end64(kEnd64, '\0');
      const std::uint64_t at = little(tail, end - kLocator + 8, 8);
      if (at < size && bytes.seek(at) && read_full(bytes, end64).ok()) begin = std::min(begin, little(end64, 48, 8));
    }
  }
  bytes.seek(0);
  return size - begin;
}

}  // namespace staunch
