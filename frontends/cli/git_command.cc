// staunch git: as dir, for repositories.
#include "frontends/git/git.h"

#include <fmt/format.h>

#include <cstdio>

#include "engine/scan.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/fingerprint_key.h"
#include "frontends/cli/git_cache_option.h"
#include "frontends/cli/masked_names.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/meter.h"
#include "frontends/cli/report_chain.h"
#include "frontends/cli/repository_list.h"
#include "frontends/cli/scanning.h"
#include "frontends/cli/stop_signals.h"
#include "frontends/git/view.h"

namespace staunch {
namespace {

// What was asked for; errors are contradictions.
Result<Scope> scope_of(const Options& options) {
  Scope scope;
  scope.whole_files = options.whole_files;
  scope.revisions = options.ranges;
  for (const std::string& branch : options.branches) scope.revisions.push_back(branch);
  if (!options.since_commit.empty()) scope.revisions.push_back(options.since_commit + "..HEAD");
  if (!options.log_options.empty()) {
    const auto words = split_arguments(options.log_options);
    if (!words) return Error{words.error().what, "--log-opts"};
    scope.revisions.insert(scope.revisions.end(), words->begin(), words->end());
  }
  const bool commits = !scope.revisions.empty() || !options.log_options.empty();
  if (commits + options.staged + options.unstaged > 1)
    return Error{"commits, --staged and --unstaged are asked for one at a time", {}};
  if (commits) scope.kind = ScopeKind::commits;
  if (options.staged) scope.kind = ScopeKind::staged;
  if (options.unstaged) scope.kind = ScopeKind::unstaged;
  if (scope.whole_files && scope.kind == ScopeKind::all)
    return Error{"a whole history has no changed files: it needs --range, --staged or the like", "--whole-files"};
  return scope;
}

// As the report says it.
std::string scope_words(const Scope& scope) {
  std::string words = scope.kind == ScopeKind::all      ? "all"
                      : scope.kind == ScopeKind::staged ? "staged"
                      : scope.kind == ScopeKind::unstaged ? "unstaged"
                                                          : fmt::format("commits {}", fmt::join(scope.revisions, " "));
  return scope.whole_files ? words + ", whole files" : words;
}

GitOptions git_options(const Options& options, const std::vector<std::string>& targets, const Scope& scope) {
  GitOptions git;
  git.scope = scope;
  git.repositories = targets;
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

  const auto scope = scope_of(options);
  if (!scope) return refused(scope.error(), messages);
  auto rules = load_rules(options, targets, messages);
  if (!rules) return refused(rules.error(), messages);
  const auto& database = rules->database;

  const std::string key = fingerprint_key(rules->fingerprint_key, targets);
  auto chain = ReportChain::open(options, targets, messages, key);
  if (!chain) return refused(chain.error(), messages);

  Progress progress;
  const StopSignals signals(progress);  // before anything is written: from then on the report ends whole
  Scanner scanner(database, scan_options(options, key));
  GitOptions git = git_options(options, targets, *scope);
  const auto cache = open_git_cache(options, *database, messages);
  git.cache = cache ? &*cache : nullptr;
  git.warn = [&](const std::string& words) { messages.warn(words); };
  const OpenedRepositories opened = open_repositories(git);
  if (opened.all.empty() && opened.failures.size() == 1)
    return refused({opened.failures[0].why, opened.failures[0].what}, messages);
  RunInfo run = run_info("git", targets, *database, key);
  run.repositories = covered_by(opened, scope_words(*scope));
  MaskedNames sink(scanner, names_of(opened), (*chain)->front());
  sink.start(run);

  Meter meter(progress, !options.no_progress && can_show_progress(), options.timeout_seconds);
  HistoryTimes times;
  const auto totals = scan_git(scanner, git, opened, sink, progress, times);
  meter.end();
  if (!totals) return refused(totals.error(), messages);
  if (options.stats) fmt::print(stderr, "{}", times_table(times));
  return finish_scan(options, scanner, **chain, *totals);
}

}  // namespace staunch
