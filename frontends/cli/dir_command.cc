// staunch dir: rules and report first, and then the walk.
#include <fmt/format.h>

#include <cstdio>

#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/near_misses.h"
#include "frontends/cli/scanning.h"
#include "frontends/cli/stop_signals.h"
#include "frontends/dir/dir.h"

namespace staunch {
namespace {

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

}  // namespace

int run_dir(const Options& options) {
  const Messages messages(options);
  const std::vector<std::string> targets = options.paths.empty() ? std::vector<std::string>{"."} : options.paths;

  auto ready = prepare_scan(options, targets, messages);
  if (!ready) return refused(ready.error(), messages);
  const auto& [database, key, chain] = *ready;

  Progress progress;
  const StopSignals signals(progress);  // before anything is written: from then on the report ends whole
  NearMisses near_misses;
  ScanOptions scan = scan_options(options, key);
  if (options.explain) scan.on_near_miss = near_misses.taker();
  Scanner scanner(database, scan);
  Sink& sink = chain->front();
  sink.start(run_info("dir", targets, *database, key));

  Meter meter(progress, !options.no_progress && can_show_progress(), options.timeout_seconds);
  const Totals totals = scan_dir(scanner, dir_options(options, targets, chain->own_files()), sink, progress);
  meter.end();
  fmt::print(stderr, "{}", near_misses.table(database->catalogue()));
  return finish_scan(options, scanner, *chain, totals);
}

}  // namespace staunch
