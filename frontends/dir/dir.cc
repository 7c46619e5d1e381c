// The walk.
//
// A task is a folder to list, or a run of at most kBatchFiles files of a large folder. The calling thread works alone,
// last task first, until kAloneFiles files are done and more is waiting; only then the threads are started, so that a
// small tree never pays for them. Tasks are pushed in reverse, so that each thread goes on in path order and few
// findings wait for earlier paths. No task holds a descriptor while it waits in the queue: a folder is opened again
// by its path, which costs microseconds a batch and bounds the descriptors by the threads.
#include "frontends/dir/dir.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/stat.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "frontends/dir/file.h"
#include "frontends/dir/ignore.h"
#include "frontends/dir/listing.h"
#include "frontends/dir/order.h"
#include "frontends/dir/targets.h"

namespace staunch {
namespace {

constexpr std::size_t kBatchFiles = 64;
constexpr std::size_t kAloneFiles = 64;

// Folders that hold a version control system's compressed or checked-out copies, by the end of their path. Git's are
// known by what stands beside them, so that bare repositories and submodules count too.
constexpr std::array<std::string_view, 6> kStores = {".hg/store",      ".svn/pristine",   ".bzr/repository",
                                                     ".jj/repo/store", ".pijul/pristine", "_darcs/pristine.hashed"};
constexpr std::array<std::string_view, 3> kGitStores = {"objects", "lfs", "index"};

bool is_git_folder(const Listing& listing) {
  return listing.find("HEAD") != nullptr && ((listing.find("objects") != nullptr && listing.find("refs") != nullptr) ||
                                             listing.find("commondir") != nullptr);
}

bool ends_with_parts(std::string_view path, std::string_view parts) {
  return path.size() >= parts.size() && path.substr(path.size() - parts.size()) == parts &&
         (path.size() == parts.size() || path[path.size() - parts.size() - 1] == '/');
}

// What is known of a folder when its task is made.
struct Folder {
  std::uint32_t target = 0;
  std::string relative;  // "" or with a slash at its end
  std::shared_ptr<const PatternList> ignores;
};

// A whole folder, or the files [begin, end) of one that has been listed.
struct Task {
  Folder folder;
  std::shared_ptr<const Listing> listing;
  std::size_t begin = 0, end = 0;
};

unsigned processors() {
  cpu_set_t allowed;
  const int count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
  return count > 0 ? static_cast<unsigned>(count) : 1;
}

class Walk {
 public:
  Walk(Scanner& scanner, const DirOptions& options, Sink& sink, Progress& progress)
      : options_(options), shared_{scanner, options, progress, notes_, {}}, ordered_(sink) {}

  Totals run();

 private:
  void prepare();
  void scan_target_files();
  void start_folders();
  void drain(unsigned threads);
  void run_task(const Task& task);
  void list_and_scan(const Task& task);
  void scan_files(const Folder& folder, int fd, const Listing& listing, std::size_t begin, std::size_t end,
                  const PathKey& key);
  std::shared_ptr<const PatternList> own_ignores(const Folder& folder, int fd, const Listing& listing);
  bool wanted(const Folder& folder, const PatternList* ignores, const std::string& relative, const Entry& entry,
              bool in_git_folder);
  bool is_excluded(std::string_view reported, std::string_view relative, bool folder) const;
  void push(Task task);
  std::string spelled(const Folder& folder) const { return targets_[folder.target].spelled + folder.relative; }
  bool stopped() const { return shared_.progress.stop.load(std::memory_order_relaxed) != nullptr; }

