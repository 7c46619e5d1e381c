#include "frontends/report/lines.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace staunch {

Result<std::optional<std::string_view>> LineReader::next() {
  std::size_t searched = begin_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != buffer_.npos || (ended_ && begin_ < buffer_.size())) {
      terminated_ = end != buffer_.npos;
      const std::size_t stop = terminated_ ? end : buffer_.size();
      if (stop - begin_ > limit_) break;
      const std::string_view line = std::string_view(buffer_).substr(begin_, stop - begin_);
      begin_ = stop + (terminated_ ? 1 : 0);
      ++number_;
      return std::optional(line);
    }
    if (ended_) return std::optional<std::string_view>();
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched = buffer_.size();
    if (searched > limit_) break;
    buffer_.resize(searched + (1u << 16));
    ssize_t n = 0;
    do n = ::read(fd_, buffer_.data() + searched, buffer_.size() - searched);
    while (n < 0 && errno == EINTR);
    const int code = errno;
    buffer_.resize(searched + static_cast<std::size_t>(n > 0 ? n : 0));
    if (n < 0) broken_ = std::string("cannot read: ") + std::strerror(code);
    ended_ = n <= 0;
  }
  ++number_;
  return Error{"the line is longer than " + std::to_string(limit_) + " bytes", ""};
}

}  // namespace staunch
