// Finding a repository, and where it keeps its things.
//
// As git does: upwards from a path to a folder with `.git` in it, or to one that is a git directory itself. Where git
// passes over a .git folder that is broken, and would take the repository around it for the one that was asked for,
// this is an error that names what is wrong. Who owns a repository does not matter, since nothing of it is executed.
#include "frontends/git/repository.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "frontends/git/config.h"
#include "frontends/git/git_file.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariables[] = {
    "GIT_DIR",       "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_INDEX_FILE"};

// Null where it is not set, or empty.
const std::string* variable(const GitEnvironment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() || found->second.empty() ? nullptr : &found->second;
}

// Absolute and without links, as far as it exists.
std::string real(const std::string& path) {
  std::error_code failed;
  const fs::path whole = fs::weakly_canonical(fs::absolute(path, failed), failed);
  if (failed) return path;
  const std::string text = whole.string();
  return text.size() > 1 && text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
}

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

bool is_link_to_ref(const std::string& path) {
  std::error_code failed;
  return fs::read_symlink(path, failed).string().starts_with("refs/");
}

// Whether `git_dir` has a HEAD; an error where that is nothing that git would write.
Result<bool> has_head(const std::string& git_dir) {
  const std::string path = git_dir + "/HEAD";
  if (is_link_to_ref(path)) return true;
  const auto head = read_git_file(path, kMaxGitLine);
  if (!head) return head.error();
  if (!*head) return false;
  std::string_view text = without_line_end(**head);
  if (ObjectId::from_hex(text)) return true;
  if (text.starts_with("ref:")) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t", 4), text.size()));
    if (text.starts_with("refs/")) return true;
  }
  return Error{"holds neither the name of a ref nor an id: not a git repository", path};
}

// Where the refs and the configuration lie, which linked work trees share.
Result<std::string> common_dir_of(const std::string& git_dir) {
  const std::string path = git_dir + "/commondir";
  const auto text = read_git_file(path, kMaxGitLine);
  if (!text) return text.error();
  if (!*text) return git_dir;
  const std::string folder = resolved(git_dir, without_line_end(**text));
  if (!is_folder(folder)) return Error{fmt::format("names {}, which is not a folder", folder), path};
  return real(folder);
}

// Whether this is a git directory; an error where it is a broken one.
Result<bool> is_git_dir(const std::string& folder, const GitEnvironment& environment) {
  const Result<bool> head = has_head(folder);
  if (!head || !*head) return head;
  const auto common = common_dir_of(folder);
  if (!common) return common.error();
  const std::string* objects = variable(environment, "GIT_OBJECT_DIRECTORY");
  if (!is_folder(objects != nullptr ? *objects : *common + "/objects"))
    return Error{"has no folder objects: not a git repository", *common};
  if (!is_folder(*common + "/refs")) return Error{"has no folder refs: not a git repository", *common};
  return true;
}

// A file .git: "gitdir: PATH". It may not lead to another one.
Result<std::string> follow_git_file(const std::string& file, const GitEnvironment& environment) {
  constexpr std::string_view kBegin = "gitdir: ";
  const auto text = read_git_file(file, kMaxGitLine);
  if (!text) return text.error();
  if (!*text || !(*text)->starts_with(kBegin)) return Error{"is neither a git directory nor says where one is", file};
  const std::string_view named = without_line_end(std::string_view(**text).substr(kBegin.size()));
  const std::string folder = resolved(parent_of(file), named);
  const bool usable = !named.empty() && named.find('\0') == std::string_view::npos && is_folder(folder);
  if (!usable) return Error{"says \"gitdir:\", but where there is no git directory", file};
  const Result<bool> right = is_git_dir(folder, environment);
  if (!right) return right.error();
  if (!*right) return Error{fmt::format("leads to {}, which is not a git directory", folder), file};
  return real(folder);
}

struct Place {
  std::string git_dir;
  std::string work_tree;  // empty where the search did not tell
};

// A folder may be called what a bare repository's are without being one; only where all three are there it counts.
bool looks_bare(const std::string& folder) {
  std::error_code failed;
  const bool linked = fs::exists(folder + "/commondir", failed);
  const bool head = fs::exists(fs::symlink_status(folder + "/HEAD", failed));
  return head && (linked || (is_folder(folder + "/objects") && is_folder(folder + "/refs")));
}