  const DirOptions& options_;
  Notes notes_;
  WalkShared shared_;
  Ordered ordered_;
  PatternList excludes_;
  std::vector<Target> targets_;
  std::vector<int> roots_;  // open folders, by target; -1 for files
  std::vector<Task> alone_;
  tbb::task_group* group_ = nullptr;
};

Totals Walk::run() {
  const auto begin = std::chrono::steady_clock::now();
  // A large file has tasks of its own, also where files are read one by one.
  std::optional<tbb::global_control> allowed;
  if (options_.threads != 0) allowed.emplace(tbb::global_control::max_allowed_parallelism, options_.threads);
  prepare();
  scan_target_files();
  start_folders();
  drain(options_.threads != 0 ? options_.threads : processors());
  ordered_.flush();
  for (int root : roots_)
    if (root >= 0) close(root);

  if (const char* reason = shared_.progress.stop.load())
    notes_.incomplete({targets_.empty() ? "scan" : targets_.front().open, fmt::format("stopped early: {}", reason)});
  Totals totals;
  totals.bytes = shared_.progress.bytes;
  totals.items = shared_.progress.items;
  notes_.add_to(totals);
  totals.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return totals;
}

void Walk::prepare() {
  targets_ = resolve_targets(options_.paths, notes_);
  roots_.assign(targets_.size(), -1);
  for (const std::string& pattern : options_.excludes)
    if (auto parsed = parse_ignore_line(pattern)) excludes_.patterns.push_back(std::move(*parsed));
  for (const std::string& own : options_.own_files) {
    struct stat status;
    if (stat(own.c_str(), &status) == 0) shared_.own_files.emplace_back(status.st_dev, status.st_ino);
  }
  std::vector<PathKey> keys;
  std::uint64_t expected = 0;
  bool folders = false;
  for (std::uint32_t i = 0; i < targets_.size(); ++i) {
    keys.push_back({i, targets_[i].spelled});
    struct stat status;
    if (stat(targets_[i].open.c_str(), &status) == 0) expected += static_cast<std::uint64_t>(status.st_size);
    folders |= targets_[i].folder;
  }
  if (!folders) shared_.progress.expected_bytes = expected;
  ordered_.begin(std::move(keys));
}

void Walk::scan_target_files() {
  FileScanner files(shared_);
  for (std::uint32_t i = 0; i < targets_.size() && !stopped(); ++i) {
    const Target& target = targets_[i];
    if (target.folder) continue;
    std::vector<FileFindings> found;
    auto occurrences = files.scan(AT_FDCWD, target.open.c_str(), target.spelled, true, true);
    if (!occurrences.empty()) found.push_back({target.spelled, std::move(occurrences)});
    ordered_.end({i, target.spelled}, std::move(found));
  }
}

void Walk::start_folders() {
  for (std::uint32_t i = static_cast<std::uint32_t>(targets_.size()); i-- > 0;) {
    const Target& target = targets_[i];
    if (!target.folder) continue;
    roots_[i] = open(target.open.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (roots_[i] < 0) {
      notes_.incomplete({target.open, fmt::format("cannot open: {}", error_text(errno))});
      ordered_.end({i, target.spelled}, {});
      continue;
    }
    push({{i, "", options_.respect_gitignore ? ignores_above(target.real) : nullptr}, nullptr, 0, 0});
  }
}

void Walk::push(Task task) {
  if (group_ == nullptr) return alone_.push_back(std::move(task));
  group_->run([this, task = std::move(task)] { run_task(task); });
}

void Walk::drain(unsigned threads) {
  const std::uint64_t before = shared_.progress.items;
  while (!alone_.empty()) {
    if (threads > 1 && alone_.size() > 1 && shared_.progress.items - before >= kAloneFiles) break;
    const Task task = std::move(alone_.back());
    alone_.pop_back();
    run_task(task);
  }
  if (alone_.empty()) return;
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism, threads);
  tbb::task_arena arena(static_cast<int>(threads));
  arena.execute([&] {
    tbb::task_group group;
    group_ = &group;
    for (Task& task : std::exchange(alone_, {})) push(std::move(task));
    group.wait();
    group_ = nullptr;
  });
}

void Walk::run_task(const Task& task) {
  if (stopped()) return;
  if (task.listing == nullptr) return list_and_scan(task);
  const std::string path = spelled(task.folder);
  const PathKey key{task.folder.target, path + std::string(task.listing->name(task.listing->entries[task.begin]))};
  const int fd = open_folder(roots_[task.folder.target], task.folder.relative);
  if (fd < 0) {
    const int error = errno;
    for (std::size_t i = task.begin; i < task.end; ++i)
      notes_.incomplete({path + std::string(task.listing->name(task.listing->entries[i])),
                         fmt::format("cannot open its folder again: {}", error_text(error))});
    return ordered_.end(key, {});
  }
  scan_files(task.folder, fd, *task.listing, task.begin, task.end, key);
  close(fd);
}

// Lists a folder, pushes its sub-folders and all runs of its files but the first, and scans that one at once.
void Walk::list_and_scan(const Task& task) {
  const Folder& folder = task.folder;
  const std::string path = spelled(folder);
  const PathKey key{folder.target, path};
  const int fd = open_folder(roots_[folder.target], folder.relative);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) notes_.incomplete({path, "vanished before it could be read"});
    else if (errno == ELOOP) notes_.skip(Skip::link, path);
    else notes_.incomplete({path, fmt::format("cannot open: {}", error_text(errno))});
    return ordered_.end(key, {});
  }
  auto listing = std::make_shared<Listing>(list_folder(fd));
  if (listing->error != 0)
    notes_.incomplete({path.empty() ? "." : path, fmt::format("cannot list: {}", error_text(listing->error))});
  const auto ignores = own_ignores(folder, fd, *listing);
  const bool in_git_folder = is_git_folder(*listing);

