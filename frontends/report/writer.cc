#include "frontends/report/writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace staunch {
namespace {

constexpr std::size_t kBufferBytes = 1u << 16;

std::string reason(const char* what, int code) { return std::string(what) + ": " + std::strerror(code); }

// The file that a symbolic link stands for, so that the link itself is kept.
std::string resolve(const std::string& path) {
  char* real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string resolved = real;
  std::free(real);
  return resolved;
}

std::string temporary_beside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + ".staunch-report-XXXXXX";  // not the report's name: that may be NAME_MAX long already
}

}  // namespace

Writer::Writer(int fd, bool owned, bool stream, std::string name, std::string temporary)
    : fd_(fd), owned_(owned), stream_(stream), name_(std::move(name)), temporary_(std::move(temporary)) {}

Writer::Writer(Writer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      owned_(other.owned_),
      stream_(other.stream_),
      reader_left_(other.reader_left_),
      name_(std::move(other.name_)),
      temporary_(std::exchange(other.temporary_, {})),
      buffer_(std::move(other.buffer_)),
      error_(std::move(other.error_)) {}

Writer::~Writer() {
  if (fd_ >= 0 && owned_) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Writer Writer::to_fd(int fd, std::string name) {
  struct stat info {};
  const bool file = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  return Writer(fd, false, !file, std::move(name), "");
}

Result<Writer> Writer::open(const std::string& path) {
  if (path == "-") return to_fd(STDOUT_FILENO, "standard output");
  if (path.empty()) return Error{"the report path is empty", ""};
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return Error{reason("cannot write the report", errno), path};
    return Writer(fd, true, true, path, "");
  }
  if (exists && ::access(path.c_str(), W_OK) != 0) return Error{reason("cannot write the report", errno), path};
  if (path.back() == '/') return Error{reason("cannot write the report", EISDIR), path};
  const std::string target = resolve(path);
  std::string temporary = temporary_beside(target);
  const int fd = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return Error{reason("cannot write the report", errno), path};
  return Writer(fd, true, false, target, std::move(temporary));
}

void Writer::fail(const char* what, int code) {
  if (!error_) {
    error_ = Error{reason(what, code), name_};
    reader_left_ = code == EPIPE;
  }
  buffer_.clear();
}

void Writer::write(std::string_view bytes) {
  if (error_) return;
  buffer_ += bytes;
  if (buffer_.size() >= kBufferBytes) flush();
}

void Writer::pass_on() {
  if (stream_) flush();
}

void Writer::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty() && !error_) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {  // somebody made standard output non-blocking
      pollfd wait{fd_, POLLOUT, 0};
      ::poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      fail("cannot write", errno);
    }
  }
  buffer_.clear();
}

Status Writer::finish() {
  flush();
  if (owned_ && fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0) fail("cannot write", errno);
  if (!temporary_.empty()) {
    if (!error_ && ::rename(temporary_.c_str(), name_.c_str()) != 0) fail("cannot put the report in place", errno);
    if (error_) ::unlink(temporary_.c_str());
    temporary_.clear();
  }
  if (error_) return *error_;
  return Done{};
}

}  // namespace staunch
