// staunch hook install and uninstall.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/scanning.h"
#include "frontends/report/terminal.h"
#include "hooks/git/install.h"

namespace staunch {
namespace {

InstallJob job_of(const Options& options) {
  InstallJob job;
  job.place = options.hook_global ? HookPlace::user : options.hook_server ? HookPlace::server : HookPlace::repository;
  if (!options.paths.empty()) job.path = options.paths[0];
  job.layout = options.layout;
  job.force = options.force;
  std::error_code error;
  job.call.program = std::filesystem::read_symlink("/proc/self/exe", error).string();
  std::vector<std::string>& arguments = job.call.arguments;
  const auto absolute = [&](const std::string& path) { return std::filesystem::absolute(path, error).string(); };
  if (options.budget_seconds != Options().budget_seconds)
    arguments.push_back(fmt::format("--budget={}", options.budget_seconds));
  if (!options.on_timeout.empty()) arguments.push_back("--on-timeout=" + options.on_timeout);
  if (!options.hook_log.empty()) arguments.push_back("--log=" + absolute(options.hook_log));
  if (!options.config.empty()) arguments.push_back("--config=" + absolute(options.config));
  if (options.allow_skip) arguments.emplace_back("--allow-skip");
  return job;
}

int tell(const Result<std::vector<std::string>>& done, const char* nothing, const Messages& messages) {
  if (!done) {  // it may have several lines, for people to copy
    const std::string& what = done.error().what;
    const std::string where = done.error().where.empty() ? "" : visible(done.error().where) + ": ";
    fmt::print(stderr, "staunch: error: {}{}\n", where, what);
    return kExitUsage;
  }
  for (const std::string& line : *done) messages.info(line);
  if (done->empty()) messages.info(nothing);
  return kExitClean;
}

}  // namespace

int run_hook_install(const Options& options) {
  const Messages messages(options);
  if (options.allow_skip && !options.hook_server)
    return refused({"is what a server allows: it needs --server", "--allow-skip"}, messages);
  if (!options.layout.empty() && !options.hook_server)
    return refused({"is of servers: it needs --server", "--layout"}, messages);
  const InstallJob job = job_of(options);
  const int code = tell(install_hooks(job), "nothing was to be done", messages);
  if (code == kExitClean && options.allow_skip)
    messages.info(
        "git takes push options only where receive.advertisePushOptions is true: "
        "git -C REPO config receive.advertisePushOptions true");
  return code;
}

int run_hook_uninstall(const Options& options) {
  const Messages messages(options);
  return tell(uninstall_hooks(job_of(options)), "staunch is not installed there", messages);
}

}  // namespace staunch
