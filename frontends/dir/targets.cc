// Spelling, real paths and containment of targets; ignore files of the repository around them.
#include "frontends/dir/targets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "frontends/dir/file.h"

namespace staunch {
namespace {

std::string without_noise(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  while (path.rfind("./", 0) == 0) path.erase(0, std::min(path.find_first_not_of('/', 1), path.size()));
  return path.empty() ? "." : path;
}

std::string folder_prefix(const std::string& path) {
  if (path == ".") return "";
  return path.back() == '/' ? path : path + '/';
}

Result<Target> resolve(const std::string& typed) {
  const std::string path = without_noise(typed);
  struct stat status;
  if (typed.empty() || stat(path.c_str(), &status) != 0)
    return Error{fmt::format("cannot open: {}", error_text(typed.empty() ? ENOENT : errno)), typed};
  char* real = realpath(path.c_str(), nullptr);
  if (real == nullptr) return Error{fmt::format("cannot open: {}", error_text(errno)), typed};
  Target target;
  target.real = real;
  std::free(real);
  target.open = path;
  target.folder = S_ISDIR(status.st_mode);
  target.spelled = target.folder ? folder_prefix(path) : path;
  return target;
}

bool exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

std::string above(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

}  // namespace

std::vector<Target> resolve_targets(const std::vector<std::string>& paths, Notes& notes) {
  std::vector<Target> targets;
  for (const std::string& path : paths) {
    Result<Target> target = resolve(path);
    if (!target) {
      notes.incomplete({target.error().where, target.error().what});
      continue;
    }
    const bool again =
        std::any_of(targets.begin(), targets.end(), [&](const Target& other) { return other.real == target->real; });
    if (!again) targets.push_back(std::move(*target));
  }
  std::sort(targets.begin(), targets.end(), [](const Target& a, const Target& b) { return a.spelled < b.spelled; });
  for (Target& outer : targets) {
    if (!outer.folder) continue;
    const std::string prefix = folder_prefix(outer.real);
    for (const Target& inner : targets)
      if (inner.real.size() > prefix.size() && inner.real.rfind(prefix, 0) == 0)
        outer.elsewhere.insert(inner.real.substr(prefix.size()));
  }
  return targets;
}

std::vector<IgnorePattern> read_pattern_file(int fd, const char* name, const std::string& path, Notes* notes) {
  const int file = openat(fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return {};
  std::string text;
  struct stat status;
  bool too_large = false;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    char buffer[16 << 10];
    for (ssize_t got; (got = read(file, buffer, sizeof buffer)) > 0 && !too_large;) {
      text.append(buffer, static_cast<std::size_t>(got));
      too_large = text.size() > kMaxPatternFileBytes;
    }
  }
  close(file);
  if (!too_large) return parse_ignore_text(text);
  if (notes != nullptr) notes->partial({path, "ignore file of more than 1 MiB: not obeyed"});
  return {};
}

std::shared_ptr<const PatternList> ignores_above(const std::string& folder) {
  std::vector<std::string> chain;  // from `folder` up to the repository's top
  std::string at = folder;
  for (;; at = above(at)) {
    chain.push_back(at);
    if (exists(folder_prefix(at) + ".git")) break;
    if (at == "/") return nullptr;
  }
  const std::string top = folder_prefix(at);
  std::shared_ptr<const PatternList> lists;
  const auto add = [&](std::vector<IgnorePattern> patterns, const std::string& from) {
    if (patterns.empty()) return;
    auto list = std::make_shared<PatternList>();
    list->patterns = std::move(patterns);
    if (from != folder) list->prefix = folder_prefix(folder).substr(folder_prefix(from).size());
    list->above = lists;
    lists = std::move(list);
  };
  add(read_pattern_file(AT_FDCWD, (top + ".git/info/exclude").c_str(), {}, nullptr), at);
  for (std::size_t i = chain.size(); i-- > 1;)
    add(read_pattern_file(AT_FDCWD, (folder_prefix(chain[i]) + ".gitignore").c_str(), {}, nullptr), chain[i]);
  return lists;
}

}  // namespace staunch
