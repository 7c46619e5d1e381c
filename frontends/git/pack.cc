#include "frontends/git/pack.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "frontends/git/inflate_stream.h"

namespace staunch {
namespace {

constexpr std::size_t kFileHeader = 12;  // "PACK", version, number of objects
constexpr unsigned kOffsetDelta = 6, kIdDelta = 7;
// A window that is read for the heads of entries, where they are taken in their order.
constexpr std::size_t kHeadWindow = 128 << 10;

// Deflate makes at most 1032 bytes of one, and no writer makes a stream that is much larger than its content: what
// claims otherwise is refused before memory is taken for it.
constexpr std::uint64_t kMaxRatio = 1032, kPackedSlack = 64 << 10;

std::uint32_t number32(const char* at) {
  std::uint32_t number = 0;
  std::memcpy(&number, at, sizeof number);
  return std::endian::native == std::endian::little ? __builtin_bswap32(number) : number;
}

// The bytes of a head, one after another; stays at the end once it is there.
class HeadReader {
 public:
  explicit HeadReader(std::string_view head) : head_(head) {}
  bool next(unsigned& byte) {
    if (at_ >= head_.size()) return false;
    byte = static_cast<unsigned char>(head_[at_++]);
    return true;
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = head_.substr(at_, count);
    at_ += taken.size();
    return taken;
  }
  std::size_t at() const { return at_; }

