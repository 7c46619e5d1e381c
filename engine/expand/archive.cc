// One archive, member by member, with libarchive.
//
// The first bytes say which one format or one filter libarchive may try, so nothing is guessed and at most one layer is
// taken off. A compressed file is first a stream of its content; where that is a tar or a cpio, a second reader goes
// over the stream. What a member holds is read block by block as the caller asks for it, and charged to the budget
// then.
//
// A 7z is read from its end; one that cannot be sought in, because it stands in another archive, is held in memory.
//
// The limits: a zip file whose directory is larger than kMaxDirectory is read by its local headers, because libarchive
// would hold the whole of it. The memory for a 7z is what its headers ask for, up to 4 GiB of dictionary as far as it
// is filled (xz stops at 1 GiB, zstd at 128 MiB). Of an xz, bz2 or zst file that is cut short, libarchive drops up to
// its last 128 KiB of content. libarchive holds what a header of a cpio or an ar claims for its name, or goes on
// looking for one: no more than kMaxHeaderBytes is given to it for that.
#include "engine/expand/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>

#include "engine/expand/archive_source.h"
#include "engine/expand/container.h"
#include "engine/expand/gzip.h"
#include "engine/expand/libarchive.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMaxHole = 64u << 10;
constexpr std::uint64_t kMaxDirectory = 16u << 20;
constexpr std::uint64_t kMaxHeld = 32u << 20;
constexpr std::uint64_t kMaxHeaderBytes = 16u << 20;
constexpr std::size_t kMaxNotes = 20;  // of one archive
constexpr std::size_t kMaxWords = 200;

std::string size_words(std::uint64_t bytes) {
  const auto size = static_cast<double>(bytes);
  return bytes < 1'000'000'000 ? fmt::format("{:.1f} MB", size / 1e6) : fmt::format("{:.1f} GB", size / 1e9);
}