Result<std::optional<Place>> look_in(const std::string& folder, const GitEnvironment& environment) {
  const std::string dot_git = resolved(folder, ".git");
  std::error_code failed;
  const auto kind = fs::status(dot_git, failed).type();
  if (kind == fs::file_type::directory) {
    const Result<bool> right = is_git_dir(dot_git, environment);
    if (!right) return right.error();
    if (*right) return std::optional(Place{real(dot_git), folder});
  } else if (kind != fs::file_type::not_found && kind != fs::file_type::none) {
    auto followed = follow_git_file(dot_git, environment);
    if (!followed) return followed.error();
    return std::optional(Place{*followed, folder});
  }
  if (!looks_bare(folder)) return std::optional<Place>();
  const Result<bool> right = is_git_dir(folder, environment);
  if (!right) return right.error();
  if (!*right) return std::optional<Place>();
  return std::optional(Place{folder, {}});
}

Result<Place> search(const std::string& path, const GitEnvironment& environment) {
  std::error_code failed;
  const auto kind = fs::status(path, failed).type();
  if (kind == fs::file_type::not_found) return Error{"no such file or folder", path};
  if (kind == fs::file_type::none) return Error{"cannot be read: " + failed.message(), path};
  std::string folder = real(path);
  if (kind != fs::file_type::directory) {
    if (fs::path(folder).filename() != ".git") return Error{"not a git repository", path};
    auto followed = follow_git_file(folder, environment);
    if (!followed) return followed.error();
    return Place{*followed, parent_of(folder)};
  }
  if (!fs::exists(folder + "/.git", failed) && failed == std::errc::permission_denied)
    return Error{"cannot be read: " + failed.message(), path};
  for (;; folder = parent_of(folder)) {
    auto found = look_in(folder, environment);
    if (!found) return found.error();
    if (*found) return std::move(**found);
    if (folder == parent_of(folder)) return Error{"not a git repository, and in none", path};
  }
}

Result<Place> from_environment(const std::string& git_dir, const GitEnvironment& environment) {
  std::error_code failed;
  if (fs::is_regular_file(git_dir, failed)) {
    auto followed = follow_git_file(real(git_dir), environment);
    if (!followed) return followed.error();
    return Place{*followed, {}};
  }
  const Result<bool> right = is_git_dir(git_dir, environment);
  if (!right) return right.error();
  if (!*right) return Error{"GIT_DIR names it, but it is not a git directory", git_dir};
  return Place{real(git_dir), {}};
}

Status read_config(const std::string& path, Config& out) {
  const auto text = read_git_file(path, kMaxGitText);
  if (!text) return text.error();
  if (!*text) return Done{};
  auto entries = parse_config(**text, path);
  if (!entries) return entries.error();
  out.insert(out.end(), entries->begin(), entries->end());
  return Done{};
}

Result<Config> all_config(const Repository& repository) {
  Config config;
  const Status shared = read_config(repository.common_dir + "/config", config);
  if (!shared) return shared.error();
  const std::string* own = config_value(config, "extensions", "worktreeconfig");
  if (own == nullptr || !config_truth(*own)) return config;
  const Status more = read_config(repository.git_dir + "/config.worktree", config);
  if (!more) return more.error();
  return config;
}

// What the extensions of git's repository format say: gitrepository-layout, technical/repository-version.
Status apply_format(const Config& config, Repository& repository) {
  const std::string where = repository.common_dir + "/config";
  const std::string* refs = config_value(config, "extensions", "refstorage");
  if (refs != nullptr && *refs != "files")
    return Error{fmt::format("keeps its refs as \"{}\", which is not understood", *refs), where};
  if (const std::string* format = config_value(config, "extensions", "objectformat")) {
    if (*format != "sha1" && *format != "sha256")
      return Error{fmt::format("names its objects by \"{}\", which is not understood", *format), where};
    repository.id_bytes = *format == "sha256" ? kSha256Bytes : kSha1Bytes;
  }
  repository.partial = config_value(config, "extensions", "partialclone") != nullptr ||
                       std::any_of(config.begin(), config.end(), [](const ConfigEntry& entry) {
                         return entry.section == "remote" && entry.key == "promisor" && config_truth(entry.value);
                       });
  return Done{};
}

