// staunch git: as dir, for repositories.
#include "frontends/git/git.h"

#include <fmt/format.h>

#include <cstdio>

#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/fingerprint_key.h"
#include "frontends/cli/git_cache_option.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/report_chain.h"
#include "frontends/cli/repository_list.h"
#include "frontends/cli/scanning.h"
#include "frontends/cli/stop_signals.h"

namespace staunch {
namespace {

GitOptions git_options(const Options& options, const std::vector<std::string>& targets) {
  GitOptions git;
  git.repositories = targets;
  git.environment = git_environment();
  git.threads = options.threads;
  git.delta_scan = !options.no_delta_scan;
  git.min_confidence = options.min_confidence;
  return git;
}

std::string times_table(const HistoryTimes& times) {
  std::string table;
  const auto line = [&](const char* stage, double seconds) {
    table += fmt::format("{:<34} {:>9.3f} s\n", stage, seconds);
  };
  line("indexes and headers of packs", times.index);
  line("blobs", times.blobs);
  line("commits and tags", times.commits);
  line("trees", times.trees);
  line("attribution", times.attribution);
  line("places", times.introductions);
  return table;
}

}  // namespace

int run_git(const Options& options) {
  const Messages messages(options);
  std::vector<std::string> targets = options.paths;
  if (!options.repos_from.empty()) {
    auto listed = read_repository_list(options.repos_from);
    if (!listed) return refused(listed.error(), messages);
    targets.insert(targets.end(), listed->begin(), listed->end());
  } else if (targets.empty()) {
    targets.push_back(".");
  }

  auto rules = load_rules(options, targets, messages);
  if (!rules) return refused(rules.error(), messages);
  const auto& database = rules->database;

  const std::string key = fingerprint_key(rules->fingerprint_key, targets);
  auto chain = ReportChain::open(options, targets, messages, key);
  if (!chain) return refused(chain.error(), messages);

  Progress progress;
  const StopSignals signals(progress);  // before anything is written: from then on the report ends whole
  Scanner scanner(database, scan_options(options, key));
  Sink& sink = (*chain)->front();
  sink.start(run_info("git", targets, *database, key));

  GitOptions git = git_options(options, targets);
  const auto cache = open_git_cache(options, *database, messages);
  git.cache = cache ? &*cache : nullptr;
  Meter meter(progress, !options.no_progress && can_show_progress(), options.timeout_seconds);
  HistoryTimes times;
  const Totals totals = scan_git(scanner, git, sink, progress, times);
  meter.end();
  if (options.stats) fmt::print(stderr, "{}", times_table(times));
  return finish_scan(options, scanner, **chain, totals);
}

}  // namespace staunch
