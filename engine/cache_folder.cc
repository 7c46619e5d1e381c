#include "engine/cache_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace staunch {
namespace {

constexpr int kTries = 100;  // to get the lock
constexpr useconds_t kBetweenTries = 10'000;

Error failed(const std::string& what, const std::string& where) { return {what + ": " + std::strerror(errno), where}; }

// What is wrong with whose it is; empty: nothing.
std::string not_ours(const struct stat& status) {
  if (status.st_uid != geteuid()) return "it belongs to somebody else";
  if ((status.st_mode & 022) != 0) return "others may write to it";
  return {};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(file, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

Result<std::string> read_file(int file, const std::string& name, std::size_t max_bytes) {
  struct stat status;
  if (fstat(file, &status) != 0) return failed("cannot read", name);
  if (!S_ISREG(status.st_mode)) return Error{"not a file", name};
  if (std::string wrong = not_ours(status); !wrong.empty()) return Error{std::move(wrong), name};
  if (static_cast<std::uint64_t>(status.st_size) > max_bytes) return Error{"too large", name};
  std::string content(static_cast<std::size_t>(status.st_size), '\0');
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t got = ::read(file, content.data() + at, content.size() - at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot read", name);
    if (got == 0) content.resize(at);
    at += static_cast<std::size_t>(got);
  }
  return content;
}

}  // namespace

std::string CacheFolder::usual_path() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  if (xdg != nullptr && xdg[0] == '/') return std::string(xdg) + "/staunch";
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') return std::string(home) + "/.cache/staunch";
  return {};
}

Result<CacheFolder> CacheFolder::open(const std::string& path) {
  std::string name = path;
  while (name.size() > 1 && name.back() == '/') name.pop_back();  // behind a slash a link is followed
  if (const std::size_t slash = name.rfind('/'); slash != std::string::npos && slash > 0)
    mkdir(name.substr(0, slash).c_str(), 0700);
  mkdir(name.c_str(), 0700);
  CacheFolder folder(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (folder.folder_ < 0 || fstat(folder.folder_, &status) != 0) return failed("cannot be used", name);
  if (std::string wrong = not_ours(status); !wrong.empty()) return Error{std::move(wrong), name};
  return folder;
}

CacheFolder::CacheFolder(CacheFolder&& other) noexcept
    : at_step(std::move(other.at_step)), folder_(std::exchange(other.folder_, -1)) {}

CacheFolder::~CacheFolder() {
  if (folder_ >= 0) close(folder_);
}

Result<std::string> CacheFolder::read(const std::string& name, std::size_t max_bytes) const {
  const int file = openat(folder_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return failed("cannot open", name);
  auto content = read_file(file, name, max_bytes);
  close(file);
  return content;
}

void CacheFolder::touch(const std::string& name) const {
  utimensat(folder_, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
}

CacheFolder::Lock::Lock(const CacheFolder& folder) : folder_(folder.folder_) {
  for (int i = 0; i < kTries && !held_; ++i) {
    held_ = flock(folder_, LOCK_EX | LOCK_NB) == 0;
    if (!held_ && errno != EWOULDBLOCK && errno != EINTR) return;
    if (!held_) usleep(kBetweenTries);
  }
}

CacheFolder::Lock::~Lock() {
  if (held_) flock(folder_, LOCK_UN);
}

Status CacheFolder::write(int file, std::initializer_list<std::string_view> parts) const {
  for (const std::string_view part : parts)
    if (!write_all(file, part)) return failed("cannot write", {});
  step("written");
  if (fdatasync(file) != 0) return failed("cannot write", {});
  step("synced");
  return Done{};
}

// Nobody else has the lock, so what stands under the other name is left from a program that was killed.
Status CacheFolder::replace(const Lock& lock, const std::string& name,
                            std::initializer_list<std::string_view> parts) const {
  if (!lock) return Error{"somebody else writes", name};
  step("locked");
  const std::string beside = "." + name + ".new";
  unlinkat(folder_, beside.c_str(), 0);
  const int file = openat(folder_, beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return failed("cannot write", name);
  Status written = write(file, parts);
  if (close(file) != 0 && written) written = failed("cannot write", name);
  if (written && renameat(folder_, beside.c_str(), folder_, name.c_str()) != 0) written = failed("cannot write", name);
  if (!written) unlinkat(folder_, beside.c_str(), 0);
  step("renamed");
  if (written) fsync(folder_);
  return written;
}

Status CacheFolder::append(const Lock& lock, const std::string& name, std::size_t kept, std::string_view bytes) const {
  if (!lock) return Error{"somebody else writes", name};
  step("locked");
  const int file = openat(folder_, name.c_str(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return failed("cannot write", name);
  struct stat status;
  Status written = Done{};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || !not_ours(status).empty())
    written = Error{"not ours alone", name};
  else if (ftruncate(file, static_cast<off_t>(kept)) != 0 || lseek(file, 0, SEEK_END) < 0)
    written = failed("cannot write", name);
  else written = write(file, {bytes});
  close(file);
  return written;
}

void CacheFolder::keep_youngest(const Lock& lock, std::string_view ending, std::size_t count) const {
  const int again = lock ? openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  DIR* listing = again < 0 ? nullptr : fdopendir(again);
  if (listing == nullptr) {
    if (again >= 0) close(again);
    return;
  }
  std::vector<std::pair<std::pair<std::int64_t, std::int64_t>, std::string>> files;
  while (const dirent* entry = readdir(listing)) {
    struct stat status;
    if (std::string_view(entry->d_name).ends_with(ending) &&
        fstatat(folder_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
      files.push_back({{status.st_mtim.tv_sec, status.st_mtim.tv_nsec}, entry->d_name});
  }
  closedir(listing);
  std::sort(files.rbegin(), files.rend());
  for (std::size_t i = count; i < files.size(); ++i) unlinkat(folder_, files[i].second.c_str(), 0);
}

}  // namespace staunch
