// libarchive with one format or one filter enabled, over one stream, and the members that it finds there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/expand/archive_reading.h"
#include "engine/expand/archive_source.h"
#include "engine/expand/container.h"
#include "engine/expand/libarchive.h"

namespace staunch {

class ArchiveReader {
 public:
  ArchiveReader(const Libarchive& lib, ArchiveReading& reading, Peeked& bytes, std::uint64_t* reached)
      : lib_(lib), reading_(reading), source_(bytes, reached), archive_(lib.read_new(), lib.read_free) {}

  // False where there is nothing to read; the reason is noted.
  bool open(ArchiveFormat format, Peeked& bytes);

  // The next header: ARCHIVE_OK, ARCHIVE_EOF, or ARCHIVE_FAILED where there may be others behind it.
  int next(archive_entry*& entry);

  // The name of the entry, whatever bytes it is made of.
  std::string path(archive_entry* entry) const;

  // Notes what libarchive complains of and whether it can go on.
  std::string fail(const std::string& member, int status);

  const Libarchive& lib() const { return lib_; }
  archive* get() const { return archive_.get(); }
  ArchiveReading& reading() { return reading_; }

 private:
  int next_header(archive_entry*& entry);
  // The rest of the member is skipped first, so that only bytes of the header count. Other formats may read much for
  // one: zip and 7z their directories, tar the zeros between two that were joined.
  int next_bounded(archive_entry*& entry);

  // The versions tell whether a filter is libarchive's own: it starts a program for those that it was built without.
  bool enable_filter(int filter, const char* version);
  bool enable_zip(Peeked& bytes);
  bool enable(ArchiveFormat format, Peeked& bytes);

  const Libarchive& lib_;
  ArchiveReading& reading_;
  ArchiveSource source_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  bool open_ = false;
  bool bounded_ = false;       // whether what a header may take is
  bool inside_ = false;        // a member
  std::uint64_t headers_ = 0;  // that were read
};

// The bytes of the member whose header was read last.
class ArchiveMember : public ByteStream {
 public:
  // Members of a compressed tar were charged for when it was decompressed, all but their holes.
  ArchiveMember(ArchiveReader& reader, std::string path, bool charged)
      : reader_(reader), path_(std::move(path)), charged_(charged) {}

  // Whether it holds a byte.
  bool begins();

  Result<std::size_t> read(std::span<char> into) override;

 private:
  Result<std::size_t> end();
  void fetch();

  ArchiveReader& reader_;
  std::string path_;
  bool charged_;
  bool ended_ = false;
  std::optional<Error> error_;
  std::uint64_t next_ = 0;      // offset in the member of what comes after rest_
  std::uint64_t hole_ = 0;      // zeros to give out before rest_
  std::span<const char> rest_;  // libarchive's, until its next block
};

}  // namespace staunch
