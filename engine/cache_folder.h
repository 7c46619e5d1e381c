// Files that are kept between runs, in a folder that is the user's alone.
//
// A folder or file that belongs to somebody else, that others may write to, or that is a link is never used. What is
// written is there whole or not at all after a rename; what is appended may be torn, and whoever reads it checks. One
// writes at a time, also of several programs; nobody waits for a writer longer than a second. Errors only mean that
// nothing is kept. For one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch {

class CacheFolder {
 public:
  // $XDG_CACHE_HOME/staunch or ~/.cache/staunch; empty where neither is set to an absolute path.
  static std::string usual_path();

  // Made with mode 0700, as is the folder above it. Errors name the folder and what is wrong with it.
  static Result<CacheFolder> open(const std::string& path);
  CacheFolder(CacheFolder&& other) noexcept;
  CacheFolder& operator=(CacheFolder&&) = delete;
  ~CacheFolder();

  // A regular file of at most `max_bytes` that is ours alone.
  Result<std::string> read(const std::string& name, std::size_t max_bytes) const;
  // Makes it young.
  void touch(const std::string& name) const;

  // While it lives nobody else writes; false where somebody did not stop to.
  class Lock {
   public:
    explicit Lock(const CacheFolder& folder);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    explicit operator bool() const { return held_; }

   private:
    int folder_;
    bool held_ = false;
  };

  // The file is these parts from now on: written beside it, synced, renamed.
  Status replace(const Lock& lock, const std::string& name, std::initializer_list<std::string_view> parts) const;
  // The first `kept` bytes of the file, then these.
  Status append(const Lock& lock, const std::string& name, std::size_t kept, std::string_view bytes) const;
  // Removes all but the youngest of the files whose names end so.
  void keep_youngest(const Lock& lock, std::string_view ending, std::size_t count) const;

  // For tests: called between the steps of writing, by their names ("locked", "written", "synced", "renamed").
  std::function<void(std::string_view)> at_step;

 private:
  explicit CacheFolder(int folder) : folder_(folder) {}
  Status write(int file, std::initializer_list<std::string_view> parts) const;
  void step(std::string_view name) const {
    if (at_step) at_step(name);
  }

  int folder_;
};

}  // namespace staunch
