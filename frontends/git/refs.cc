// What the refs and reflogs of a repository say, and where its submodules' directories are: gitrepository-layout(5).
//
// A loose ref hides the packed one of its name. Names are never made into paths: symbolic refs are looked up among what
// was read. Links are not followed, but for those that stand for a symbolic ref. A symbolic ref to what is not there is
// what git leaves when a branch is deleted, and is passed over without a word.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <unordered_set>

#include "frontends/git/git_file.h"
#include "frontends/git/repository.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxSymbolic = 5;
constexpr std::size_t kMaxFolders = 64;  // one in the other
constexpr std::size_t kMaxNotes = 100;

// git-check-ref-format(1)
bool is_ref_name(std::string_view name) {
  if (name.empty() || name == "@" || name.back() == '.' || name.back() == '/') return false;
  if (name.find("..") != std::string_view::npos || name.find("@{") != std::string_view::npos) return false;
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    if (part.empty() || part.front() == '.' || part.ends_with(".lock")) return false;
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  }
  static constexpr std::string_view kNever = "~^:?*[\\\x7f";
  return std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x21 || kNever.find(c) != std::string_view::npos;
  });
}

// Those that each work tree has for itself.
bool is_own(std::string_view name) {
  return name.starts_with("refs/bisect/") || name.starts_with("refs/worktree/") || name.starts_with("refs/rewritten/");
}

class RefReader {
 public:
  explicit RefReader(const Repository& repository) : repository_(repository) {}

  Refs read() {
    const std::string &common = repository_.common_dir, &own = repository_.git_dir;
    const bool linked = own != common;
    walk(common + "/refs", "refs", 0, [&](const std::string& path, const std::string& name) {
      loose(path, linked && is_own(name) ? "main-worktree/" + name : name);
    });
    // Behind the loose ones, as git does: one that is packed meanwhile is not missed.
    packed(common + "/packed-refs");
    if (linked) {
      loose(common + "/HEAD", "main-worktree/HEAD");
      work_tree(own, {});
    } else {
      loose(own + "/HEAD", "HEAD");
    }
    logs(common, linked ? "main-worktree/" : "");
    if (linked) logs(own, {});
    for (const std::string& name : names_in(common + "/worktrees")) {
      const std::string folder = common + "/worktrees/" + name, prefix = "worktrees/" + name + "/";
      if (!is_ref_name(prefix + "HEAD")) note(folder, "not the name of a work tree");
      else if (work_tree(folder, prefix)) logs(folder, prefix);
    }
    return finish();
  }

 private:
  struct Held {
    ObjectId id, peeled;
    std::string symbolic;  // the ref that this one stands for
  };

  void note(std::string what, std::string why) {
    if (++problems_ <= kMaxNotes) out_.notes.push_back({std::move(what), std::move(why)});
  }

