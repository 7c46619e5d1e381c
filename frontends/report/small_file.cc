#include "frontends/report/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace staunch {
namespace {

// The content of an open file, at most `limit` bytes and one more where there are.
Result<std::string> read_up_to(int fd, std::size_t limit, const std::string& path) {
  std::string text;
  while (text.size() <= limit) {
    const std::size_t had = text.size();
    text.resize(had + (1u << 16));
    const ssize_t n = ::read(fd, text.data() + had, text.size() - had);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno != EINTR) return Error{std::string("cannot read: ") + std::strerror(errno), path};
    if (n == 0) break;
  }
  return text;
}

}  // namespace

Result<std::string> read_small_file(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return Error{std::string("cannot read: ") + std::strerror(errno), path};
  struct stat info {};
  const bool regular = ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  Result<std::string> text = regular ? read_up_to(fd, limit, path) : Error{"cannot read: not a regular file", path};
  ::close(fd);
  if (text && text->size() > limit) return Error{"larger than " + std::to_string(limit) + " bytes", path};
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_fingerprint(std::string_view text) {
  return text.size() == kFingerprintBytes && text.substr(0, 4) == "sf1:" &&
         text.substr(4).find_first_not_of("0123456789abcdef") == text.npos;
}

}  // namespace staunch
