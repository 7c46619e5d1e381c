// The folder that stands in for a repository's git directory, and what is asked of git through it.
//
// Everything in the folder is a link, but for HEAD (git takes no link for one), the configuration, the shared index of
// a split index (git sets the time of the one that it reads, so it gets a copy), and an empty object folder: the
// repository's are alternates of it, so that git can write to none of them. What could make git do something is
// not linked at all: config, hooks, info (grafts, attributes), modules.
#include "frontends/git/view.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "frontends/git/git_file.h"
#include "frontends/git/process.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxHeadBytes = 4096;

std::string absolute(const std::string& path) {
  std::error_code ignored;
  const fs::path whole = fs::absolute(path, ignored);
  return whole.empty() ? path : whole.string();
}

Error failed(const std::string& what, const std::string& path) {
  return {fmt::format("cannot {}: {}", what, std::strerror(errno)), path};
}

bool is_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// A FIFO, a device: something that git would open and wait for.
bool is_no_file(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes = std::string::npos) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed("read", path);
  struct stat status;
  std::string text;
  const bool regular = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  if (regular) text.resize(std::min(static_cast<std::size_t>(status.st_size), max_bytes));
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < text.size() && (got = ::read(fd, text.data() + size, text.size() - size)) > 0)
    size += static_cast<std::size_t>(got);
  close(fd);
  if (!regular) return Error{"is not a regular file", path};
  text.resize(size);
  return text;
}

Status write_file(const std::string& path, std::string_view text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return failed("make", path);
  ssize_t put = 0;
  while (!text.empty() && (put = ::write(fd, text.data(), text.size())) > 0)
    text.remove_prefix(static_cast<std::size_t>(put));
  close(fd);
  if (!text.empty()) return failed("write", path);
  return Done{};
}

Status link_to(const std::string& target, const std::string& link) {
  if (symlink(target.c_str(), link.c_str()) != 0) return failed("make", link);
  return Done{};
}

Status make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0) return failed("make", path);
  return Done{};
}

// The names in a folder, without "." and ".."; none where it cannot be read.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  return names;
}

// A git directory, piece by piece. Everything is absolute.
class Maker {
 public:
  Maker(const Repository& repository, std::string folder, bool bare)
      : git_dir_(absolute(repository.git_dir)),
        common_dir_(absolute(repository.common_dir.empty() ? repository.git_dir : repository.common_dir)),
        index_(index_file(repository)),
        folder_(std::move(folder)),
        id_bytes_(repository.id_bytes),
        bare_(bare) {}

  static std::string index_file(const Repository& repository) {
    return absolute(repository.index_file.empty() ? repository.git_dir + "/index" : repository.index_file);
  }

  Status make() {
    if (const Status made = make_folder(ours("objects")); !made) return made;
    for (const auto step : {&Maker::head, &Maker::configuration, &Maker::refs, &Maker::logs, &Maker::common_files,
                            &Maker::pseudo_refs, &Maker::shared_index})
      if (const Status done = (this->*step)(); !done) return done;
    return Done{};
  }

 private:
  std::string ours(const std::string& name) const { return folder_ + "/" + name; }
  bool linked_work_tree() const { return git_dir_ != common_dir_; }

