#include "frontends/git/git.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

namespace staunch {
namespace {

// Names the repository of each occurrence, where there are several.
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

// As typed, each once.
std::vector<std::string> without_repeated(const std::vector<std::string>& paths) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    if (seen.insert(error ? path : real.string()).second) out.push_back(path);
  }
  return out;
}

// Adds to `totals`; those of one repository do not depend on the others.
void scan_one(Scanner& scanner, const GitOptions& options, const std::string& path, bool alone, KnownBlobs* known,
              Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress) {
  const auto repository = open_repository(path, alone ? options.environment : GitEnvironment());
  if (!repository) return totals.incomplete.push_back({path, to_string(repository.error())});
  const Refs refs = read_refs(*repository);
  const ObjectStore store = ObjectStore::open(repository->object_folders, repository->id_bytes);
  bool whole = true;
  for (const auto* notes : {&refs.notes, &store.notes()}) {
    whole = whole && notes->empty();
    totals.incomplete.insert(totals.incomplete.end(), notes->begin(), notes->end());
  }
  HistoryOptions history;
  history.delta_scan = options.delta_scan;
  history.known = known;
  history.cache = whole ? options.cache : nullptr;
  history.counts = [least = options.min_confidence](const Occurrence& o) { return o.confidence >= least; };
  Named named(scanner, alone ? std::string() : path, sink);
  scan_history(*repository, refs, store, scanner, history, named, totals, times, progress);
}

}  // namespace

Totals scan_git(Scanner& scanner, const GitOptions& options, Sink& sink, Progress& progress, HistoryTimes& times) {
  const auto began = std::chrono::steady_clock::now();
  const unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  Totals totals;
  const std::vector<std::string> paths = without_repeated(options.repositories);
  const bool alone = paths.size() == 1;
  std::optional<KnownBlobs> known;
  if (!alone || options.cache != nullptr) known.emplace();
  const bool cached = options.cache != nullptr && options.cache->load(*known);
  arena.execute([&] {
    for (const std::string& path : paths) {
      if (progress.stop != nullptr) break;
      scan_one(scanner, options, path, alone, known ? &*known : nullptr, sink, totals, times, progress);
      if (cached) (void)options.cache->save(*known);  // or they are scanned again
    }
  });
  if (const char* why = progress.stop) totals.incomplete.push_back({"the scan", std::string("ended early: ") + why});
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return totals;
}

}  // namespace staunch