// `found` is where the search began to call it a work tree.
std::string work_tree_of(const Config& config, const Repository& repository, const std::string& found,
                         const GitEnvironment& environment) {
  if (const std::string* named = variable(environment, "GIT_WORK_TREE")) return real(*named);
  const std::string* named = config_value(config, "core", "worktree");
  if (named != nullptr && repository.git_dir == repository.common_dir)
    return real(resolved(repository.git_dir, *named));
  if (!found.empty()) return found;
  if (repository.git_dir != repository.common_dir) {  // a linked one's directory says where its .git file is
    const auto back = read_git_file(repository.git_dir + "/gitdir", kMaxGitLine);
    return back && *back ? parent_of(real(resolved(repository.git_dir, without_line_end(**back)))) : std::string();
  }
  const std::string* bare = config_value(config, "core", "bare");
  if (bare != nullptr && config_truth(*bare)) return {};
  if (variable(environment, "GIT_DIR") != nullptr) return real(repository.path);
  return fs::path(repository.git_dir).filename() == ".git" ? parent_of(repository.git_dir) : std::string();
}

// One of the colon list, which may stand in quotes as git does them in C's manner.
std::string take_folder(std::string_view& list) {
  std::string out;
  std::size_t at = 0;
  const bool quoted = list.starts_with('"');
  for (at = quoted ? 1 : 0; at < list.size(); ++at) {
    if (list[at] == (quoted ? '"' : ':')) break;
    if (!quoted || list[at] != '\\' || at + 1 >= list.size()) {
      out += list[at];
      continue;
    }
    constexpr std::string_view kNames = "abfnrtv", kMeant = "\a\b\f\n\r\t\v";
    const char c = list[++at];
    const std::size_t name = kNames.find(c);
    const auto octal = [&](std::size_t i) { return i < list.size() && list[i] >= '0' && list[i] <= '7'; };
    if (name != std::string_view::npos) {
      out += kMeant[name];
    } else if (octal(at) && octal(at + 1) && octal(at + 2)) {
      out += static_cast<char>((list[at] - '0') << 6 | (list[at + 1] - '0') << 3 | (list[at + 2] - '0'));
      at += 2;
    } else {
      out += c;
    }
  }
  const std::size_t end = list.find(':', std::min(at, list.size()));
  list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
  return out;
}

// Under a quarantine GIT_OBJECT_DIRECTORY is what comes in, and the repository's own folder is among the alternates.
void set_object_folders(Repository& repository, const GitEnvironment& environment) {
  const std::string* own = variable(environment, "GIT_OBJECT_DIRECTORY");
  repository.object_folders.push_back(own != nullptr ? real(*own) : repository.common_dir + "/objects");
  const std::string* others = variable(environment, "GIT_ALTERNATE_OBJECT_DIRECTORIES");
  for (std::string_view list = others != nullptr ? *others : std::string_view(); !list.empty();) {
    const std::string folder = take_folder(list);
    if (!folder.empty()) repository.object_folders.push_back(real(folder));
  }
}

Status read_shallow(Repository& repository) {
  const std::string path = repository.common_dir + "/shallow";
  const auto text = read_git_file(path, kMaxGitText);
  if (!text) return text.error();
  std::string_view rest = *text ? std::string_view(**text) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = without_line_end(take_line(rest));
    const auto id = ObjectId::from_hex(line);
    if (!id || line.size() != 2 * repository.id_bytes) return Error{"holds a line that is no id", path};
    repository.shallow.insert(*id);
  }
  return Done{};
}

}  // namespace

GitEnvironment git_environment() {
  GitEnvironment out;
  for (const char* name : kVariables)
    if (const char* value = std::getenv(name)) out[name] = value;
  return out;
}

Result<Repository> open_repository(const std::string& path, const GitEnvironment& environment) {
  const std::string* named = variable(environment, "GIT_DIR");
  auto place = named != nullptr ? from_environment(*named, environment) : search(path, environment);
  if (!place) return place.error();
  Repository out;
  out.path = path;
  out.git_dir = place->git_dir;
  const std::string* shared = named != nullptr ? variable(environment, "GIT_COMMON_DIR") : nullptr;
  auto common = shared != nullptr ? Result<std::string>(real(*shared)) : common_dir_of(out.git_dir);
  if (!common) return common.error();
  out.common_dir = *common;
  const auto config = all_config(out);
  if (!config) return config.error();
  const Status format = apply_format(*config, out);
  if (!format) return format.error();
  out.work_tree = work_tree_of(*config, out, place->work_tree, environment);
  set_object_folders(out, environment);
  const std::string* index = variable(environment, "GIT_INDEX_FILE");
  out.index_file = index != nullptr ? real(*index) : out.git_dir + "/index";
  const Status shallow = read_shallow(out);
  if (!shallow) return shallow.error();
  return out;
}

}  // namespace staunch
