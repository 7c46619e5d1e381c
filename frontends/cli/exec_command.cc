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
  for (const std::string_view respond : {"verify", "revoke", "rotate", "incident", "secrets", "respond"})
    if (word == respond) return "staunch-respond";
  return nullptr;
}

std::string program_path(const char* program) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const std::filesystem::path& folder : {here / "libexec/staunch", here.parent_path() / "libexec/staunch", here})
    if (const std::string path = folder / program; access(path.c_str(), X_OK) == 0) return path;
  return {};
}

int exec_command(const char* program, char** argv) {
  const std::string path = program_path(program);
  if (path.empty()) {
    fmt::print(stderr, "staunch: error: libexec/staunch/{} is not installed beside staunch\n", program);
    return kExitUsage;
  }
  execv(path.c_str(), argv);
  fmt::print(stderr, "staunch: error: {} cannot be started: {}\n", path, std::strerror(errno));
  return kExitUsage;
}

}  // namespace staunch
