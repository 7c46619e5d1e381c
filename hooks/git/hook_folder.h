// A folder of hooks, locked against others that install at the same time.
//
// A hook is replaced by a rename, so git finds either the one before or ours. What stood there is moved aside, never
// overwritten, and moved back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

class HookFolder {
 public:
  // Made where it is missing, with the folders above it. Errors name what cannot be made or locked.
  static Result<HookFolder> open(const std::string& path);
  HookFolder(HookFolder&& other) noexcept;
  HookFolder& operator=(HookFolder&&) = delete;
  ~HookFolder();

  // Puts our script there, or renews it; what is told is added to `told`. Errors: what is there is no file, or
  // something else took our place while what was there before is still kept aside.
  Status put(const std::string& name, std::string_view script, std::vector<std::string>& told);
  // Puts back what was there; does nothing where ours is not.
  Status take_out(const std::string& name, std::vector<std::string>& told);

  const std::string& path() const { return path_; }

 private:
  HookFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_;
};

enum class HookState { none, ours, other };
HookState hook_state(const std::string& path);  // `other` also where it cannot be read

}  // namespace staunch
