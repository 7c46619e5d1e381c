#include "frontends/git/git.h"

#include <tbb/global_control.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace staunch {
namespace {

constexpr std::size_t kMaxTipBytes = 1u << 20;  // of all repositories' tips together

// Names the repository of each occurrence, where there are several, and what has no path.
class Named : public Sink {
 public:
  Named(const Scanner& scanner, std::string repository, Sink& next)
      : scanner_(scanner), repository_(std::move(repository)), next_(next) {}
  void start(const RunInfo&) override {}
  void occurrence(Occurrence o) override {
    if (o.commit) {
      if (commit_allowed(scanner_.database(), o, o.commit->id)) return;
      o.commit->repository = repository_;
      if (o.path.empty()) o.path = "(blob " + o.commit->blob + ")";
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

void add_tips(const Refs& refs, std::size_t& room, std::vector<CoveredRepository::Tip>& tips) {
  for (const std::string_view kind : {"HEAD", "refs/heads/", "refs/remotes/"})
    for (const Ref& ref : refs.refs) {
      if (!ref.id || !ref.name.starts_with(kind)) continue;
      CoveredRepository::Tip tip{ref.name, ref.id.hex()};
      const std::size_t bytes = tip.ref.size() + tip.commit.size();
      if (tips.size() >= kMaxTips || bytes > room) return;
      room -= bytes;
      tips.push_back(std::move(tip));
    }
}

void scan_one(Scanner& scanner, const GitOptions& options, const OpenedRepositories::One& opened, Sink& sink,
              Totals& totals, HistoryTimes& times, Progress& progress) {
  const auto& [repository, refs] = opened;
  const ObjectStore store = ObjectStore::open(repository.object_folders, repository.id_bytes);
  for (const auto* notes : {&refs.notes, &store.notes()})
    totals.incomplete.insert(totals.incomplete.end(), notes->begin(), notes->end());
  HistoryOptions history;
  history.delta_scan = options.delta_scan;
  history.counts = [least = options.min_confidence](const Occurrence& o) { return o.confidence >= least; };
  Named named(scanner, options.repositories.size() == 1 ? std::string() : repository.path, sink);
  scan_history(repository, refs, store, scanner, history, named, totals, times, progress);
}

}  // namespace

OpenedRepositories open_repositories(const GitOptions& options) {
  OpenedRepositories opened;
  const GitEnvironment none;
  for (const std::string& path : options.repositories) {
    auto repository = open_repository(path, options.repositories.size() == 1 ? options.environment : none);
    if (!repository) {
      const Error& error = repository.error();
      opened.failures.push_back(error.where == path ? Note{path, error.what} : Note{path, to_string(error)});
      continue;
    }
    Refs refs = read_refs(*repository);
    opened.all.push_back({*std::move(repository), std::move(refs)});
  }
  return opened;
}

std::vector<CoveredRepository> covered_by(const OpenedRepositories& opened, const std::string& scope) {
  std::size_t room = kMaxTipBytes;
  std::vector<CoveredRepository> all;
  for (const auto& [repository, refs] : opened.all) {
    CoveredRepository covered;
    covered.path = repository.path;
    covered.scope = scope;
    for (const Ref& ref : refs.refs) covered.refs += ref.name.starts_with("refs/") ? 1 : 0;
    add_tips(refs, room, covered.tips);
    covered.head = refs.head_branch;
    all.push_back(std::move(covered));
  }
  return all;
}

Totals scan_git(Scanner& scanner, const GitOptions& options, const OpenedRepositories& opened, Sink& sink,
                Progress& progress, HistoryTimes& times) {
  const auto began = std::chrono::steady_clock::now();
  const unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  Totals totals;
  totals.incomplete = opened.failures;
  progress.unit = "blobs";
  progress.parts = opened.all.size();
  arena.execute([&] {
    for (const OpenedRepositories::One& one : opened.all) {
      if (progress.stop != nullptr) break;
      ++progress.part;
      scan_one(scanner, options, one, sink, totals, times, progress);
    }
  });
  if (const char* why = progress.stop) totals.incomplete.push_back({"the scan", std::string("ended early: ") + why});
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return totals;
}

}  // namespace staunch