  std::vector<Task> tasks;  // in path order
  std::vector<Entry> files;
  std::string relative = folder.relative;
  for (const Entry& entry : listing->entries) {
    relative.resize(folder.relative.size());
    relative += listing->name(entry);
    if (!wanted(folder, ignores.get(), relative, entry, in_git_folder)) continue;
    if (entry.kind == EntryKind::folder) tasks.push_back({{folder.target, relative + '/', ignores}, nullptr, 0, 0});
    else files.push_back(entry);
  }
  listing->entries = std::move(files);

  std::vector<PathKey> keys;
  for (const Task& sub : tasks) keys.push_back({folder.target, spelled(sub.folder)});
  const std::size_t count = listing->entries.size(), first = std::min(count, kBatchFiles);
  for (std::size_t at = first; at < count; at += kBatchFiles) {
    tasks.push_back({folder, listing, at, std::min(at + kBatchFiles, count)});
    keys.push_back({folder.target, path + std::string(listing->name(listing->entries[at]))});
  }
  ordered_.begin(std::move(keys));
  for (std::size_t i = tasks.size(); i-- > 0;) push(std::move(tasks[i]));
  scan_files(folder, fd, *listing, 0, first, key);
  close(fd);
}

void Walk::scan_files(const Folder& folder, int fd, const Listing& listing, std::size_t begin, std::size_t end,
                      const PathKey& key) {
  std::vector<FileFindings> found;
  {
    FileScanner files(shared_);
    std::string path = spelled(folder);
    const std::size_t stem = path.size();
    for (std::size_t i = begin; i < end && !stopped(); ++i) {
      const Entry& entry = listing.entries[i];
      path.resize(stem);
      path += listing.name(entry);
      auto occurrences = files.scan(fd, listing.names.data() + entry.name, path, entry.kind == EntryKind::link, false);
      if (!occurrences.empty()) found.push_back({path, std::move(occurrences)});
    }
  }
  ordered_.end(key, std::move(found));
}

std::shared_ptr<const PatternList> Walk::own_ignores(const Folder& folder, int fd, const Listing& listing) {
  if (!options_.respect_gitignore) return nullptr;
  auto above = folder.ignores;
  // A repository inside another one is ruled by its own lists alone.
  if (!folder.relative.empty() && listing.find(".git") != nullptr) {
    above = nullptr;
    auto patterns = read_pattern_file(fd, ".git/info/exclude", {}, nullptr);
    if (!patterns.empty())
      above = std::make_shared<PatternList>(PatternList{std::move(patterns), folder.relative.size(), {}, nullptr});
  }
  if (listing.find(".gitignore") == nullptr) return above;
  auto patterns = read_pattern_file(fd, ".gitignore", spelled(folder) + ".gitignore", &notes_);
  if (patterns.empty()) return above;
  return std::make_shared<PatternList>(PatternList{std::move(patterns), folder.relative.size(), {}, std::move(above)});
}

bool Walk::is_excluded(std::string_view reported, std::string_view relative, bool folder) const {
  if (reported[0] == '/') reported.remove_prefix(1);  // as the pattern lost its own
  return is_ignored(&excludes_, relative, folder) || is_ignored(&excludes_, reported, folder);
}

// Whether an entry is scanned or entered; what is left out is noted.
bool Walk::wanted(const Folder& folder, const PatternList* ignores, const std::string& relative, const Entry& entry,
                  bool in_git_folder) {
  const Target& target = targets_[folder.target];
  if (!target.elsewhere.empty() && target.elsewhere.count(relative) != 0) return false;
  const bool is_folder = entry.kind == EntryKind::folder;
  std::optional<Skip> skip;
  if (entry.kind == EntryKind::link && !options_.follow_symlinks) skip = Skip::link;
  else if (entry.kind == EntryKind::fifo) skip = Skip::fifo;
  else if (entry.kind == EntryKind::socket) skip = Skip::socket;
  else if (entry.kind == EntryKind::device) skip = Skip::device;
  else if (in_git_folder && std::count(kGitStores.begin(), kGitStores.end(),
                                       std::string_view(relative).substr(folder.relative.size())) != 0)
    skip = Skip::store;
  else if (is_folder && std::any_of(kStores.begin(), kStores.end(), [&](std::string_view store) {
             return ends_with_parts(target.spelled + relative, store);
           }))
    skip = Skip::store;
  else if (!excludes_.patterns.empty() && is_excluded(target.spelled + relative, relative, is_folder))
    skip = Skip::excluded;
  else if (ignores != nullptr && is_ignored(ignores, relative, is_folder)) skip = Skip::gitignored;
  if (skip) notes_.skip(*skip, target.spelled + relative + (is_folder ? "/" : ""));
  return !skip;
}

}  // namespace

Totals scan_dir(Scanner& scanner, const DirOptions& options, Sink& sink, Progress& progress) {
  return Walk(scanner, options, sink, progress).run();
}

}  // namespace staunch
