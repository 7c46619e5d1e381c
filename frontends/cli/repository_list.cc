#include "frontends/cli/repository_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace staunch {
namespace {

Result<std::string> read_to_end(int file, const std::string& name) {
  std::string all;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = read(file, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("cannot read: ") + std::strerror(errno), name};
    if (got == 0) return all;
    all.append(block.data(), static_cast<std::size_t>(got));
    if (all.size() > kMaxRepositoryList) return Error{"a list of repositories is not as long", name};
  }
}

}  // namespace

std::vector<std::string> paths_in(std::string_view list) {
  const char end = list.find('\0') == std::string_view::npos ? '\n' : '\0';
  std::vector<std::string> paths;
  while (!list.empty()) {
    const std::size_t size = std::min(list.find(end), list.size());
    std::string_view path = list.substr(0, size);
    list.remove_prefix(std::min(size + 1, list.size()));
    if (end == '\n' && path.ends_with('\r')) path.remove_suffix(1);
    if (!path.empty()) paths.emplace_back(path);
  }
  return paths;
}

Result<std::vector<std::string>> read_repository_list(const std::string& file) {
  const bool standard = file == "-";
  const int fd = standard ? STDIN_FILENO : open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error{std::string("cannot open: ") + std::strerror(errno), file};
  const auto list = read_to_end(fd, standard ? "standard input" : file);
  if (!standard) close(fd);
  if (!list) return list.error();
  auto paths = paths_in(*list);
  if (paths.empty()) return Error{"names no repository", standard ? "standard input" : file};
  return paths;
}

}  // namespace staunch
