// Reading one file and handing it over.
//
// fstat's size is a hint: files of /proc and /sys say 0 or 4096 whatever they hold, logs grow, editors truncate. So the
// read goes on until the end of the file is seen; only a read that returns exactly the size that fstat gave saves the
// extra call. A file that turns out to be larger than kWholeItemBytes is started anew as a large one.
#include "frontends/dir/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "frontends/dir/listing.h"

namespace staunch {
namespace {

constexpr std::size_t kUnsizedBytes = 64 << 10;  // first read of a file that says it is empty

// Closes what it was given.
struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
};

// File systems whose files are made while they are read: sizes say nothing and some files never end.
bool is_made_by_the_kernel(int fd) {
  struct statfs system;
  if (fstatfs(fd, &system) != 0) return false;
  switch (static_cast<unsigned long>(system.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case SECURITYFS_MAGIC: return true;
    default: return false;
  }
}

// Not so for files of /sys, which keep saying more than they hold.
bool became_shorter(int fd, std::uint64_t size) {
  struct stat now;
  return fstat(fd, &now) == 0 && static_cast<std::uint64_t>(now.st_size) < size;
}

// A large file, read where the engine asks.
class FileContent : public Content {
 public:
  FileContent(int fd, Progress& progress) : fd_(fd), progress_(progress) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    std::size_t filled = 0;
    while (filled < into.size()) {
      if (const char* stop = progress_.stop.load(std::memory_order_relaxed)) return Error{stop, {}};
      const ssize_t got = pread(fd_, into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error{fmt::format("cannot read at byte {}: {}", offset + filled, error_text(errno)), {}};
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    counted_.fetch_add(filled, std::memory_order_relaxed);
    progress_.bytes.fetch_add(filled, std::memory_order_relaxed);
    return filled;
  }

  // Windows overlap, so what was counted while reading is put right at the end.
  void settle(std::uint64_t scanned) const { progress_.bytes.fetch_add(scanned - counted_.load()); }

 private:
  int fd_;
  Progress& progress_;
  mutable std::atomic<std::uint64_t> counted_{0};
};

}  // namespace

const char* error_text(int error) {
  const char* text = strerrordesc_np(error);
  return text != nullptr ? text : "unknown error";
}

FileScanner::~FileScanner() {
  shared_.progress.bytes.fetch_add(bytes_, std::memory_order_relaxed);
  shared_.progress.items.fetch_add(items_, std::memory_order_relaxed);
}

int FileScanner::open_file(int at, const char* name, bool follow) {
  const int flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
  if (keep_access_time_) {
    const int fd = openat(at, name, flags | O_NOATIME);
    if (fd >= 0 || errno != EPERM) return fd;
    keep_access_time_ = false;  // somebody else's file; the next ones are most likely theirs too
  }
  return openat(at, name, flags);
}

std::vector<Occurrence> FileScanner::scan(int at, const char* name, const std::string& path, bool follow,
                                          bool targeted) {
  if (shared_.options.injected) shared_.options.injected(Moment::listed, path);
  const Descriptor file{open_file(at, name, follow)};
  if (file.fd < 0) {
    const int error = errno;
    const bool dead_link = follow && !targeted && (error == ENOENT || error == ENOTDIR);
    if ((error == ELOOP && !targeted) || dead_link) shared_.notes.skip(Skip::link, path);
    else if (error == ENXIO && !targeted) shared_.notes.skip(Skip::socket, path);  // swapped in after the listing
    else if (error == ENOENT && !targeted) shared_.notes.incomplete({path, "vanished before it could be read"});
    else shared_.notes.incomplete({path, fmt::format("cannot open: {}", error_text(error))});
    return {};
  }
  struct stat status;
  if (fstat(file.fd, &status) != 0) {
    shared_.notes.incomplete({path, fmt::format("cannot open: {}", error_text(errno))});
    return {};
  }
  if (!S_ISREG(status.st_mode)) return not_a_file(status.st_mode, path, targeted), std::vector<Occurrence>{};
  for (const auto& [device, inode] : shared_.own_files)
    if (status.st_dev == device && status.st_ino == inode) {
      shared_.notes.skip(Skip::own, path);
      return {};
    }

  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (shared_.options.max_bytes != 0 && size > shared_.options.max_bytes) {
    shared_.notes.skip(Skip::large, path);
    return {};
  }
  if (shared_.options.injected) shared_.options.injected(Moment::opened, path);
  return size > kWholeItemBytes ? scan_large(file.fd, size, path) : scan_whole(file.fd, size, path);
}

void FileScanner::not_a_file(std::uint32_t mode, const std::string& path, bool targeted) {
  if (targeted) return shared_.notes.incomplete({path, "neither a regular file nor a folder"});
  switch (kind_of_mode(mode)) {
    case EntryKind::folder: return shared_.notes.skip(Skip::link, path);  // a followed link; links to folders stay
    case EntryKind::fifo: return shared_.notes.skip(Skip::fifo, path);
    case EntryKind::socket: return shared_.notes.skip(Skip::socket, path);
    default: return shared_.notes.skip(Skip::device, path);
  }
}

std::vector<Occurrence> FileScanner::scan_whole(int fd, std::uint64_t size, const std::string& path) {
  if (!lease_) lease_.emplace(shared_.scanner.lease());
  std::span<char> buffer = lease_->buffer(size == 0 ? kUnsizedBytes : static_cast<std::size_t>(size) + 1);
  std::size_t filled = 0;
  for (;;) {
    const ssize_t got = read(fd, buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return shared_.notes.skip(Skip::endless, path), std::vector<Occurrence>{};
    if (got < 0) {
      shared_.notes.incomplete({path, fmt::format("cannot read after byte {}: {}", filled, error_text(errno))});
      break;
    }
    filled += static_cast<std::size_t>(got);
    if (got == 0 || (filled == size && filled < buffer.size())) break;
    if (filled < buffer.size()) continue;
    if (filled > kWholeItemBytes) {
      struct stat now;
      if (!is_made_by_the_kernel(fd) && fstat(fd, &now) == 0 && now.st_size > 0)
        return scan_large(fd, static_cast<std::uint64_t>(now.st_size), path);
      shared_.notes.partial(
          {path, fmt::format("made by the system as it is read: only its first {} bytes were scanned", filled)});
      break;
    }
    // A new buffer may lie elsewhere, so what was read is read again: sizes that lie are rare.
    buffer = lease_->buffer(std::min<std::size_t>(filled * 4, kWholeItemBytes + 1));
    filled = 0;
    if (lseek(fd, 0, SEEK_SET) != 0) {
      shared_.notes.incomplete({path, "cannot be read again from its begin"});
      return {};
    }
  }
  if (filled < size && became_shorter(fd, size)) shared_.notes.incomplete({path, "became shorter while it was read"});
  bytes_ += filled;
  return take(shared_.scanner.scan(*lease_, {buffer.data(), filled}, path));
}

std::vector<Occurrence> FileScanner::scan_large(int fd, std::uint64_t size, const std::string& path) {
  if (is_made_by_the_kernel(fd)) return shared_.notes.skip(Skip::endless, path), std::vector<Occurrence>{};
  lease_.reset();  // the engine waits for its own tasks, and a lease is never held across a wait
  const FileContent content(fd, shared_.progress);
  ItemReport report = shared_.scanner.scan(content, size, path);
  content.settle(report.bytes);
  return take(std::move(report));
}

std::vector<Occurrence> FileScanner::take(ItemReport report) {
  ++items_;
  for (Note& note : report.partial) shared_.notes.partial(std::move(note));
  for (Note& note : report.incomplete) shared_.notes.incomplete(std::move(note));
  if (!report.occurrences.empty())
    shared_.progress.findings.fetch_add(report.occurrences.size(), std::memory_order_relaxed);
  return std::move(report.occurrences);
}

}  // namespace staunch
