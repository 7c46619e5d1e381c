#include "hooks/git/base_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

#include "frontends/git/commit_changes.h"
#include "frontends/git/object_store.h"
#include "frontends/git/parse.h"
#include "frontends/git/walk.h"

namespace staunch {
namespace {

constexpr const char* kNames[] = {".staunch.toml",   ".gitleaks.toml",     ".betterleaks.toml", ".staunchignore",
                                  ".gitleaksignore", ".betterleaksignore", ".staunch/salt"};

Error failed(const std::string& path) { return {std::string("cannot be made: ") + std::strerror(errno), path}; }

Status write_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed(path);
  ssize_t put = 0;
  while (!text.empty() && (put = ::write(fd, text.data(), text.size())) > 0)
    text.remove_prefix(static_cast<std::size_t>(put));
  close(fd);
  if (!text.empty()) return failed(path);
  return Done{};
}

}  // namespace

Result<BaseFiles> BaseFiles::take(const Repository& repository, const ObjectId& commit) {
  const char* set = std::getenv("TMPDIR");
  std::string path = std::string(set != nullptr && *set != '\0' ? set : "/tmp") + "/staunch-base-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return failed(path);
  BaseFiles files(std::move(path));
  if (!commit) return files;
  const ObjectStore store = ObjectStore::open(repository.object_folders, repository.id_bytes);
  const auto object = store.read(commit, kMaxHeldObject);
  const auto text = object ? parse_commit(object->bytes, store.id_bytes()) : Result<CommitText>(object.error());
  if (!text) {
    files.notes_.push_back({"commit " + commit.hex(), text.error().what});
    return files;
  }
  if (mkdir((files.folder_ + "/.staunch").c_str(), 0700) != 0) return failed(files.folder_);
  for (const char* name : kNames) {
    const ObjectId blob = blob_at(store, text->tree, name);
    if (!blob) continue;
    const auto content = store.read(blob, kMaxBaseFile);
    if (!content) {
      files.notes_.push_back({name, content.error().what});
      continue;
    }
    if (const Status written = write_file(files.folder_ + "/" + name, content->bytes); !written) return written.error();
  }
  return files;
}

BaseFiles::BaseFiles(BaseFiles&& other) noexcept
    : folder_(std::exchange(other.folder_, {})), notes_(std::move(other.notes_)) {}

void BaseFiles::remove() const {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

}  // namespace staunch
