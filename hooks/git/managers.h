// Programs that look after a repository's hooks, told by what they leave there.
#pragma once

#include <optional>
#include <string>

namespace staunch {

struct HookManager {
  std::string name;
  std::string advice;  // what to add where, for people
};

// `hooks`: where git looks for hooks. `named`: whether core.hooksPath says so.
std::optional<HookManager> find_manager(const std::string& work_tree, const std::string& hooks, bool named);

}  // namespace staunch
