// staunch hook ci: what the commits of this CI run bring in, and no others.
//
// Where the commit that they start from is not here (a shallow clone), all that is here counts as new, and it is said:
// never clean for having seen nothing. Of a fork the configuration is taken from the base, and tags do not count.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "frontends/cli/ci_sink.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/git_scan.h"
#include "frontends/cli/scanning.h"
#include "frontends/git/object_store.h"
#include "frontends/git/repository.h"
#include "frontends/git/view.h"
#include "frontends/report/report.h"
#include "hooks/git/base_files.h"
#include "hooks/git/ci_range.h"

namespace staunch {
namespace {

// The first that is here, of ids and names.
class Finder {
 public:
  explicit Finder(const Repository& repository)
      : refs_(read_refs(repository)), store_(ObjectStore::open(repository.object_folders, repository.id_bytes)) {}

  ObjectId first(const std::vector<std::string>& names) const {
    for (const std::string& name : names)
      if (const ObjectId id = find(name); id && store_.has(id)) return id;
    return {};
  }

 private:
  ObjectId find(const std::string& name) const {
    if (const auto id = ObjectId::from_hex(name)) return *id;
    for (const char* prefix : {"", "refs/remotes/", "refs/remotes/origin/", "refs/heads/", "refs/tags/"})
      for (const Ref& ref : refs_.refs)
        if (ref.id && ref.name == prefix + name) return ref.id;
    return {};
  }

  const Refs refs_;
  const ObjectStore store_;
};

// What only git understands, as people say it: shortened ids, HEAD~2. Nothing where it names no commit.
ObjectId asked_of_git(const Repository& repository, const std::string& name) {
  if (name.empty() || name.starts_with('-') || name.find("..") != std::string::npos) return {};
  const auto view = View::make(repository);
  if (!view) return {};
  const auto commits = list_commits(*view, {"--max-count=1", name});
  return commits && !commits->empty() ? commits->front() : ObjectId();
}

// What the command line says comes first.
Result<CiRun> run_of(const Options& options) {
  auto run = ci_run(environment_of_process());
  if (!run) return run;
  if (run->system == CiSystem::none && options.base.empty())
    return Error{
        "this is no CI system that is known (GitHub, GitLab, Jenkins, Azure, CircleCI, Buildkite); --base says "
        "what is known",
        "hook ci"};
  if (!options.base.empty()) {
    run->bases = {options.base};
    run->everything = false;
  }
  if (!options.head.empty()) run->heads = {options.head};
  else run->heads.emplace_back("HEAD");
  return run;
}

Result<Scope> scope_of(const CiRun& run, const Repository& repository, const Options& options, ObjectId& base,
                       const Messages& messages) {
  Scope scope;
  if (run.everything) return scope;
  const Finder finder(repository);
  ObjectId head = finder.first(run.heads);
  if (!head) head = asked_of_git(repository, options.head);
  if (!head) return Error{"is not here; it has to be fetched", run.heads.front()};
  base = finder.first(run.bases);
  if (!base) base = asked_of_git(repository, options.base);
  scope.kind = ScopeKind::pushed;
  scope.pushed.wanted = {head};
  if (base) scope.pushed.known = {base};
  else if (run.bases.empty()) messages.info("all that " + run.heads.front() + " leads to is looked at");
  else
    messages.warn(fmt::format("{} is not here{}, so all that is here counts as new", run.bases.front(),
                              repository.shallow.empty() ? "" : " (the clone is shallow; fetch all of the history)"));
  return scope;
}

// The report that was asked for, and the text for whoever reads the log.
WrapReport for_log(const Options& options, CiSystem system) {
  const bool text = options.report_path == "-" && (options.report_format.empty() || options.report_format == "text");
  const bool to_file = options.report_path != "-";
  return [=](std::unique_ptr<Sink> report, ReportOptions as) {
    if (!text && !to_file) return report;
    if (to_file) {  // what a report in a file may show, a log need not
      as.show_secrets = false;
      as.redact_percent = 100;
    }
    return mark_places(system, text_for_log(std::move(as), text ? nullptr : std::move(report)));
  };
}

}  // namespace

int run_hook_ci(const Options& given) {
  Options options = given;
  options.no_progress = true;
  options.text_is_shown = options.report_path != "-";
  const Messages messages(options);
  const auto run = run_of(options);
  if (!run) return refused(run.error(), messages);
  const auto repository = open_repository(".", git_environment());
  if (!repository) return refused(repository.error(), messages);
  ObjectId base;
  auto scope = scope_of(*run, *repository, options, base, messages);
  if (!scope) return refused(scope.error(), messages);

  GitJob job;
  job.command = "hook ci";
  job.targets = {"."};
  job.trusted = {repository->work_tree.empty() ? repository->git_dir : repository->work_tree};
  job.scope = *std::move(scope);
  job.wrap = for_log(options, run->system);
  std::optional<BaseFiles> files;
  if (run->foreign) {
    auto taken = BaseFiles::take(*repository, base);
    if (!taken) return refused(taken.error(), messages);
    files.emplace(*std::move(taken));
    for (const Note& note : files->notes())
      messages.warn(fmt::format("the base branch's {} is not used: {}", note.what, note.why));
    job.trusted = {files->folder()};
    options.ignore_paths.push_back(files->folder());  // and so not what the working directory has
    options.ignore_allow_tags = true;
    messages.info("a fork's commits: configuration and ignore files are the base's, and tags do not count");
  }
  return scan_repositories(options, job, messages).exit_code;
}

}  // namespace staunch
