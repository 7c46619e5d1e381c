#include "hooks/respond/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace staunch {
namespace {

Error failed(const char* what, const std::string& path) {
  return Error{fmt::format("cannot {}: {}", what, std::strerror(errno)), path};
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder;
}

}  // namespace

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = write(fd, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

Status sync_folder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("open", path);
  const bool synced = fsync(fd) == 0;
  close(fd);
  if (!synced) return failed("sync", path);
  return Done{};
}

Status write_file(const std::string& given, std::string_view text, unsigned mode) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(given, error);
  const std::string path = error ? given : real.string();
  struct stat old;
  const bool there = stat(path.c_str(), &old) == 0;
  std::string beside = path + ".XXXXXX";
  const int fd = mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return failed("write beside", path);
  bool right = fchmod(fd, there ? old.st_mode & 07777 : mode) == 0;
  if (right && there && (old.st_uid != geteuid() || old.st_gid != getegid()))
    right = fchown(fd, old.st_uid, old.st_gid) == 0;
  right = right && write_all(fd, text) && fsync(fd) == 0;
  const int why = errno;
  close(fd);
  if (right && rename(beside.c_str(), path.c_str()) == 0) return sync_folder(folder_of(path));
  if (!right) errno = why;
  const Error wrong = failed("write", path);
  unlink(beside.c_str());
  return wrong;
}

Status append_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return failed("open", path);
  const bool right = write_all(fd, text) && fdatasync(fd) == 0;
  const Error wrong = failed("append", path);
  close(fd);
  if (!right) return wrong;
  return Done{};
}

}  // namespace staunch
