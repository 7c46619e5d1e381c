// staunch dir: rules, report, walk, in this order, so that whatever is wrong with the first two is known before any
// file is read.
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/report_chain.h"
#include "frontends/cli/stats.h"
#include "frontends/dir/dir.h"
#include "frontends/report/small_file.h"

namespace staunch {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::size_t kMaxSaltBytes = 4096;

// The key of fingerprints: the user's, else the salt that a scanned repository shares with those who work in it.
std::string fingerprint_key(const std::vector<std::string>& targets) {
  if (const char* key = std::getenv("STAUNCH_FINGERPRINT_KEY"); key != nullptr && *key != '\0') return key;
  for (const std::string& target : targets) {
    const std::string path = target + "/.staunch/salt";
    struct stat status;
    if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    auto salt = read_small_file(path, kMaxSaltBytes);
    if (salt) return std::string(trimmed(*salt));
  }
  return {};
}

DirOptions dir_options(const Options& options, const std::vector<std::string>& targets,
                       const std::vector<std::string>& own_files) {
  DirOptions dir;
  dir.paths = targets;
  dir.excludes = options.excludes;
  dir.respect_gitignore = options.respect_gitignore;
  dir.follow_symlinks = options.follow_symlinks;
  dir.max_bytes = options.max_target_megabytes * kMegabyte;
  dir.threads = options.threads;
  dir.own_files = own_files;
  return dir;
}

int refused(const Error& error, const Messages& messages) {
  messages.error(to_string(error));
  return kExitUsage;
}

}  // namespace

int run_dir(const Options& options) {
  const Messages messages(options);
  const std::vector<std::string> targets = options.paths.empty() ? std::vector<std::string>{"."} : options.paths;

  auto database = load_rules(options, targets, messages);
  if (!database) return refused(database.error(), messages);

  auto chain = ReportChain::open(options, targets, messages);
  if (!chain) return refused(chain.error(), messages);

  const std::string key = fingerprint_key(targets);
  Scanner scanner(*database, ScanOptions{.fingerprint_key = key, .measure = options.stats});

  RunInfo run;
  run.command = "dir";
  run.targets = targets;
  run.catalogue_digest = (*database)->digest();
  run.catalogue = &(*database)->catalogue();
  run.public_fingerprints = key.empty();
  Sink& sink = (*chain)->front();
  sink.start(run);

  Progress progress;
  Meter meter(progress, !options.no_progress && can_show_progress(), options.timeout_seconds);
  const Totals totals = scan_dir(scanner, dir_options(options, targets, (*chain)->own_files()), sink, progress);
  meter.end();

  const int code = (*chain)->finish(totals);
  if (options.stats)
    fmt::print(stderr, "{}", stats_table(scanner.stats(), (*database)->catalogue(), totals.seconds));
  return code;
}

}  // namespace staunch
