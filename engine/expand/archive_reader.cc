// The limits: a zip file whose directory is larger than kMaxDirectory is read by its local headers, because libarchive
// would hold the whole of it. The memory for a 7z is what its headers ask for, up to 4 GiB of dictionary as far as it
// is filled (xz stops at 1 GiB, zstd at 128 MiB). Of an xz, bz2 or zst file that is cut short, libarchive drops up to
// its last 128 KiB of content. libarchive holds what a header of a cpio or an ar claims for its name, or goes on
// looking for one: no more than kMaxHeaderBytes is given to it for that.
#include "engine/expand/archive_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace staunch {
namespace {

constexpr std::uint64_t kMaxHole = 64u << 10;
constexpr std::uint64_t kMaxDirectory = 16u << 20;
constexpr std::uint64_t kMaxHeaderBytes = 16u << 20;

// Names are decoded to UTF-8 whatever the process' locale is; only this thread sees the change.
//
// Where a name cannot be decoded, libarchive asks errno whether memory was short, and ends the process if so
// (archive_entry.c, "No memory"). It does not clear errno first: an ENOMEM from anywhere before would be taken for one.
class DecodingNames {
 public:
  explicit DecodingNames(const Libarchive& lib) : before_(lib.utf8 == nullptr ? nullptr : uselocale(lib.utf8)) {
    errno = 0;
  }
  ~DecodingNames() {
    if (before_ != nullptr) uselocale(before_);
  }
  DecodingNames(const DecodingNames&) = delete;
  DecodingNames& operator=(const DecodingNames&) = delete;

 private:
  locale_t before_;
};

}  // namespace

bool ArchiveReader::open(ArchiveFormat format, Peeked& bytes) {
  if (!enable(format, bytes)) {
    reading_.stop({}, "this libarchive was built without its format: not expanded");
    return false;
  }
  bounded_ = format == ArchiveFormat::cpio || format == ArchiveFormat::ar;
  open_ = source_.open(lib_, archive_.get()) >= ARCHIVE_WARN;
  if (!open_) fail({}, ARCHIVE_FATAL);
  return open_;
}

int ArchiveReader::next(archive_entry*& entry) {
  const int status = bounded_ ? next_bounded(entry) : next_header(entry);
  // What cannot be decompressed from its first byte on looks empty, but for the words that it leaves.
  const bool failed = headers_ == 0 && (source_.error() || lib_.error_string(archive_.get()) != nullptr);
  if (status == ARCHIVE_EOF && failed) fail({}, ARCHIVE_FATAL);
  if (status == ARCHIVE_EOF) return status;
  if (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
    ++headers_;
    return ARCHIVE_OK;
  }
  fail({}, status);
  return reading_.stopped() ? ARCHIVE_EOF : ARCHIVE_FAILED;
}

std::string ArchiveReader::path(archive_entry* entry) const {
  const DecodingNames names(lib_);
  if (const char* raw = lib_.entry_pathname(entry)) return raw;
  if (const char* utf8 = lib_.entry_pathname_utf8(entry)) return utf8;
  return "(a name that cannot be read)";
}

std::string ArchiveReader::fail(const std::string& member, int status) {
  std::string why;
  if (const auto& error = source_.error()) {
    why = "could not be read: " + clean_words(to_string(*error).c_str());
    reading_.stop({}, why);
    return why;
  }
  if (source_.overdrawn()) {
    why = fmt::format("damaged: a header that takes more than {}", size_words(kMaxHeaderBytes));
    reading_.stop({}, why);
    return why;
  }
  // libarchive can be asked once it is open only.
  const bool encrypted = open_ && headers_ == 0 && lib_.read_has_encrypted_entries(archive_.get()) > 0;
  why = encrypted ? "encrypted, not expanded" : "damaged: " + clean_words(lib_.error_string(archive_.get()));
  if (status == ARCHIVE_FATAL) reading_.stop(member, why);
  else reading_.note(member, why);
  return why;
}

int ArchiveReader::next_header(archive_entry*& entry) {
  const DecodingNames names(lib_);
  const int status = lib_.read_next_header(archive_.get(), &entry);
  inside_ = status == ARCHIVE_OK || status == ARCHIVE_WARN;
  return status;
}

