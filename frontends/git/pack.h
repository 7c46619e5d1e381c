// One pack file, read by windows: what stands at an offset, and its inflated bytes.
//
// A Pack is immutable and shared by threads; each thread has an Inflater. Nothing is mapped: a file that shrinks while
// it is read gives an error, not a signal. The format is gitformat-pack(5).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "frontends/git/buffer.h"
#include "frontends/git/descriptor.h"
#include "frontends/git/object_id.h"
#include "frontends/git/pack_index.h"

struct libdeflate_decompressor;

namespace staunch {
class ByteStream;
}

namespace staunch {

struct PackEntry {
  ObjectType type = ObjectType::none;  // none: a delta
  std::uint64_t size = 0;              // inflated bytes of what stands here, be it an object or a delta
  std::uint64_t begin = 0;             // offset of the entry
  std::uint64_t data = 0;              // offset of its packed bytes
  std::uint64_t end = 0;               // where the next entry begins
  std::uint64_t base_offset = 0;       // of a delta whose base stands in this pack; 0: none
  ObjectId base_id;                    // of a delta that names its base; else the id of nothing

  bool is_delta() const { return type == ObjectType::none; }
};

// The entry whose first bytes are `head`: kMaxEntryHead of them, or all up to `end`. Sizes are as claimed: the caller
// limits them. Errors are "corrupt: …", as everywhere here without the object's name.
inline constexpr std::size_t kMaxEntryHead = 64;
Result<PackEntry> parse_pack_entry(std::string_view head, std::uint64_t offset, std::uint64_t end,
                                   std::size_t id_bytes);

// An error where so many packed bytes can never be so many inflated ones: said before memory is taken for either.
Status check_packed_size(std::uint64_t packed, std::uint64_t size);

// A thread's state to inflate with.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // For one who takes the entries of one pack nearly in their order, and keeps the pack as long as this: what stands
  // behind an entry is read with it.
  bool reads_ahead = false;

  // A zlib stream that is `size` bytes, into `out`; what stands behind it in `packed` is passed over.
  Status inflate(std::string_view packed, char* out, std::size_t size);

 private:
  friend class Pack;
  Result<const char*> packed(int file, std::uint64_t begin, std::size_t size, std::uint64_t file_end);

  libdeflate_decompressor* machine_;
  Buffer packed_;
  std::uint64_t packed_begin_ = 0, last_end_ = 0;  // in the file
};

class Pack {
 public:
  // `path` ends in ".pack"; the index stands beside it. Errors name the file: neither can be read, the signature or
  // version is not a pack's, the index is broken.
  static Result<Pack> open(const std::string& path, std::size_t id_bytes);
  Pack(Pack&&) noexcept;
  Pack& operator=(Pack&&) noexcept;
  ~Pack();

  const std::string& path() const { return path_; }
  const PackIndex& index() const { return index_; }
  // What is wrong with the file as a whole, though its entries may be read; empty: nothing that was seen.
  const std::string& doubt() const { return doubt_; }
  std::uint64_t bytes() const { return bytes_; }                 // of the file
  std::uint64_t data_end() const { return bytes_ - id_bytes_; }  // where the trailer begins

  // The entry at `offset`, of which the next one begins at `end` (data_end() behind the last).
  Result<PackEntry> entry(std::uint64_t offset, std::uint64_t end) const;

  // Its inflated bytes, exactly entry.size of them. `crc` is what the index says of the packed bytes (held against them
  // before anything is inflated). Not for entries that are too large to hold: see stream(). Errors say what is wrong
  // ("corrupt: …", "its checksum is wrong"); the caller names the object.
  Status inflate(const PackEntry& entry, std::uint32_t crc, Inflater& inflater, Buffer& out) const;

  // The same as a stream, in pieces, for a blob of any size.
  std::unique_ptr<ByteStream> stream(const PackEntry& entry) const;

 private:
  friend class EntryReader;
  Pack() = default;
  void look_at_whole(std::uint32_t objects);
  Error outside() const;

  std::string path_, doubt_;
  PackIndex index_;
  Descriptor file_;
  std::uint64_t bytes_ = 0;
  std::size_t id_bytes_ = 0;
};

// Pack::entry() for one who takes the entries in their order: reads a window at a time, not each head for itself. For
// one thread; the pack outlives it.
class EntryReader {
 public:
  explicit EntryReader(const Pack& pack) : pack_(pack) {}
  Result<PackEntry> entry(std::uint64_t offset, std::uint64_t end);

 private:
  const Pack& pack_;
  Buffer window_;
  std::uint64_t begin_ = 0;
};

}  // namespace staunch