  std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator each(folder, failed), end; !failed && each != end; each.increment(failed))
      names.push_back(each->path().filename().string());
    if (failed && failed != std::errc::no_such_file_or_directory) note(folder, "cannot read: " + failed.message());
    std::sort(names.begin(), names.end());
    return names;
  }

  // All that is no folder, under its name.
  template <typename Visit>
  void walk(const std::string& folder, const std::string& name, std::size_t depth, const Visit& visit) {
    if (depth > kMaxFolders) return note(folder, "nested more deeply than any ref");
    for (const std::string& each : names_in(folder)) {
      const std::string path = folder + "/" + each, whole = name + "/" + each;
      std::error_code failed;
      if (fs::symlink_status(path, failed).type() == fs::file_type::directory) walk(path, whole, depth + 1, visit);
      else if (!each.ends_with(".lock")) visit(path, whole);
    }
  }

  std::optional<ObjectId> id_of(std::string_view hex) const {
    if (hex.size() != 2 * repository_.id_bytes) return std::nullopt;
    return ObjectId::from_hex(hex);
  }

  // A folder of .git/worktrees; false where it is none.
  bool work_tree(const std::string& folder, const std::string& prefix) {
    std::error_code failed;
    if (fs::symlink_status(folder, failed).type() != fs::file_type::directory) return false;
    loose(folder + "/HEAD", prefix + "HEAD");
    walk(folder + "/refs", "refs", 0,
         [&](const std::string& path, const std::string& name) { loose(path, prefix + name); });
    return true;
  }

  void symbolic(const std::string& path, const std::string& name, std::string_view target) {
    if (!is_ref_name(target) || !target.starts_with("refs/")) return note(path, "stands for something that is no ref");
    held_[name] = {{}, {}, std::string(target)};
    if (name == "HEAD") out_.head_branch = target;
  }

  void loose(const std::string& path, const std::string& name) {
    if (!is_ref_name(name)) return note(path, "not the name of a ref");
    std::error_code failed;
    if (fs::symlink_status(path, failed).type() == fs::file_type::symlink) {
      const std::string target = fs::read_symlink(path, failed).string();
      if (!target.starts_with("refs/")) return note(path, "a link, not followed");
      return symbolic(path, name, target);
    }
    const auto file = read_git_file(path, kMaxGitLine);
    if (!file) return note(path, file.error().what);
    if (!*file) return;
    std::string_view text = without_line_end(**file);
    if (text.starts_with("ref:")) {
      text.remove_prefix(std::min(text.find_first_not_of(" \t", 4), text.size()));
      return symbolic(path, name, text);
    }
    const auto id = id_of(text);
    if (!id || !*id) return note(path, "holds no id");
    held_[name] = {*id, {}, {}};
  }

  // "ID NAME", and "^ID" behind an annotated tag: what it stands for in the end.
  void packed(const std::string& path) {
    const auto file = read_git_file(path, kMaxPackedRefs);
    if (!file) return note(path, file.error().what);
    const std::size_t digits = 2 * repository_.id_bytes;
    Held hidden;  // by a loose ref
    Held* last = nullptr;
    std::size_t number = 0;
    for (std::string_view rest = *file ? std::string_view(**file) : std::string_view(); !rest.empty();) {
      const std::string_view line = without_line_end(take_line(rest));
      ++number;
      if (line.empty() || line.front() == '#') continue;
      const bool peeled = line.front() == '^';
      const auto id = id_of(line.substr(peeled ? 1 : 0, digits));
      const std::string_view name = line.substr(std::min(line.size(), digits + 1));
      const bool named = !peeled && line.size() > digits && line[digits] == ' ' && is_ref_name(name);
      if (!id || !*id || (peeled ? last == nullptr || line.size() != digits + 1 : !named)) {
        note(path, fmt::format("line {} is not understood", number));
        last = nullptr;
      } else if (peeled) {
        last->peeled = *id;
      } else {
        const auto [at, added] = held_.try_emplace(std::string(name), Held{*id, {}, {}});
        last = added ? &at->second : &hidden;
      }
    }
  }

  void logs(const std::string& folder, const std::string& prefix) {
    log(folder + "/logs/HEAD", prefix + "HEAD");
    walk(folder + "/logs/refs", "refs", 0, [&](const std::string& path, const std::string& name) {
      log(path, is_own(name) || folder != repository_.common_dir ? prefix + name : name);
    });
  }

  // "OLD NEW NAME <E-MAIL> SECONDS ZONE\tMESSAGE"
  void log(const std::string& path, const std::string& name) {
    std::error_code failed;
    if (!is_ref_name(name)) return note(path, "not the name of a ref");
    if (fs::is_symlink(path, failed)) return note(path, "a link, not followed");
    const auto file = read_git_file(path, kMaxPackedRefs);
    if (!file) return note(path, file.error().what);
    const std::size_t digits = 2 * repository_.id_bytes;
    std::unordered_set<ObjectId, ObjectIdHash> seen;
    std::size_t wrong = 0;
    for (std::string_view rest = *file ? std::string_view(**file) : std::string_view(); !rest.empty();) {
      const std::string_view line = take_line(rest);
      const auto before = id_of(line.substr(0, digits));
      const auto after = id_of(line.substr(std::min(line.size(), digits + 1), digits));
      if (!before || !after) ++wrong;
      for (const auto& id : {before, after})
        if (id && *id && seen.insert(*id).second) out_.reflogs.push_back({name, *id, {}});
    }
    if (wrong > 0) note(path, fmt::format("{} lines of this reflog are not understood", wrong));
  }

  // Follows symbolic refs; null where nothing is there in the end.
  const Held* resolve(const std::string& name, const Held& held) {
    const Held* at = &held;
    for (int step = 0; !at->symbolic.empty(); ++step) {
      if (step == kMaxSymbolic) return note(name, "a symbolic ref that leads on and on"), nullptr;
      const auto next = held_.find(at->symbolic);
      if (next == held_.end()) return nullptr;
      at = &next->second;
    }
    return at;
  }

  Refs finish() {
    for (const auto& [name, held] : held_)
      if (const Held* found = resolve(name, held)) out_.refs.push_back({name, found->id, found->peeled});
    std::stable_sort(out_.reflogs.begin(), out_.reflogs.end(),
                     [](const Ref& a, const Ref& b) { return a.name < b.name; });
    if (problems_ > kMaxNotes)
      out_.notes.push_back({repository_.common_dir, fmt::format("{} more problems of refs", problems_ - kMaxNotes)});
    return std::move(out_);
  }

  const Repository& repository_;
  std::map<std::string, Held> held_;
  Refs out_;
  std::size_t problems_ = 0;
};

// Submodules' names may hold slashes, and may begin with another's name.
void find_git_dirs(const std::string& folder, std::size_t depth, std::vector<std::string>& out) {
  constexpr std::string_view kNever[] = {"objects", "refs", "logs", "hooks", "info", "lfs"};
  std::error_code failed;
  if (depth > kMaxFolders) return;
  for (fs::directory_iterator each(folder, failed), end; !failed && each != end; each.increment(failed)) {
    const std::string name = each->path().filename().string(), path = folder + "/" + name;
    std::error_code unknown;
    if (each->symlink_status(unknown).type() != fs::file_type::directory) continue;
    const bool git_dir = fs::exists(fs::symlink_status(path + "/HEAD", unknown)) && is_folder(path + "/objects");
    if (git_dir) out.push_back(path);
    if (git_dir || std::find(std::begin(kNever), std::end(kNever), name) == std::end(kNever))
      find_git_dirs(path, depth + 1, out);
  }
}

}  // namespace

Refs read_refs(const Repository& repository) { return RefReader(repository).read(); }

std::vector<std::string> submodule_git_dirs(const Repository& repository) {
  std::vector<std::string> out;
  std::vector<std::string> folders{repository.common_dir + "/modules"};
  if (repository.git_dir != repository.common_dir) folders.push_back(repository.git_dir + "/modules");
  for (const std::string& folder : folders) {
    std::error_code failed;
    if (!fs::is_symlink(folder, failed)) find_git_dirs(folder, 0, out);  // a link may lead anywhere
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace staunch
