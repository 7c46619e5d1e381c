// staunch stdin: as dir, for bytes that come through a pipe. Findings are told as they are seen.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/near_misses.h"
#include "frontends/cli/scanning.h"
#include "frontends/cli/stop_signals.h"
#include "frontends/stream/stream.h"

namespace staunch {

int run_stdin(const Options& given) {
  Options options = given;
  // Whoever wrote the stream does not decide what is reported of it.
  options.ignore_allow_tags = true;
  options.in_part = true;  // lists that lie here are about files
  const Messages messages(options);
  const std::vector<std::string> folder = {"."};  // whose configuration and ignore files count

  auto ready = prepare_scan(options, folder, messages);
  if (!ready) return refused(ready.error(), messages);
  const auto& [database, key, chain] = *ready;
  const bool typed = isatty(STDIN_FILENO) == 1;
  if (typed) messages.info("reading from the terminal; Ctrl-D ends");

  Progress progress;
  const StopSignals signals(progress);  // before anything is written: from then on the report ends whole
  NearMisses near_misses;
  ScanOptions scan = scan_options(options, key);
  if (options.explain) scan.on_near_miss = near_misses.taker();
  Scanner scanner(database, scan);
  RunInfo run = run_info("stdin", {}, *database, key);
  run.live = true;
  Sink& sink = chain->front();
  sink.start(run);

  Meter meter(progress, !options.no_progress && !typed && can_show_progress(), options.timeout_seconds);
  const Totals totals = scan_stream(scanner, {STDIN_FILENO, options.label}, sink, progress);
  meter.end();
  fmt::print(stderr, "{}", near_misses.table(database->catalogue()));
  return finish_scan(options, scanner, *chain, totals);
}

}  // namespace staunch
