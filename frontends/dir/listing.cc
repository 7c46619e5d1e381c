// getdents64 into one string of names; openat2 so that a folder swapped for a link while the walk runs is not followed.
#include "frontends/dir/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace staunch {
namespace {

constexpr std::size_t kDirentBytes = 32 << 10;
constexpr std::size_t kPathStep = PATH_MAX - 2;  // the longest path given to the kernel in one call

EntryKind kind_of(const dirent64& found, int fd, bool& gone) {
  switch (found.d_type) {
    case DT_REG: return EntryKind::file;
    case DT_DIR: return EntryKind::folder;
    case DT_LNK: return EntryKind::link;
    case DT_FIFO: return EntryKind::fifo;
    case DT_SOCK: return EntryKind::socket;
    case DT_CHR:
    case DT_BLK: return EntryKind::device;
    default: break;  // the file system does not say
  }
  struct stat status;
  if (fstatat(fd, found.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return gone = true, EntryKind::file;
  return kind_of_mode(status.st_mode);
}

// As compare() of whole paths would order them.
struct PathOrder {
  const Listing& listing;
  bool operator()(const Entry& a, const Entry& b) const {
    const std::size_t common = std::min(a.length, b.length);
    const char* left = listing.names.data() + a.name;
    const char* right = listing.names.data() + b.name;
    const int order = std::memcmp(left, right, common);
    return order != 0 ? order < 0 : byte_at(a, left, common) < byte_at(b, right, common);
  }
  static int byte_at(const Entry& entry, const char* name, std::size_t at) {
    if (at < entry.length) return static_cast<unsigned char>(name[at]);
    return entry.kind == EntryKind::folder ? '/' : 0;
  }
};

int open_step(int at, const char* path) {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_NO_SYMLINKS;
  const long fd = syscall(SYS_openat2, at, path, &how, sizeof how);
  if (fd >= 0) return static_cast<int>(fd);
  if (errno != ENOSYS && errno != EPERM) return -1;  // EPERM: sandboxes that do not know the call
  return openat(at, path, static_cast<int>(how.flags));
}

}  // namespace

const Entry* Listing::find(std::string_view wanted) const {
  for (const Entry& entry : entries)
    if (name(entry) == wanted) return &entry;
  return nullptr;
}

EntryKind kind_of_mode(std::uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return EntryKind::file;
    case S_IFDIR: return EntryKind::folder;
    case S_IFLNK: return EntryKind::link;
    case S_IFIFO: return EntryKind::fifo;
    case S_IFSOCK: return EntryKind::socket;
    default: return EntryKind::device;
  }
}

Listing list_folder(int fd) {
  Listing listing;
  alignas(dirent64) char buffer[kDirentBytes];
  for (;;) {
    const ssize_t filled = getdents64(fd, buffer, sizeof buffer);
    if (filled < 0) listing.error = errno;
    if (filled <= 0) break;
    for (ssize_t at = 0; at < filled;) {
      const auto& found = *reinterpret_cast<const dirent64*>(buffer + at);
      at += found.d_reclen;
      const std::string_view name = found.d_name;
      bool gone = name == "." || name == "..";
      const EntryKind kind = gone ? EntryKind::folder : kind_of(found, fd, gone);
      if (gone) continue;
      listing.entries.push_back(
          {static_cast<std::uint32_t>(listing.names.size()), static_cast<std::uint16_t>(name.size()), kind});
      listing.names.append(name).push_back('\0');
    }
  }
  std::sort(listing.entries.begin(), listing.entries.end(), PathOrder{listing});
  return listing;
}

int open_folder(int root, std::string_view relative) {
  while (!relative.empty() && relative.back() == '/') relative.remove_suffix(1);
  int at = root;
  do {
    std::size_t step = relative.size();
    if (step > kPathStep) step = relative.rfind('/', kPathStep);
    const std::string part = step == 0 ? "." : std::string(relative.substr(0, step));
    const int next = open_step(at, part.c_str());
    const int error = errno;
    if (at != root) close(at);
    errno = error;
    if (next < 0) return -1;
    at = next;
    relative.remove_prefix(std::min(step + 1, relative.size()));
  } while (!relative.empty());
  return at;
}

}  // namespace staunch
