#include "frontends/cli/git_cache_option.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string>

namespace staunch {
namespace {

// The program by its version and by its file: one that was built anew may find other things.
std::string program() {
  struct stat info {};
  if (stat("/proc/self/exe", &info) != 0) info = {};
  return fmt::format("{} {} {}.{}", STAUNCH_VERSION, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

// All that decides what is found in a text.
std::string generation(const Options& options, const Database& database) {
  return fmt::format("program {}\nrules {}\ndecode {}\narchives {}\nconfidence {}\n", program(), database.digest(),
                     options.max_decode_depth, options.max_archive_depth, static_cast<int>(options.min_confidence));
}

}  // namespace

std::optional<GitCache> open_git_cache(const Options& options, const Database& database, const Messages& messages) {
  if (options.cache.empty()) return std::nullopt;
  const std::string path = options.cache == "auto" ? CacheFolder::usual_path() : options.cache;
  auto folder = path.empty() ? Result<CacheFolder>(Error{"neither XDG_CACHE_HOME nor HOME is set", "--cache auto"})
                             : CacheFolder::open(path);
  if (folder) return GitCache(*std::move(folder), generation(options, database));
  messages.warn("no cache: " + to_string(folder.error()));
  return std::nullopt;
}

}  // namespace staunch
