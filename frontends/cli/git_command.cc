// staunch git: as dir, for repositories.
#include "frontends/cli/commands.h"
#include "frontends/cli/git_scan.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/repository_list.h"
#include "frontends/cli/scanning.h"
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

}  // namespace

int run_git(const Options& options) {
  const Messages messages(options);
  GitJob job;
  job.targets = options.paths;
  if (!options.repos_from.empty()) {
    auto listed = read_repository_list(options.repos_from);
    if (!listed) return refused(listed.error(), messages);
    job.targets.insert(job.targets.end(), listed->begin(), listed->end());
  } else if (job.targets.empty()) {
    job.targets.push_back(".");
  }
  job.trusted = job.targets;

  auto scope = scope_of(options);
  if (!scope) return refused(scope.error(), messages);
  job.scope = *std::move(scope);
  return scan_repositories(options, job, messages).exit_code;
}

}  // namespace staunch
