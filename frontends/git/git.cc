#include "frontends/git/git.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace staunch {
namespace {

// Names the repository of each occurrence, where it is not the only one.
class Named : public Sink {
 public:
  Named(const Scanner& scanner, std::string repository, Sink& next)
      : scanner_(scanner), repository_(std::move(repository)), next_(next) {}
  void start(const RunInfo&) override {}
  void occurrence(Occurrence o) override {
    if (o.commit) {
      if (commit_allowed(scanner_.database(), o, o.commit->id)) return;
      o.commit->repository = repository_;
    }
    next_.occurrence(std::move(o));
  }
  bool wanted() const override { return next_.wanted(); }
  Status finish(const Totals&) override { return Done{}; }

 private:
  const Scanner& scanner_;
  const std::string repository_;
  Sink& next_;
};

// `name`: what its occurrences call it.
void scan_one(Scanner& scanner, const GitOptions& options, const Repository& repository, const std::string& name,
              Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress) {
  const Refs refs = read_refs(repository);
  const ObjectStore store = ObjectStore::open(repository.object_folders, repository.id_bytes);
  const Counts counts = [least = options.min_confidence](const Occurrence& o) { return o.confidence >= least; };
  Named named(scanner, name, sink);
  if (options.scope.kind != ScopeKind::all) {
    const Status scanned =
        scan_scope(repository, refs, store, scanner, options.scope, counts, named, totals, progress);
    if (!scanned) totals.incomplete.push_back({repository.path, to_string(scanned.error())});
    return;
  }
  for (const auto* notes : {&refs.notes, &store.notes()})
    totals.incomplete.insert(totals.incomplete.end(), notes->begin(), notes->end());
  HistoryOptions history;
  history.delta_scan = options.delta_scan;
  history.counts = counts;
  scan_history(repository, refs, store, scanner, history, named, totals, times, progress);
}

// The repository at `path`, then its submodules as far as their git directories lie in its own.
void scan_with_submodules(Scanner& scanner, const GitOptions& options, const std::string& path, Sink& sink,
                          Totals& totals, HistoryTimes& times, Progress& progress) {
  const bool alone = options.repositories.size() == 1;
  const auto repository = open_repository(path, alone ? options.environment : GitEnvironment());
  if (!repository) return totals.incomplete.push_back({path, to_string(repository.error())});
  scan_one(scanner, options, *repository, alone ? std::string() : path, sink, totals, times, progress);
  if (options.scope.kind != ScopeKind::all) return;
  for (const std::string& git_dir : submodule_git_dirs(*repository)) {
    if (progress.stop != nullptr) return;
    const auto submodule = open_repository(git_dir, {});
    if (submodule) scan_one(scanner, options, *submodule, git_dir, sink, totals, times, progress);
    else totals.incomplete.push_back({git_dir, to_string(submodule.error())});
  }
}

}  // namespace

Totals scan_git(Scanner& scanner, const GitOptions& options, Sink& sink, Progress& progress, HistoryTimes& times) {
  const auto began = std::chrono::steady_clock::now();
  const unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  Totals totals;
  arena.execute([&] {
    for (const std::string& path : options.repositories) {
      if (progress.stop != nullptr) break;
      scan_with_submodules(scanner, options, path, sink, totals, times, progress);
    }
  });
  if (const char* why = progress.stop) totals.incomplete.push_back({"the scan", std::string("ended early: ") + why});
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return totals;
}

}  // namespace staunch