// libarchive's words may quote the archive.
std::string clean(const char* words) {
  std::string text = words == nullptr ? "no reason given" : words;
  text.resize(std::min(text.size(), kMaxWords));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

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

// What one call of read_archive shares: the budget, and what is to be said.
class Reading {
 public:
  Reading(const std::string& name, ArchiveBudget& budget) : name_(name), budget_(budget) { ++budget_.depth; }
  ~Reading() { --budget_.depth; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  std::uint64_t* reached() { return budget_.depth == 1 ? &budget_.read_bytes : nullptr; }
  bool stopped() const { return stopped_; }
  // Whether it was a limit that stopped it.
  bool cut() const { return cut_; }

  void note(const std::string& member, std::string why) {
    if (stopped_) return;
    if (++problems_ <= kMaxNotes) add(member, std::move(why));
  }

  // Says why nothing more is read; the first reason counts.
  void stop(const std::string& member, std::string why) {
    if (!stopped_) add(member, std::move(why));
    stopped_ = true;
  }

  // How many of `wanted` bytes may be given out, and charges for them. Fewer: the expansion is over.
  std::size_t take(std::size_t wanted) {
    if (stopped_) return 0;
    const std::uint64_t by_ratio = std::max(kFreeBytes, saturated(budget_.ratio, budget_.read_bytes));
    const std::uint64_t most = std::min(budget_.bytes, by_ratio);
    const std::size_t size = std::min<std::uint64_t>(wanted, most - std::min(most, budget_.used_bytes));
    budget_.used_bytes += size;
    if (size == wanted) return size;
    cut_ = true;
    if (most == budget_.bytes) stop({}, fmt::format("expands to more than {}: cut there", size_words(budget_.bytes)));
    else
      stop({}, fmt::format("expands to more than {} times its size: cut after {}", budget_.ratio,
                           size_words(budget_.used_bytes)));
    return size;
  }

  bool take_member() {
    if (budget_.used_members < budget_.members) return ++budget_.used_members, true;
    cut_ = true;
    stop({}, fmt::format("holds more than {} members: the others are not expanded", budget_.members));
    return false;
  }

  std::vector<Note> notes() {
    if (problems_ > kMaxNotes)
      notes_.push_back({name_, fmt::format("{} more problems of members", problems_ - kMaxNotes)});
    return std::move(notes_);
  }

 private:
  void add(const std::string& member, std::string why) {
    notes_.push_back({member.empty() ? name_ : name_ + "!" + member, std::move(why)});
  }

  static std::uint64_t saturated(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? ~0ull : product;
  }

  const std::string& name_;
  ArchiveBudget& budget_;
  std::vector<Note> notes_;
  std::size_t problems_ = 0;
  bool stopped_ = false, cut_ = false;
};

// libarchive with one format or one filter enabled, over one stream.
class Reader {
 public:
  Reader(const Libarchive& lib, Reading& reading, Peeked& bytes, std::uint64_t* reached)
      : lib_(lib), reading_(reading), source_(bytes, reached), archive_(lib.read_new(), lib.read_free) {}

  // False where there is nothing to read; the reason is noted.
  bool open(ArchiveFormat format, Peeked& bytes) {
    if (!enable(format, bytes)) {
      reading_.stop({}, "this libarchive was built without its format: not expanded");
      return false;
    }
    bounded_ = format == ArchiveFormat::cpio || format == ArchiveFormat::ar;
    open_ = source_.open(lib_, archive_.get()) >= ARCHIVE_WARN;
    if (!open_) fail({}, ARCHIVE_FATAL);
    return open_;
  }

  // The next header: ARCHIVE_OK, ARCHIVE_EOF, or ARCHIVE_FAILED where there may be others behind it.
  int next(archive_entry*& entry) {
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

  std::string path(archive_entry* entry) const {
    const DecodingNames names(lib_);
    if (const char* raw = lib_.entry_pathname(entry)) return raw;
    if (const char* utf8 = lib_.entry_pathname_utf8(entry)) return utf8;
    return "(a name that cannot be read)";
  }

  // Notes what libarchive complains of and whether it can go on.
  std::string fail(const std::string& member, int status) {
    std::string why;
    if (const auto& error = source_.error()) {
      why = "could not be read: " + clean(to_string(*error).c_str());
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
    why = encrypted ? "encrypted, not expanded" : "damaged: " + clean(lib_.error_string(archive_.get()));
    if (status == ARCHIVE_FATAL) reading_.stop(member, why);
    else reading_.note(member, why);
    return why;
  }

  const Libarchive& lib() const { return lib_; }
  archive* get() const { return archive_.get(); }
  Reading& reading() { return reading_; }

 private:
  int next_header(archive_entry*& entry) {
    const DecodingNames names(lib_);
    const int status = lib_.read_next_header(archive_.get(), &entry);
    inside_ = status == ARCHIVE_OK || status == ARCHIVE_WARN;
    return status;
  }

  // The rest of the member is skipped first, so that only bytes of the header count. Other formats may read much for
  // one: zip and 7z their directories, tar the zeros between two that were joined.
  int next_bounded(archive_entry*& entry) {
    if (inside_ && lib_.read_data_skip(archive_.get()) == ARCHIVE_FATAL) return ARCHIVE_FATAL;
    source_.allow(kMaxHeaderBytes);
    const int status = next_header(entry);
    source_.allow(~0ull);
    return status;
  }

  // The versions tell whether a filter is libarchive's own: it starts a program for those that it was built without.
  bool enable_filter(int filter, const char* version) {
    return version != nullptr && lib_.read_append_filter(archive_.get(), filter) == ARCHIVE_OK &&
           lib_.read_support_format_raw(archive_.get()) == ARCHIVE_OK &&
           lib_.read_support_format_empty(archive_.get()) == ARCHIVE_OK;
  }

  bool enable_zip(Peeked& bytes) {
    if (lib_.read_support_format_zip_streamable(archive_.get()) != ARCHIVE_OK) return false;
    if (!bytes.seekable() || zip_directory_bytes(bytes) > kMaxDirectory) return true;
    return lib_.read_support_format_zip_seekable(archive_.get()) == ARCHIVE_OK;
  }

  bool enable(ArchiveFormat format, Peeked& bytes) {
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

  const Libarchive& lib_;
  Reading& reading_;
  ArchiveSource source_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  bool open_ = false;
  bool bounded_ = false;       // whether what a header may take is
  bool inside_ = false;        // a member
  std::uint64_t headers_ = 0;  // that were read
};

// The bytes of the member whose header was read last.
class Member : public ByteStream {
 public:
  // Members of a compressed tar were charged for when it was decompressed, all but their holes.
  Member(Reader& reader, std::string path, bool charged) : reader_(reader), path_(std::move(path)), charged_(charged) {}

  // Whether it holds a byte.
  bool begins() {
    while (!ended_ && rest_.empty() && hole_ == 0) fetch();
    return !rest_.empty() || hole_ > 0;
  }

  Result<std::size_t> read(std::span<char> into) override {
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

 private:
  Result<std::size_t> end() {
    ended_ = true;
    rest_ = {};
    hole_ = 0;
    return std::size_t{0};
  }

  void fetch() {
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

  Reader& reader_;
  std::string path_;
  bool charged_;
  bool ended_ = false;
  std::optional<Error> error_;
  std::uint64_t next_ = 0;      // offset in the member of what comes after rest_
  std::uint64_t hole_ = 0;      // zeros to give out before rest_
  std::span<const char> rest_;  // libarchive's, until its next block
};

// False to stop.
bool read_member(Reader& reader, archive_entry* entry, bool charged, const OnMember& on_member) {
  const Libarchive& lib = reader.lib();
  const auto type = lib.entry_filetype(entry);
  if (type != 0 && type != AE_IFREG && type != AE_IFDIR) return true;
  if (lib.entry_size_is_set(entry) && lib.entry_size(entry) <= 0) return true;
  const std::string path = reader.path(entry);
  if (lib.entry_is_data_encrypted(entry)) {
    reader.reading().note(path, "encrypted, not expanded");
    return true;
  }
  Member member(reader, path, charged);
  return !member.begins() || on_member(path, member);
}

void read_members(const Libarchive& lib, Reading& reading, ArchiveFormat format, Peeked& bytes, std::uint64_t* reached,
                  bool charged, const OnMember& on_member) {
  Reader reader(lib, reading, bytes, reached);
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
  bool hold(ByteStream& bytes, Reading& reading) {
    constexpr std::size_t kStep = 256u << 10;
    for (;;) {
      const std::size_t held = bytes_.size();
      bytes_.resize(held + kStep);
      const Result<std::size_t> got = bytes.read(std::span(bytes_).subspan(held));
      bytes_.resize(held + (got ? *got : 0));
      if (!got) return reading.stop({}, "could not be read: " + clean(to_string(got.error()).c_str())), false;
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

void read_held(const Libarchive& lib, Reading& reading, ArchiveFormat format, Peeked& bytes,
               const OnMember& on_member) {
  Held held;
  if (!held.hold(bytes, reading)) return;
  Peeked again(held);
  read_members(lib, reading, format, again, reading.reached(), true, on_member);
}

// The content of a gzip file, charged for.
class Unzipped : public ByteStream {
 public:
  Unzipped(Reading& reading, Peeked& bytes) : reading_(reading), gzip_(bytes, reading.reached()) {}

  Result<std::size_t> read(std::span<char> into) override {
    const Result<std::size_t> got = gzip_.read(into);
    if (got) return *got == 0 ? 0 : reading_.take(*got);
    const std::string why = clean(to_string(got.error()).c_str());
    reading_.stop({}, (gzip_.source_failed() ? "could not be read: " : "damaged: ") + why);
    return got;
  }

 private:
  Reading& reading_;
  GzipStream gzip_;
};

void read_content(const Libarchive& lib, Reading& reading, ByteStream& content, const OnMember& on_member) {
  Peeked inner(content);
  const ArchiveFormat held = format_of(inner.head());
  if (held == ArchiveFormat::tar || held == ArchiveFormat::cpio)
    read_members(lib, reading, held, inner, nullptr, false, on_member);
  else if (!inner.head().empty() && reading.take_member()) on_member({}, inner);
}

void read_compressed(const Libarchive& lib, Reading& reading, ArchiveFormat format, Peeked& bytes,
                     const OnMember& on_member) {
  if (format == ArchiveFormat::gzip) {
    Unzipped content(reading, bytes);
    return read_content(lib, reading, content, on_member);
  }
  Reader reader(lib, reading, bytes, reading.reached());
  archive_entry* entry = nullptr;
  if (!reader.open(format, bytes) || reader.next(entry) != ARCHIVE_OK) return;
  Member content(reader, {}, true);
  read_content(lib, reading, content, on_member);
}

}  // namespace

std::vector<Note> read_archive(ByteStream& bytes, const std::string& name, ArchiveBudget& budget,
                               const OnMember& on_member) {
  const Libarchive* lib = libarchive();
  if (lib == nullptr) return {{name, "libarchive is not installed: archives are not expanded"}};
  Reading reading(name, budget);
  Peeked peeked(bytes);
  const ArchiveFormat format = format_of(peeked.head());
  if (format >= ArchiveFormat::gzip) read_compressed(*lib, reading, format, peeked, on_member);
  else if (format == ArchiveFormat::seven_zip && !peeked.seekable())
    read_held(*lib, reading, format, peeked, on_member);
  else read_members(*lib, reading, format, peeked, reading.reached(), true, on_member);
  return reading.notes();
}

}  // namespace staunch
