// Files in memory, for what reads and writes descriptors.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "tests/fuzz/target.h"

namespace staunch::test {

// Holds `bytes`, to be read from its beginning; the caller closes it.
inline int file_of(std::string_view bytes) {
  const int fd = memfd_create("fuzz", MFD_CLOEXEC);
  demand(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  lseek(fd, 0, SEEK_SET);
  return fd;
}

inline std::string content_of(int fd) {
  std::string text(static_cast<std::size_t>(lseek(fd, 0, SEEK_END)), '\0');
  demand(pread(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

}  // namespace staunch::test
