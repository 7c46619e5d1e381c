// One archive, member by member, with libarchive.
//
// The first bytes say which one format or one filter libarchive may try, so nothing is guessed and at most one layer is
// taken off. A compressed file is first a stream of its content; where that is a tar or a cpio, a second reader goes
// over the stream. What a member holds is read block by block as the caller asks for it, and charged to the budget
// then.
//
// A 7z is read from its end; one that cannot be sought in, because it stands in another archive, is held in memory.
#include "engine/expand/archive.h"

#include <fmt/format.h>

#include <span>

#include "engine/expand/archive_reader.h"
#include "engine/expand/archive_reading.h"
#include "engine/expand/archive_source.h"
#include "engine/expand/container.h"
#include "engine/expand/gzip.h"
#include "engine/expand/libarchive.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMaxHeld = 32u << 20;

// False to stop.
bool read_member(ArchiveReader& reader, archive_entry* entry, bool charged, const OnMember& on_member) {
  const Libarchive& lib = reader.lib();
  const auto type = lib.entry_filetype(entry);
  if (type != 0 && type != AE_IFREG && type != AE_IFDIR) return true;
  if (lib.entry_size_is_set(entry) && lib.entry_size(entry) <= 0) return true;
  const std::string path = reader.path(entry);
  if (lib.entry_is_data_encrypted(entry)) {
    reader.reading().note(path, "encrypted, not expanded");
    return true;
  }
  ArchiveMember member(reader, path, charged);
  return !member.begins() || on_member(path, member);
}

void read_members(const Libarchive& lib, ArchiveReading& reading, ArchiveFormat format, Peeked& bytes,
                  std::uint64_t* reached, bool charged, const OnMember& on_member) {
  ArchiveReader reader(lib, reading, bytes, reached);
  if (!reader.open(format, bytes)) return;
  archive_entry* entry = nullptr;
  while (!reading.stopped()) {
    const int status = reader.next(entry);
    if (status == ARCHIVE_EOF || !reading.take_member()) return;
    if (status == ARCHIVE_OK && !read_member(reader, entry, charged, on_member)) return;
  }
}

// Bytes in memory.
class Held : public ByteStream {
 public:
  // All of `bytes`; false where they are more than kMaxHeld or cannot be read, which is noted.
  bool hold(ByteStream& bytes, ArchiveReading& reading) {
    constexpr std::size_t kStep = 256u << 10;
    for (;;) {
      const std::size_t held = bytes_.size();
      bytes_.resize(held + kStep);
      const Result<std::size_t> got = bytes.read(std::span(bytes_).subspan(held));
      bytes_.resize(held + (got ? *got : 0));
      if (!got) return reading.stop({}, "could not be read: " + clean_words(to_string(got.error()).c_str())), false;
      if (*got == 0) return true;
      if (bytes_.size() <= kMaxHeld) continue;
      reading.stop({}, fmt::format("7z in an archive above {}: not expanded", size_words(kMaxHeld)));
      return false;
    }
  }

  Result<std::size_t> read(std::span<char> into) override {
    const std::size_t size = bytes_.copy(into.data(), into.size(), at_);
    at_ += size;
    return size;
  }
  bool seek(std::uint64_t offset) override {
    if (offset > bytes_.size()) return false;
    at_ = offset;
    return true;
  }
  std::uint64_t size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t at_ = 0;
};

void read_held(const Libarchive& lib, ArchiveReading& reading, ArchiveFormat format, Peeked& bytes,
               const OnMember& on_member) {
  Held held;
  if (!held.hold(bytes, reading)) return;
  Peeked again(held);
  read_members(lib, reading, format, again, reading.reached(), true, on_member);
}

// The content of a gzip file, charged for.
class Unzipped : public ByteStream {
 public:
  Unzipped(ArchiveReading& reading, Peeked& bytes) : reading_(reading), gzip_(bytes, reading.reached()) {}

  Result<std::size_t> read(std::span<char> into) override {
    const Result<std::size_t> got = gzip_.read(into);
    if (got) return *got == 0 ? 0 : reading_.take(*got);
    const std::string why = clean_words(to_string(got.error()).c_str());
    reading_.stop({}, (gzip_.source_failed() ? "could not be read: " : "damaged: ") + why);
    return got;
  }

 private:
  ArchiveReading& reading_;
  GzipStream gzip_;
};

void read_content(const Libarchive& lib, ArchiveReading& reading, ByteStream& content, const OnMember& on_member) {
  Peeked inner(content);
  const ArchiveFormat held = format_of(inner.head());
  if (held == ArchiveFormat::tar || held == ArchiveFormat::cpio)
    read_members(lib, reading, held, inner, nullptr, false, on_member);
  else if (!inner.head().empty() && reading.take_member()) on_member({}, inner);
}

void read_compressed(const Libarchive& lib, ArchiveReading& reading, ArchiveFormat format, Peeked& bytes,
                     const OnMember& on_member) {
  if (format == ArchiveFormat::gzip) {
    Unzipped content(reading, bytes);
    return read_content(lib, reading, content, on_member);
  }
  ArchiveReader reader(lib, reading, bytes, reading.reached());
  archive_entry* entry = nullptr;
  if (!reader.open(format, bytes) || reader.next(entry) != ARCHIVE_OK) return;
  ArchiveMember content(reader, {}, true);
  read_content(lib, reading, content, on_member);
}

}  // namespace

std::vector<Note> read_archive(ByteStream& bytes, const std::string& name, ArchiveBudget& budget,
                               const OnMember& on_member) {
  const Libarchive* lib = libarchive();
  if (lib == nullptr) return {{name, "libarchive is not installed: archives are not expanded"}};
  ArchiveReading reading(name, budget);
  Peeked peeked(bytes);
  const ArchiveFormat format = format_of(peeked.head());
  if (format >= ArchiveFormat::gzip) read_compressed(*lib, reading, format, peeked, on_member);
  else if (format == ArchiveFormat::seven_zip && !peeked.seekable())
    read_held(*lib, reading, format, peeked, on_member);
  else read_members(*lib, reading, format, peeked, reading.reached(), true, on_member);
  return reading.notes();
}

}  // namespace staunch
