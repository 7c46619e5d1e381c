#include "frontends/cli/exec_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "frontends/cli/exit_code.h"

namespace staunch {

const char* program_of(std::string_view word) {
  if (word == "serve") return "staunch-serve";
  for (const std::string_view respond : {"verify", "revoke", "rotate", "incident", "secrets"})
    if (word == respond) return "staunch-respond";
  return nullptr;
}

int exec_command(const char* program, char** argv) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const std::filesystem::path& folder : {here, here.parent_path()}) {
    const std::string path = folder / "libexec/staunch" / program;
    if (access(path.c_str(), X_OK) != 0) continue;
    execv(path.c_str(), argv);
    fmt::print(stderr, "staunch: error: {} cannot be started: {}\n", path, std::strerror(errno));
    return kExitUsage;
  }
  fmt::print(stderr, "staunch: error: libexec/staunch/{} is not installed beside {}\n", program, here.string());
  return kExitUsage;
}

}  // namespace staunch
