#include "frontends/cli/fingerprint_key.h"

#include <sys/stat.h>

#include <cstdlib>
#include <string_view>

#include "frontends/report/small_file.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxSaltBytes = 4096;

}  // namespace

std::string fingerprint_key(const std::string& configured, const std::vector<std::string>& targets) {
  if (const char* key = std::getenv("STAUNCH_FINGERPRINT_KEY"); key != nullptr && *key != '\0') return key;
  if (!configured.empty()) return configured;
  for (const std::string& target : targets) {
    const std::string path = target + "/.staunch/salt";
    struct stat status;
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const auto salt = read_small_file(path, kMaxSaltBytes);
    // Without the line's end, which git may rewrite.
    if (salt) return std::string(trimmed(std::string_view(*salt).substr(0, salt->find_last_not_of("\r\n") + 1)));
  }
  return {};
}

}  // namespace staunch
