#include "hooks/git/install.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "frontends/git/git_file.h"
#include "frontends/git/process.h"
#include "frontends/git/repository.h"
#include "hooks/git/hook_folder.h"
#include "hooks/git/managers.h"

namespace staunch {
namespace {

namespace fs = std::filesystem;
using Told = std::vector<std::string>;

// The user's own git, in the user's own environment.
Result<ProgramOutput> run_git(const std::vector<std::string>& arguments) {
  Program program;
  program.path = find_program("git");
  if (program.path.empty()) return Error{"git is not installed: it is not in PATH", {}};
  program.arguments = {"git"};
  program.arguments.insert(program.arguments.end(), arguments.begin(), arguments.end());
  for (char** variable = environ; *variable != nullptr; ++variable) program.environment.emplace_back(*variable);
  return run_program(program);
}

std::string without_nul(const std::string& text) { return text.substr(0, text.find('\0')); }

// core.hooksPath as it counts there, as a path from the top; nothing where it is not set.
Result<std::optional<std::string>> named_path(const std::vector<std::string>& where) {
  std::vector<std::string> arguments = where;
  arguments.insert(arguments.end(), {"config", "--null", "--type=path"});
  if (where.empty()) arguments.emplace_back("--global");
  arguments.insert(arguments.end(), {"--get", "core.hooksPath"});
  auto output = run_git(arguments);
  if (!output) return output.error();
  if (output->status == 1) return std::optional<std::string>();
  if (output->status != 0) return Error{output->error.substr(0, output->error.find('\n')), "git config"};
  std::string path = without_nul(output->out);
  if (path.empty()) return std::optional<std::string>();
  return std::optional(std::move(path));
}

std::string user_folder() {
  const char* set = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  if (set != nullptr && *set == '/') return std::string(set) + "/staunch/hooks";
  return home != nullptr && *home == '/' ? std::string(home) + "/.config/staunch/hooks" : std::string();
}

// Of one repository: where git looks for its hooks.
struct OwnHooks {
  std::string folder, usual_folder;
  bool named = false;  // by core.hooksPath
  std::string work_tree;
};

Result<OwnHooks> own_hooks(const std::string& path) {
  const auto repository = open_repository(path, {});
  if (!repository) return repository.error();
  const auto named = named_path({"-C", path});
  if (!named) return named.error();
  OwnHooks hooks;
  const std::string top = repository->work_tree.empty() ? repository->git_dir : repository->work_tree;
  hooks.usual_folder = repository->common_dir + "/hooks";
  hooks.named = named->has_value();
  hooks.folder = hooks.named ? resolved(top, **named) : hooks.usual_folder;
  hooks.work_tree = repository->work_tree;
  return hooks;
}

Result<Told> into_repository(const InstallJob& job) {
  const auto hooks = own_hooks(job.path);
  if (!hooks) return hooks.error();
  if (hooks->named && hooks->folder == user_folder())
    return Error{"has staunch already, as all repositories of this user have (install --global)", job.path};
  const auto manager = find_manager(hooks->work_tree, hooks->folder, hooks->named);
  if (manager && !job.force)
    return Error{fmt::format("{} looks after the hooks here. Nothing was changed; {}\n(--force installs beside it)",
                             manager->name, manager->advice),
                 job.path};
  auto folder = HookFolder::open(hooks->folder);
  if (!folder) return folder.error();
  Told told;
  for (const char* name : kClientHooks)
    if (const Status put = folder->put(name, hook_script(name, job.call), told); !put) return put.error();
  return told;
}

Result<Told> for_user(const InstallJob& job) {
  const std::string path = user_folder();
  if (path.empty()) return Error{"neither HOME nor XDG_CONFIG_HOME says where the user's files are", {}};
  const auto named = named_path({});
  if (!named) return named.error();
  if (*named && **named != path)
    return Error{fmt::format("core.hooksPath of this user names it already. Nothing was changed; add there:\n"
                             "  pre-commit:  staunch hook pre-commit\n  pre-push:    staunch hook pre-push \"$@\"\n"
                             "  commit-msg:  staunch hook commit-msg \"$1\""),
                 **named};
  auto folder = HookFolder::open(path);
  if (!folder) return folder.error();
  Told told;
  for (const char* name : kGlobalHooks) {
    bool ours = false;
    for (const char* client : kClientHooks) ours |= std::string_view(client) == name;
    Told quiet;
    if (const Status put = folder->put(name, global_hook_script(name, ours ? &job.call : nullptr), ours ? told : quiet);
        !put)
      return put.error();
  }
  const auto set = run_git({"config", "--global", "core.hooksPath", path});
  if (!set) return set.error();
  if (set->status != 0) return Error{set->error.substr(0, set->error.find('\n')), "git config"};
  told.push_back(
      "core.hooksPath names this folder now: it counts for all repositories of this user at once, where a "
      "template would reach new ones only; hooks that a repository has of its own run first");
  return told;
}

Result<Told> from_user() {
  const std::string path = user_folder();
  const auto named = named_path({});
  if (!named) return named.error();
  Told told;
  if (*named && **named == path) {
    const auto unset = run_git({"config", "--global", "--unset-all", "core.hooksPath"});
    if (!unset) return unset.error();
    if (unset->status != 0) return Error{unset->error.substr(0, unset->error.find('\n')), "git config"};
    told.push_back("core.hooksPath: not set any more");
  }
  if (path.empty() || !is_folder(path)) return told;
  auto folder = HookFolder::open(path);
  if (!folder) return folder.error();
  Told quiet;
  for (const char* name : kGlobalHooks)
    if (const Status taken = folder->take_out(name, quiet); !taken) return taken.error();
  if (rmdir(path.c_str()) == 0) told.push_back(path + ": removed");
  rmdir(fs::path(path).parent_path().c_str());  // where nothing else of ours is in it
  return told;
}

// The folder and the name of a server's hook.
struct ServerHook {
  std::string folder, name;
  std::string guessed;    // by what is there: whose layout this is; empty where it was named, or is git's own
  bool needless = false;  // the folder, once it is empty
};

bool is_link(const std::string& path) {
  std::error_code failed;
  return fs::is_symlink(path, failed);
}

// What the folders that are there tell of the product that they belong to; empty where they tell nothing.
std::string layout_of(const std::string& path, const Result<Repository>& repository) {
  if (!repository) {
    const bool gitlab = is_folder(path + "/pre-receive.d") || fs::path(path).filename() == "custom_hooks";
    return gitlab ? "gitlab" : "";
  }
  const std::string& at = repository->git_dir;
  if (is_folder(at + "/custom_hooks") || is_link(at + "/hooks")) return "gitlab";
  return is_folder(at + "/hooks/pre-receive.d") ? "gitea" : "git";
}

Result<ServerHook> server_hook(const InstallJob& job) {
  const auto repository = open_repository(job.path, {});
  const bool is_repository = repository.ok() && (repository->work_tree.empty() || job.layout != "github");
  const std::string layout = job.layout.empty() ? layout_of(job.path, repository) : job.layout;
  if (layout.empty() && !is_folder(job.path)) return repository.error();
  if (layout.empty())
    return Error{"is neither a repository nor a known folder of hooks; --layout says what it is", job.path};
  const std::string guessed = job.layout.empty() && layout != "git" ? layout : "";
  if (layout == "github") return ServerHook{job.path, "staunch-pre-receive", guessed};
  if (layout == "gitlab") {
    const std::string hooks = is_repository ? repository->git_dir + "/custom_hooks" : job.path;
    return ServerHook{hooks + "/pre-receive.d", "staunch", guessed, true};
  }
  if (!is_repository) return repository.error();
  if (layout == "gitea") return ServerHook{repository->git_dir + "/hooks/pre-receive.d", "staunch", guessed};
  return ServerHook{repository->git_dir + "/hooks", "pre-receive", guessed};
}

Result<Told> into_server(const InstallJob& job) {
  const auto hook = server_hook(job);
  if (!hook) return hook.error();
  auto folder = HookFolder::open(hook->folder);
  if (!folder) return folder.error();
  Told told;
  if (const Status put = folder->put(hook->name, hook_script("pre-receive", job.call), told); !put) return put.error();
  if (!hook->guessed.empty())
    told.push_back(fmt::format("laid out as {} does, by the folders that are there; --layout git is for git alone",
                               hook->guessed));
  return told;
}

Result<Told> from_folder(const std::string& path, const std::vector<std::string>& names) {
  Told told;
  if (!is_folder(path)) return told;
  auto folder = HookFolder::open(path);
  if (!folder) return folder.error();
  for (const std::string& name : names)
    if (const Status taken = folder->take_out(name, told); !taken) return taken.error();
  return told;
}

}  // namespace

Result<std::vector<std::string>> install_hooks(const InstallJob& job) {
  switch (job.place) {
    case HookPlace::user: return for_user(job);
    case HookPlace::server: return into_server(job);
    case HookPlace::repository: break;
  }
  return into_repository(job);
}

Result<std::vector<std::string>> uninstall_hooks(const InstallJob& job) {
  if (job.place == HookPlace::user) return from_user();
  if (job.place == HookPlace::server) {
    const auto hook = server_hook(job);
    if (!hook) return hook.error();
    auto told = from_folder(hook->folder, {hook->name});
    if (hook->needless) rmdir(hook->folder.c_str());
    return told;
  }
  const auto hooks = own_hooks(job.path);
  if (!hooks) return hooks.error();
  const std::vector<std::string> names(std::begin(kClientHooks), std::end(kClientHooks));
  auto told = from_folder(hooks->usual_folder, names);
  if (!told || hooks->folder == hooks->usual_folder || hooks->folder == user_folder()) return told;
  const auto more = from_folder(hooks->folder, names);
  if (!more) return more;
  told->insert(told->end(), more->begin(), more->end());
  return told;
}

}  // namespace staunch
