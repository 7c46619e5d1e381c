#include "frontends/git/descriptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace staunch {
namespace {

std::string cannot_read(int code) {
  const char* text = strerrordesc_np(code);
  return fmt::format("cannot read: {}", text != nullptr ? text : "unknown error");
}

}  // namespace

Descriptor::~Descriptor() {
  if (file_ >= 0) ::close(file_);
}

Result<OpenFile> open_regular(const std::string& path) {
  // A pipe in place of a file would otherwise be waited for.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat info;
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0) return Error{cannot_read(errno), path};
  if (!S_ISREG(info.st_mode)) return Error{"not a regular file", path};
  return OpenFile{std::move(file), static_cast<std::uint64_t>(info.st_size)};
}

bool missing_file(const std::string& path) {
  struct stat info;
  return ::stat(path.c_str(), &info) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

Result<std::size_t> read_some(int file, std::uint64_t offset, std::span<char> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got = ::pread(file, into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{cannot_read(errno), {}};
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Status read_exactly(int file, std::uint64_t offset, std::span<char> into) {
  const Result<std::size_t> got = read_some(file, offset, into);
  if (!got) return got.error();
  if (*got < into.size()) return Error{"corrupt: the file ends too early", {}};
  return Done{};
}

Result<std::string> read_whole(const std::string& path, std::uint64_t max_bytes) {
  Result<OpenFile> opened = open_regular(path);
  if (!opened) return opened.error();
  if (opened->bytes > max_bytes) return Error{fmt::format("larger than {} bytes", max_bytes), path};
  std::string bytes(opened->bytes, '\0');
  if (const Status status = read_exactly(opened->file.get(), 0, bytes); !status)
    return Error{status.error().what, path};
  return bytes;
}

}  // namespace staunch
