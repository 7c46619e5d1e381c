// One scan of repositories, step by step.
#include "frontends/cli/git_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "engine/scan.h"
#include "frontends/cli/budget.h"
#include "frontends/cli/git_cache_option.h"
#include "frontends/cli/masked_names.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/scanning.h"
#include "frontends/cli/stop_signals.h"
#include "frontends/git/git.h"

namespace staunch {
namespace {

// As the report says it.
std::string scope_words(const Scope& scope) {
  std::string words = scope.kind == ScopeKind::all        ? "all"
                      : scope.kind == ScopeKind::staged   ? "staged"
                      : scope.kind == ScopeKind::pushed   ? "pushed"
                      : scope.kind == ScopeKind::unstaged ? "unstaged"
                                                          : fmt::format("commits {}", fmt::join(scope.revisions, " "));
  return scope.whole_files ? words + ", whole files" : words;
}

GitOptions git_options(const Options& options, const GitJob& job) {
  GitOptions git;
  git.scope = job.scope;
  git.repositories = job.targets;
  git.environment = git_environment();
  git.threads = options.threads;
  git.max_bytes = options.max_target_megabytes * kMegabyte;
  git.delta_scan = !options.no_delta_scan;
  git.min_confidence = options.min_confidence;
  return git;
}

std::vector<std::string> names_of(const OpenedRepositories& opened) {
  std::vector<std::string> names;
  for (const auto& repository : opened.all)
    for (const Ref& ref : repository.refs.refs) names.push_back(ref.name);
  return names;
}

// A report lists it among what was left out; whoever reads "nothing found" shall know it too.
void warn_of_partial_clones(const OpenedRepositories& opened, std::uint64_t missing, const Messages& messages) {
  const bool partial = std::any_of(opened.all.begin(), opened.all.end(),
                                   [](const auto& repository) { return repository.repository.partial; });
  if (!partial || missing == 0) return;
  messages.warn(
      fmt::format("{} objects were never fetched (a partial clone) and were not looked at; "
                  "a clone without --filter has them",
                  missing));
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

GitOutcome scan_repositories(const Options& given, const GitJob& job, const Messages& messages) {
  Options options = given;
  options.in_part = job.scope.kind != ScopeKind::all;
  auto ready = prepare_scan(options, job.trusted, messages, job.wrap);
  if (!ready) return {refused(ready.error(), messages)};
  const auto& [database, key, chain] = *ready;

  Progress progress;
  const StopSignals signals(progress);  // before anything is written: from then on the report ends whole
  Budget budget(progress, job.budget, job.on_overrun);
  Scanner scanner(database, scan_options(options, key));
  GitOptions git = git_options(options, job);
  const auto cache = open_git_cache(options, *database, messages);
  git.cache = cache ? &*cache : nullptr;
  git.warn = [&](const std::string& words) { messages.warn(words); };
  const OpenedRepositories opened = open_repositories(git);
  if (opened.all.empty() && opened.failures.size() == 1)
    return {refused({opened.failures[0].why, opened.failures[0].what}, messages)};
  RunInfo run = run_info(job.command, job.targets, *database, key);
  run.repositories = covered_by(opened, scope_words(job.scope));
  MaskedNames sink(scanner, names_of(opened), chain->front());
  sink.start(run);

  Meter meter(progress, !options.no_progress && can_show_progress(), options.timeout_seconds);
  HistoryTimes times;
  const auto totals = scan_git(scanner, git, opened, sink, progress, times);
  meter.end();
  budget.end();
  if (!totals) return {refused(totals.error(), messages), budget.ran_out()};
  warn_of_partial_clones(opened, totals->missing, messages);
  if (options.stats) fmt::print(stderr, "{}", times_table(times));
  return {finish_scan(options, scanner, *chain, *totals), budget.ran_out()};
}

}  // namespace staunch