int ArchiveReader::next_bounded(archive_entry*& entry) {
  if (inside_ && lib_.read_data_skip(archive_.get()) == ARCHIVE_FATAL) return ARCHIVE_FATAL;
  source_.allow(kMaxHeaderBytes);
  const int status = next_header(entry);
  source_.allow(~0ull);
  return status;
}

bool ArchiveReader::enable_filter(int filter, const char* version) {
  return version != nullptr && lib_.read_append_filter(archive_.get(), filter) == ARCHIVE_OK &&
         lib_.read_support_format_raw(archive_.get()) == ARCHIVE_OK &&
         lib_.read_support_format_empty(archive_.get()) == ARCHIVE_OK;
}

bool ArchiveReader::enable_zip(Peeked& bytes) {
  if (lib_.read_support_format_zip_streamable(archive_.get()) != ARCHIVE_OK) return false;
  if (!bytes.seekable() || zip_directory_bytes(bytes) > kMaxDirectory) return true;
  return lib_.read_support_format_zip_seekable(archive_.get()) == ARCHIVE_OK;
}

bool ArchiveReader::enable(ArchiveFormat format, Peeked& bytes) {
  archive* const to = archive_.get();
  switch (format) {
    case ArchiveFormat::none:
    case ArchiveFormat::gzip: return false;  // not by libarchive
    case ArchiveFormat::zip: return enable_zip(bytes);
    case ArchiveFormat::seven_zip: return lib_.read_support_format_7zip(to) == ARCHIVE_OK;
    case ArchiveFormat::ar: return lib_.read_support_format_ar(to) == ARCHIVE_OK;
    case ArchiveFormat::cpio: return lib_.read_support_format_cpio(to) == ARCHIVE_OK;
    case ArchiveFormat::tar:
      // Where tars are joined, the second begins behind the end of the first.
      return lib_.read_support_format_tar(to) == ARCHIVE_OK &&
             lib_.read_set_option(to, "tar", "read_concatenated_archives", "1") == ARCHIVE_OK;
    case ArchiveFormat::xz: return enable_filter(ARCHIVE_FILTER_XZ, lib_.liblzma_version());
    case ArchiveFormat::lzma: return enable_filter(ARCHIVE_FILTER_LZMA, lib_.liblzma_version());
    case ArchiveFormat::bzip2: return enable_filter(ARCHIVE_FILTER_BZIP2, lib_.bzlib_version());
    case ArchiveFormat::zstd: return enable_filter(ARCHIVE_FILTER_ZSTD, lib_.libzstd_version());
  }
  return false;
}

bool ArchiveMember::begins() {
  while (!ended_ && rest_.empty() && hole_ == 0) fetch();
  return !rest_.empty() || hole_ > 0;
}

Result<std::size_t> ArchiveMember::read(std::span<char> into) {
  if (into.empty()) return std::size_t{0};
  if (!begins()) {
    if (error_) return *error_;
    return std::size_t{0};
  }
  std::size_t size = std::min<std::size_t>(into.size(), hole_ > 0 ? hole_ : rest_.size());
  if (charged_ || hole_ > 0) size = reader_.reading().take(size);
  if (size == 0) return end();
  if (hole_ > 0) {
    std::fill_n(into.begin(), size, '\0');
    hole_ -= size;
  } else {
    std::copy_n(rest_.begin(), size, into.begin());
    rest_ = rest_.subspan(size);
  }
  return size;
}

Result<std::size_t> ArchiveMember::end() {
  ended_ = true;
  rest_ = {};
  hole_ = 0;
  return std::size_t{0};
}

void ArchiveMember::fetch() {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int status = reader_.lib().read_data_block(reader_.get(), &data, &size, &offset);
  ended_ = status != ARCHIVE_OK && status != ARCHIVE_WARN;
  const bool failed = status != ARCHIVE_OK && status != ARCHIVE_EOF;
  if (failed && !reader_.reading().cut()) error_ = Error{reader_.fail(path_, status), path_};
  if (ended_) return;
  const auto at = static_cast<std::uint64_t>(offset);
  hole_ = at > next_ ? std::min(at - next_, kMaxHole) : 0;
  next_ = at + size;
  rest_ = {static_cast<const char*>(data), size};
  if (size == 0) hole_ = 0;
}

}  // namespace staunch
