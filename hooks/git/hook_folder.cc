#include "hooks/git/hook_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "frontends/git/git_file.h"
#include "hooks/git/hook_script.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxHookBytes = 1u << 20;

Error failed(const char* what, const std::string& path) {
  return {fmt::format("cannot be {}: {}", what, std::strerror(errno)), path};
}

bool exists(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

Status write_script(const std::string& folder, const std::string& path, std::string_view script) {
  std::string temporary = folder + "/.staunch-XXXXXX";
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return failed("made", temporary);
  bool whole = true;
  while (!script.empty() && whole) {
    const ssize_t put = write(fd, script.data(), script.size());
    whole = put > 0;
    if (whole) script.remove_prefix(static_cast<std::size_t>(put));
  }
  whole = whole && fchmod(fd, 0755) == 0;
  whole = close(fd) == 0 && whole && std::rename(temporary.c_str(), path.c_str()) == 0;
  if (whole) return Done{};
  const Error error = failed("written", path);
  unlink(temporary.c_str());
  return error;
}

}  // namespace

HookState hook_state(const std::string& path) {
  if (!exists(path)) return HookState::none;
  const auto text = read_git_file(path, kMaxHookBytes);
  return text && *text && is_hook_script(**text) ? HookState::ours : HookState::other;
}

Result<HookFolder> HookFolder::open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Error{"cannot be made: " + error.message(), path};
  const int lock = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return failed("opened", path);
  HookFolder folder(path, lock);
  while (flock(lock, LOCK_EX) != 0)
    if (errno != EINTR) return failed("locked", path);
  return folder;
}

HookFolder::HookFolder(HookFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

HookFolder::~HookFolder() {
  if (lock_ >= 0) close(lock_);
}

Status HookFolder::put(const std::string& name, std::string_view script, std::vector<std::string>& told) {
  const std::string path = path_ + "/" + name, before = path + kBefore;
  const HookState state = hook_state(path);
  struct stat status;
  if (state == HookState::other && lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) &&
      !S_ISLNK(status.st_mode))
    return Error{"is not a file", path};
  if (state == HookState::other) {
    if (exists(before))
      return Error{
          fmt::format("is not ours, and what was there before us is still in {}; one of them has to go", before), path};
    if (std::rename(path.c_str(), before.c_str()) != 0) return failed("moved aside", path);
    told.push_back(fmt::format("{}: what was there runs first, as {}", path, before));
  }
  if (const Status written = write_script(path_, path, script); !written) {
    if (state == HookState::other) std::rename(before.c_str(), path.c_str());
    return written;
  }
  told.push_back(fmt::format("{}: {}", path, state == HookState::ours ? "renewed" : "installed"));
  return Done{};
}

Status HookFolder::take_out(const std::string& name, std::vector<std::string>& told) {
  const std::string path = path_ + "/" + name, before = path + kBefore;
  const bool kept = exists(before);
  switch (hook_state(path)) {
    case HookState::none:
      if (!kept) return Done{};
      break;
    case HookState::other:
      if (kept)
        told.push_back(fmt::format("{}: is not ours and stays; what was there before us is in {}", path, before));
      return Done{};
    case HookState::ours: break;
  }
  if ((kept ? std::rename(before.c_str(), path.c_str()) : unlink(path.c_str())) != 0) return failed("removed", path);
  told.push_back(fmt::format("{}: {}", path, kept ? "what was there before is back" : "removed"));
  return Done{};
}

}  // namespace staunch