 private:
  std::string_view head_;
  std::size_t at_ = 0;
};

// Type in bits 4-6 of the first byte, size in its low four and seven of each further one.
bool read_type_and_size(HeadReader& in, unsigned& type, std::uint64_t& size) {
  unsigned byte = 0;
  if (!in.next(byte)) return false;
  type = byte >> 4 & 7;
  size = byte & 15;
  for (unsigned shift = 4; (byte & 0x80) != 0; shift += 7) {
    if (!in.next(byte)) return false;
    const std::uint64_t bits = byte & 0x7f;
    if (shift > 63 || bits << shift >> shift != bits) return false;
    size |= bits << shift;
  }
  return true;
}

// Big-endian, seven bits a byte, each continuation adds one.
bool read_distance(HeadReader& in, std::uint64_t& distance) {
  unsigned byte = 0;
  if (!in.next(byte)) return false;
  distance = byte & 0x7f;
  while ((byte & 0x80) != 0) {
    if (distance >= (~std::uint64_t{0} >> 7) - 1 || !in.next(byte)) return false;
    distance = (distance + 1) << 7 | (byte & 0x7f);
  }
  return true;
}

}  // namespace

Result<PackEntry> parse_pack_entry(std::string_view head, std::uint64_t offset, std::uint64_t end,
                                   std::size_t id_bytes) {
  HeadReader in(head.substr(0, std::min<std::uint64_t>(end - std::min(offset, end), head.size())));
  PackEntry entry;
  entry.begin = offset;
  entry.end = end;
  unsigned type = 0;
  if (!read_type_and_size(in, type, entry.size)) return Error{"corrupt: its head in the pack is damaged", {}};
  if (type == kOffsetDelta) {
    std::uint64_t distance = 0;
    if (!read_distance(in, distance)) return Error{"corrupt: its head in the pack is damaged", {}};
    if (distance == 0 || distance > offset || offset - distance < kFileHeader)
      return Error{"corrupt: its base lies outside the pack", {}};
    entry.base_offset = offset - distance;
  } else if (type == kIdDelta) {
    const std::string_view id = in.take(id_bytes);
    if (id.size() != id_bytes) return Error{"corrupt: its head in the pack is damaged", {}};
    entry.base_id = ObjectId(id);
  } else if (type >= 1 && type <= 4) {
    entry.type = static_cast<ObjectType>(type);
  } else {
    return Error{fmt::format("corrupt: it is of the unknown type {}", type), {}};
  }
  entry.data = offset + in.at();
  return entry;
}

Inflater::Inflater() : machine_(libdeflate_alloc_decompressor()) {
  if (machine_ == nullptr) throw std::bad_alloc();
}

Inflater::~Inflater() { libdeflate_free_decompressor(machine_); }

Status Inflater::inflate(std::string_view packed, char* out, std::size_t size) {
  std::size_t used = 0;
  const libdeflate_result result =
      libdeflate_zlib_decompress_ex(machine_, packed.data(), packed.size(), out, size, &used, nullptr);
  switch (result) {
    case LIBDEFLATE_SUCCESS: return Done{};
    case LIBDEFLATE_SHORT_OUTPUT: return Error{"corrupt: smaller than its size says", {}};
    case LIBDEFLATE_INSUFFICIENT_SPACE: return Error{"corrupt: larger than its size says", {}};
    default: return Error{"corrupt: its packed bytes are damaged", {}};
  }
}

Status check_packed_size(std::uint64_t packed, std::uint64_t size) {
  if (size / kMaxRatio > packed) return Error{fmt::format("corrupt: it claims {} bytes out of {}", size, packed), {}};
  if (packed > kPackedSlack && (packed - kPackedSlack) / 2 > size)
    return Error{fmt::format("corrupt: it claims {} bytes out of {}", size, packed), {}};
  return Done{};
}

Pack::Pack(Pack&&) noexcept = default;
Pack& Pack::operator=(Pack&&) noexcept = default;
Pack::~Pack() = default;

Result<Pack> Pack::open(const std::string& path, std::size_t id_bytes) {
  constexpr std::string_view kSuffix = ".pack";
  if (!path.ends_with(kSuffix)) return Error{"not the name of a pack", path};
  // The pack first: once it is open, a repacking that removes both takes the index only.
  Result<OpenFile> opened = open_regular(path);
  if (!opened) return opened.error();
  Result<PackIndex> index = PackIndex::read(path.substr(0, path.size() - kSuffix.size()) + ".idx", id_bytes);
  if (!index) return index.error();

  Pack pack;
  pack.path_ = path;
  pack.index_ = *std::move(index);
  pack.file_ = std::move(opened->file);
  pack.bytes_ = opened->bytes;
  pack.id_bytes_ = id_bytes;
  char header[kFileHeader];
  if (pack.bytes_ < kFileHeader + id_bytes || !read_exactly(pack.file_.get(), 0, header))
    return Error{"corrupt: too short for a pack", path};
  if (std::memcmp(header, "PACK", 4) != 0) return Error{"not a pack", path};
  if (const std::uint32_t version = number32(header + 4); version != 2 && version != 3)
    return Error{fmt::format("a pack of version {}; only 2 and 3 are read", version), path};
  pack.look_at_whole(number32(header + 8));
  return pack;
}

void Pack::look_at_whole(std::uint32_t objects) {
  std::string trailer(id_bytes_, '\0');
  if (objects != index_.size()) doubt_ = fmt::format("holds {} objects, its index {}", objects, index_.size());
  else if (!read_exactly(file_.get(), data_end(), trailer) || trailer != index_.pack_checksum())
    doubt_ = "cut, or of another index: it does not end in the checksum that its index names";
}

Result<PackEntry> Pack::entry(std::uint64_t offset, std::uint64_t end) const {
  char head[kMaxEntryHead];
  if (offset < kFileHeader || end > data_end() || offset >= end) return outside();
  const Result<std::size_t> got =
      read_some(file_.get(), offset, std::span(head).first(std::min<std::uint64_t>(sizeof head, end - offset)));
  if (!got) return got.error();
  return parse_pack_entry({head, *got}, offset, end, id_bytes_);
}

// The packed bytes of an entry: from the window, else read, with a window behind it where the one before was near.
Result<const char*> Inflater::packed(int file, std::uint64_t begin, std::size_t size, std::uint64_t file_end) {
  constexpr std::uint64_t kNearby = 16u << 10, kWindow = 32u << 10;
  const bool held = begin >= packed_begin_ && begin + size <= packed_begin_ + packed_.size();
  const bool near = reads_ahead && begin >= last_end_ && begin - last_end_ < kNearby;
  last_end_ = begin + size;
  if (reads_ahead && held) return packed_.view().data() + (begin - packed_begin_);
  const std::size_t wanted = near ? std::max<std::uint64_t>(size, std::min(kWindow, file_end - begin)) : size;
  char* into = packed_.reset(wanted);
  packed_begin_ = begin;
  if (const Status got = read_exactly(file, begin, {into, wanted}); !got) {
    packed_.reset(0);
    return got.error();
  }
  return into;
}

Error Pack::outside() const { return {"corrupt: its index puts it outside the pack", {}}; }

Status Pack::inflate(const PackEntry& entry, std::uint32_t crc, Inflater& inflater, Buffer& out) const {
  if (const Status fits = check_packed_size(entry.end - entry.data, entry.size); !fits) return fits;
  const std::size_t size = entry.end - entry.begin;
  const auto read = inflater.packed(file_.get(), entry.begin, size, data_end());
  if (!read) return read.error();
  const char* packed = *read;
  if (libdeflate_crc32(0, packed, size) != crc) return Error{"corrupt: its checksum is wrong", {}};
  return inflater.inflate({packed + (entry.data - entry.begin), entry.end - entry.data}, out.reset(entry.size),
                          entry.size);
}

std::unique_ptr<ByteStream> Pack::stream(const PackEntry& entry) const {
  return std::make_unique<InflateStream>(ZlibPlace{file_.get(), entry.data, entry.end}, entry.size);
}

Result<PackEntry> EntryReader::entry(std::uint64_t offset, std::uint64_t end) {
  if (offset < kFileHeader || end > pack_.data_end() || offset >= end) return pack_.outside();
  const std::uint64_t wanted = std::min<std::uint64_t>(kMaxEntryHead, end - offset);
  if (offset < begin_ || offset + wanted > begin_ + window_.size()) {
    char* into = window_.reset(std::min<std::uint64_t>(kHeadWindow, pack_.data_end() - offset));
    begin_ = offset;
    if (const Status got = read_exactly(pack_.file_.get(), offset, {into, window_.size()}); !got) {
      window_.reset(0);
      return got.error();
    }
  }
  return parse_pack_entry(window_.view().substr(offset - begin_, wanted), offset, end, pack_.id_bytes_);
}

}  // namespace staunch
