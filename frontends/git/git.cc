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

#include "frontends/git/git_file.h"
#include "frontends/git/pushed.h"
#include "frontends/git/web_address.h"

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
Status scan_one(Scanner& scanner, const GitOptions& options, const OpenedRepositories::One& opened, KnownBlobs* known,
                Sink& sink, Totals& totals, HistoryTimes& times, Progress& progress) {
  const auto& [repository, refs, name] = opened;
  const ObjectStore store = ObjectStore::open(repository.object_folders, repository.id_bytes);
  const Counts counts = [least = options.min_confidence](const Occurrence& o) { return o.confidence >= least; };
  Named named(scanner, name, sink);
  const ChangeOptions changes{options.scope.whole_files, counts, options.max_bytes};
  HistoryOptions history;
  std::set<ObjectId> only;
  const bool pushed = options.scope.kind == ScopeKind::pushed;
  if (pushed || options.scope.kind == ScopeKind::commits) {
    const auto commits =
        pushed ? commits_of_push(repository, store, options.scope) : commits_of(repository, options.scope);
    if (!commits) return commits.error();
    if (pushed) scan_pushed_objects(store, scanner, options.scope.pushed, changes, named, totals, progress);
    if (commits->size() <= kFewCommits || options.scope.whole_files) {
      scan_commits(repository, refs, store, scanner, *commits, changes, named, totals, progress,
                   options.scope.pushed.known);
      return Done{};
    }
    only.insert(commits->begin(), commits->end());
    history.only = &only;
  } else if (options.scope.kind != ScopeKind::all) {
    return scan_uncommitted(repository, store, scanner, options.scope, changes, named, totals, progress);
  }
  bool whole = true;
  for (const auto* notes : {&refs.notes, &store.notes()}) {
    whole = whole && notes->empty();
    totals.incomplete.insert(totals.incomplete.end(), notes->begin(), notes->end());
  }
  history.delta_scan = options.delta_scan;
  history.max_bytes = options.max_bytes;
  const bool all_sizes = options.max_bytes == 0;  // else what is remembered of a blob would hold for another limit too
  history.known = all_sizes ? known : nullptr;
  history.cache = all_sizes && whole && history.only == nullptr ? options.cache : nullptr;
  history.warn = options.warn;
  history.counts = counts;
  scan_history(repository, refs, store, scanner, history, named, totals, times, progress);
  return Done{};
}

// Its submodules, as far as their git directories lie in its own.
void open_submodules(const Repository& repository, OpenedRepositories& opened) {
  for (const std::string& git_dir : submodule_git_dirs(repository)) {
    auto submodule = open_repository(git_dir, {});
    if (!submodule) {
      opened.failures.push_back({git_dir, to_string(submodule.error())});
      continue;
    }
    Refs refs = read_refs(*submodule);
    opened.all.push_back({*std::move(submodule), std::move(refs), git_dir});
  }
}

}  // namespace

OpenedRepositories open_repositories(const GitOptions& options) {
  OpenedRepositories opened;
  const std::vector<std::string> paths = without_repeated(options.repositories);
  const bool alone = paths.size() == 1;
  for (const std::string& path : paths) {
    auto repository = open_repository(path, alone ? options.environment : GitEnvironment());
    if (!repository) {
      const Error& error = repository.error();
      opened.failures.push_back(error.where == path ? Note{path, error.what} : Note{path, to_string(error)});
      continue;
    }
    Refs refs = read_refs(*repository);
    opened.all.push_back({*std::move(repository), std::move(refs), alone ? std::string() : path});
    if (options.scope.kind == ScopeKind::all) open_submodules(Repository(opened.all.back().repository), opened);
  }
  return opened;
}

// What cannot be read has no address: others name the file.
static std::string address_of(const Repository& repository) {
  const std::string path = repository.common_dir + "/config";
  const auto text = read_git_file(path, kMaxGitText);
  if (!text || !*text) return {};
  const auto config = parse_config(**text, path);
  return config ? web_address(*config) : std::string();
}

std::vector<CoveredRepository> covered_by(const OpenedRepositories& opened, const std::string& scope) {
  std::size_t room = kMaxTipBytes;
  std::vector<CoveredRepository> all;
  for (const auto& [repository, refs, name] : opened.all) {
    CoveredRepository covered;
    covered.path = repository.path;
    covered.scope = scope;
    for (const Ref& ref : refs.refs) covered.refs += ref.name.starts_with("refs/") ? 1 : 0;
    add_tips(refs, room, covered.tips);
    covered.head = refs.head_branch;
    covered.web = address_of(repository);
    all.push_back(std::move(covered));
  }
  return all;
}

Result<Totals> scan_git(Scanner& scanner, const GitOptions& options, const OpenedRepositories& opened, Sink& sink,
                        Progress& progress, HistoryTimes& times) {
  const auto began = std::chrono::steady_clock::now();
  const unsigned threads = options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  Totals totals;
  totals.incomplete = opened.failures;
  progress.unit = "blobs";
  progress.parts = opened.all.size();
  std::optional<KnownBlobs> known;
  if (opened.all.size() > 1 || options.cache != nullptr) known.emplace();
  const bool cached = options.cache != nullptr && options.cache->load(*known);
  const auto keep = [&](bool all) {
    const Status kept = cached ? options.cache->save(*known, all) : Done{};
    if (!kept && options.warn) options.warn("the cache could not be written: " + to_string(kept.error()));
  };
  std::optional<Error> refused;
  arena.execute([&] {
    for (const OpenedRepositories::One& one : opened.all) {
      if (progress.stop != nullptr) break;
      ++progress.part;
      const Status scanned = scan_one(scanner, options, one, known ? &*known : nullptr, sink, totals, times, progress);
      if (!scanned && opened.all.size() == 1) refused = scanned.error();
      else if (!scanned) totals.incomplete.push_back({one.name, to_string(scanned.error())});
      keep(false);
    }
  });
  keep(true);
  if (refused) return *refused;
  if (const char* why = progress.stop) totals.incomplete.push_back({"the scan", std::string("ended early: ") + why});
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return totals;
}

}  // namespace staunch
