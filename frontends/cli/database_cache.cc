// A cache file is: one line that names program version and processor, the size of the packed rules as eight bytes,
// the packed rules, the packed database (which carries its own checksum).
#include "frontends/cli/database_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "rules/archive.h"

namespace staunch {
namespace {

// The folder's descriptor, or -1.
int open_cache_folder() {
  const char* home = std::getenv("HOME");
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  std::string folder;
  if (xdg != nullptr && xdg[0] == '/') folder = xdg;
  else if (home != nullptr && home[0] == '/') folder = std::string(home) + "/.cache";
  else return -1;
  mkdir(folder.c_str(), 0700);
  folder += "/staunch";
  mkdir(folder.c_str(), 0700);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_uid != geteuid() || (status.st_mode & 077) != 0)) {
    close(fd);
    return -1;
  }
  return fd;
}

std::string head_of(std::string_view rules) {
  std::string head = fmt::format("staunch {} rules {}\n", STAUNCH_VERSION, static_cast<int>(this_platform()));
  for (int shift = 0; shift < 64; shift += 8) head += static_cast<char>(rules.size() >> shift);
  return head.append(rules);
}

// FNV-1a, only to name files.
std::string name_of(std::string_view head) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : head) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return fmt::format("{:016x}.rules", hash);
}

bool read_all(int fd, std::string& content) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid()) return false;
  if (status.st_size <= 0 || static_cast<std::uint64_t>(status.st_size) > kMaxCachedBytes) return false;
  content.resize(static_cast<std::size_t>(status.st_size));
  for (std::size_t at = 0; at < content.size();) {
    const ssize_t got = read(fd, content.data() + at, content.size() - at);
    if (got <= 0) return false;
    at += static_cast<std::size_t>(got);
  }
  return true;
}

std::shared_ptr<const Database> load(int folder, const std::string& name, const std::string& head) {
  const int fd = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return nullptr;
  std::string content;
  const bool whole = read_all(fd, content);
  close(fd);
  if (!whole || content.compare(0, head.size(), head) != 0) return nullptr;
  auto database = Database::unpack(std::string_view(content).substr(head.size()));
  if (!database) return nullptr;
  utimensat(folder, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);  // so that what is in use is not the oldest
  return std::move(*database);
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// Leaves the youngest files.
void remove_oldest(int folder) {
  const int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* listing = again < 0 ? nullptr : fdopendir(again);
  if (listing == nullptr) return;
  std::vector<std::pair<std::int64_t, std::string>> files;
  while (const dirent* entry = readdir(listing)) {
    struct stat status;
    if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
      files.emplace_back(status.st_mtim.tv_sec, entry->d_name);
  }
  closedir(listing);
  std::sort(files.rbegin(), files.rend());
  for (std::size_t i = kMaxCachedDatabases; i < files.size(); ++i) unlinkat(folder, files[i].second.c_str(), 0);
}

void store(int folder, const std::string& name, const std::string& head, const Database& database) {
  const std::string packed = database.pack();
  if (head.size() + packed.size() > kMaxCachedBytes) return;
  const std::string temporary = fmt::format(".{}.{}", name, getpid());
  const int fd = openat(folder, temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const bool written = write_all(fd, head) && write_all(fd, packed);
  const bool closed = close(fd) == 0;
  if (!written || !closed || renameat(folder, temporary.c_str(), folder, name.c_str()) != 0)
    unlinkat(folder, temporary.c_str(), 0);
  remove_oldest(folder);
}

}  // namespace

Result<std::shared_ptr<const Database>> compile_cached(Catalogue catalogue, std::vector<Diagnostic>& diagnostics,
                                                       bool use_cache) {
  const int folder = use_cache ? open_cache_folder() : -1;
  if (folder < 0) return Database::compile(std::move(catalogue), diagnostics);
  const std::string head = head_of(pack_catalogue(catalogue));
  const std::string name = name_of(head);
  if (auto cached = load(folder, name, head)) {
    close(folder);
    return cached;
  }
  const std::size_t before = diagnostics.size();
  auto database = Database::compile(std::move(catalogue), diagnostics);
  if (database && diagnostics.size() == before) store(folder, name, head, **database);
  close(folder);
  return database;
}

}  // namespace staunch
