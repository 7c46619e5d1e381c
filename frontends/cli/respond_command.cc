// verify, revoke, rotate, incident and secrets are a program of their own, staunch-respond: it links libcurl, SQLite and
// OpenSSL, which the core's quick start does not pay for. It lies in libexec/staunch beside the core, or beside its bin.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"

namespace staunch {

bool is_respond_word(const std::string& word) {
  for (const char* known : {"verify", "revoke", "rotate", "incident", "secrets"})
    if (word == known) return true;
  return false;
}

int exec_respond(char** argv) {
  std::error_code error;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const std::filesystem::path& folder : {here, here.parent_path()}) {
    const std::string program = folder / "libexec/staunch/staunch-respond";
    if (access(program.c_str(), X_OK) != 0) continue;
    execv(program.c_str(), argv);
    fmt::print(stderr, "staunch: cannot start {}: {}\n", program, std::strerror(errno));
    return kExitUsage;
  }
  fmt::print(stderr, "staunch: libexec/staunch/staunch-respond is not installed beside {}\n", here.string());
  return kExitUsage;
}

}  // namespace staunch