  // Old repositories have a link "HEAD -> refs/heads/master".
  Status head() {
    const std::string path = git_dir_ + "/HEAD";
    char target[kMaxHeadBytes];
    const ssize_t size = readlink(path.c_str(), target, sizeof target);
    const std::string_view branch(target, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (branch.starts_with("refs/")) return write_file(ours("HEAD"), fmt::format("ref: {}\n", branch));
    const auto text = read_file(path, kMaxHeadBytes);
    return text ? write_file(ours("HEAD"), *text) : text.error();
  }

  // Where there are patterns of a sparse checkout, git is told so: it then looks whether files that are not checked out
  // are there all the same. The patterns themselves it does not need.
  Status configuration() {
    const bool sparse = is_file(git_dir_ + "/info/sparse-checkout");
    return write_file(ours("config"),
                      fmt::format("[core]\n\trepositoryformatversion = {}\n\tbare = {}\n\tsparseCheckout = {}\n{}",
                                  id_bytes_ == kSha1Bytes ? 0 : 1, bare_, sparse,
                                  id_bytes_ == kSha1Bytes ? "" : "[extensions]\n\tobjectformat = sha256\n"));
  }

  // A linked work tree has refs of its own (bisect, worktree, rewritten) beside those of all.
  Status refs() {
    const std::string common = common_dir_ + "/refs", own = git_dir_ + "/refs";
    if (is_folder(common) && !(linked_work_tree() && is_folder(own))) return link_to(common, ours("refs"));
    if (const Status made = make_folder(ours("refs")); !made) return made;
    const auto is_own = [](const std::string& name) {
      return name == "bisect" || name == "worktree" || name == "rewritten";
    };
    for (const auto& [folder, wanted] : {std::pair(common, false), std::pair(own, true)})
      for (const std::string& name : names_in(folder))
        if (is_own(name) == wanted)
          if (const Status made = link_to(folder + "/" + name, ours("refs/" + name)); !made) return made;
    return Done{};
  }

  Status logs() {
    const std::string common = common_dir_ + "/logs", own = git_dir_ + "/logs/HEAD";
    if (!linked_work_tree()) return is_folder(common) ? link_to(common, ours("logs")) : Done{};
    if (const Status made = make_folder(ours("logs")); !made) return made;
    if (is_folder(common + "/refs"))
      if (const Status made = link_to(common + "/refs", ours("logs/refs")); !made) return made;
    return is_file(own) ? link_to(own, ours("logs/HEAD")) : Done{};
  }

  // "worktrees" is where git finds the HEADs of other work trees, which "--all" stands for too.
  Status common_files() {
    for (const std::string name : {"packed-refs", "shallow"}) {
      const std::string path = common_dir_ + "/" + name;
      if (is_no_file(path)) return Error{"is not a regular file", path};
      if (is_file(path))
        if (const Status made = link_to(path, ours(name)); !made) return made;
    }
    const std::string others = common_dir_ + "/worktrees";
    return is_folder(others) ? link_to(others, ours("worktrees")) : Done{};
  }

  // ORIG_HEAD, FETCH_HEAD, MERGE_HEAD and their like.
  Status pseudo_refs() {
    names_ = names_in(git_dir_);
    for (const std::string& name : names_)
      if (name.ends_with("_HEAD") && is_file(git_dir_ + "/" + name))
        if (const Status made = link_to(git_dir_ + "/" + name, ours(name)); !made) return made;
    return Done{};
  }

  // The shared index that the index names, if it is a split one: extension "link" of gitformat-index(5), which begins
  // with the id that the file's name ends with.
  Status shared_index() {
    if (is_no_file(index_)) return Error{"is not a regular file", index_};
    constexpr std::string_view kPrefix = "sharedindex.";
    std::optional<std::string> index;
    for (const std::string& name : names_) {
      const auto id = name.starts_with(kPrefix) ? ObjectId::from_hex(name.substr(kPrefix.size())) : std::nullopt;
      if (!id || id->raw().size() != id_bytes_) continue;
      if (!index) {
        auto read = read_file(index_);
        if (!read) return Done{};  // there is none
        index = *std::move(read);
      }
      const std::size_t at = index->find(id->raw());
      if (at == std::string::npos || at < 8 || index->compare(at - 8, 4, "link") != 0) continue;
      const auto shared = read_file(git_dir_ + "/" + name);
      if (!shared) return shared.error();
      return write_file(ours(name), *shared);
    }
    return Done{};
  }

  const std::string git_dir_, common_dir_, index_, folder_;
  const std::size_t id_bytes_;
  const bool bare_;
  std::vector<std::string> names_;  // in git_dir_
};

// An entry of git's list of alternates: in quotes where it holds a colon, or what would be taken for a quote.
std::string alternate_entry(const std::string& folder) {
  if (folder.find_first_of(":\"\n") == std::string::npos) return folder;
  std::string quoted = "\"";
  for (char c : folder) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// All that git learns of the world. PATH is for git's own parts, TZ for dates that are given without a zone.
std::vector<std::string> environment_of(const Repository& repository, const std::string& folder,
                                        const std::string& work_tree) {
  std::vector<std::string> list = {"LC_ALL=C",
                                   "GIT_CONFIG_NOSYSTEM=1",
                                   "GIT_CONFIG_GLOBAL=/dev/null",
                                   "GIT_ATTR_NOSYSTEM=1",
                                   "GIT_NO_REPLACE_OBJECTS=1",
                                   "GIT_NO_LAZY_FETCH=1",
                                   "GIT_ALLOW_PROTOCOL=",
                                   "GIT_TERMINAL_PROMPT=0",
                                   "GIT_OPTIONAL_LOCKS=0",
                                   "GIT_PAGER=cat"};
  for (const char* name : {"PATH", "TZ"})
    if (const char* value = std::getenv(name)) list.push_back(fmt::format("{}={}", name, value));
  list.push_back("GIT_DIR=" + folder);
  list.push_back("GIT_INDEX_FILE=" + Maker::index_file(repository));
  if (!work_tree.empty()) list.push_back("GIT_WORK_TREE=" + work_tree);

  // Git makes the trees of a sparse index when it reads one: it shall write them into the folder.
  list.push_back("GIT_OBJECT_DIRECTORY=" + folder + "/objects");
  auto objects = repository.object_folders;
  if (objects.empty()) objects = {repository.common_dir + "/objects"};
  std::string alternates;
  for (const std::string& one : objects) alternates += (alternates.empty() ? "" : ":") + alternate_entry(absolute(one));
  list.push_back("GIT_ALTERNATE_OBJECT_DIRECTORIES=" + alternates);
  return list;
}

const std::string& git_program() {
  static const std::string path = find_program("git");
  return path;
}

Result<std::string> temporary_folder() {
  const char* set = std::getenv("TMPDIR");
  std::string path = absolute(set != nullptr && *set != '\0' ? set : "/tmp") + "/staunch-git-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return failed("make a folder", path);
  return path;
}

// Links are removed, never what they point to.
void remove_folder(const std::string& folder) {
  std::error_code ignored;
  if (!folder.empty()) fs::remove_all(folder, ignored);
}

}  // namespace

Result<View> View::make(const Repository& repository) {
  if (git_program().empty()) return Error{"git is not installed: it is not in PATH", ""};
  auto folder = temporary_folder();
  if (!folder) return folder.error();
  View view;
  view.folder_ = *std::move(folder);
  view.id_bytes_ = repository.id_bytes;
  if (!repository.work_tree.empty() && is_folder(repository.work_tree))
    view.work_tree_ = absolute(repository.work_tree);
  view.environment_ = environment_of(repository, view.folder_, view.work_tree_);
  if (const Status made = Maker(repository, view.folder_, view.work_tree_.empty()).make(); !made) return made.error();
  return view;
}

View::View(View&& other) noexcept { *this = std::move(other); }

View& View::operator=(View&& other) noexcept {
  std::swap(folder_, other.folder_);
  std::swap(work_tree_, other.work_tree_);
  std::swap(id_bytes_, other.id_bytes_);
  std::swap(environment_, other.environment_);
  std::swap(time_limit_, other.time_limit_);
  return *this;
}

View::~View() { remove_folder(folder_); }

// Regular files of the logs, first below the folder, then below what "refs" in it links to.
Status View::copy_reflogs() const {
  const fs::path made = folder_ + "/reflogs", logs = folder_ + "/logs";
  std::error_code error;
  for (const std::string below : {"", "refs/"}) {
    const std::string top = (logs / below).string() + "/";
    for (fs::recursive_directory_iterator entry(top, error), end; !error && entry != end; entry.increment(error)) {
      std::error_code skipped;
      const fs::path copy = made / (below + entry->path().string().substr(top.size()));
      if (!fs::is_regular_file(entry->symlink_status(skipped)) || is_file(copy.string())) continue;
      const auto text = read_file(entry->path().string());
      fs::create_directories(copy.parent_path(), skipped);
      if (!text) return text.error();
      if (const Status written = write_file(copy.string(), *text); !written) return written;
    }
    error.clear();
  }
  const fs::path head = logs / "HEAD";
  if (is_file(head.string()) && !is_file((made / "HEAD").string())) {
    fs::create_directories(made, error);
    if (const auto text = read_file(head.string()); text)
      if (const Status written = write_file((made / "HEAD").string(), *text); !written) return written;
  }
  fs::remove_all(logs, error);
  fs::rename(made, logs, error);
  return Done{};
}

Result<std::string> View::run(const std::vector<std::string>& arguments) const { return run(arguments, {}); }

Result<std::string> View::run(const std::vector<std::string>& arguments, std::string_view input) const {
  Program program{git_program(), {"git"}, environment_, work_tree_.empty() ? folder_ : work_tree_};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  program.time_limit = time_limit_;
  if (!input.empty()) {
    program.input = folder_ + "/input";
    unlink(program.input.c_str());
    if (const Status written = write_file(program.input, input); !written) return written.error();
  }
  auto output = run_program(program);
  if (!output) return output.error();
  if (output->status == 0) return std::move(output->out);
  std::string& error = output->error;
  error.erase(std::min(error.find('\n'), error.size()));  // behind it git tells what else could have been typed
  if (error.starts_with("fatal: ")) error.erase(0, 7);
  if (error.empty()) error = fmt::format("ended with {}", output->status);
  return Error{std::move(error), arguments.empty() ? "git" : "git " + arguments[0]};
}

}  // namespace staunch
