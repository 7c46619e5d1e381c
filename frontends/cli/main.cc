// The program: what the command line asks for, step by step.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstdio>
#include <exception>

#include "frontends/cli/arguments.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/exec_command.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/gitleaks_compat.h"

namespace {

using namespace staunch;

// A closed standard output must not become the number of the first file that is opened: hold its place with something
// that refuses to be written.
void hold_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (fcntl(fd, F_GETFD) == -1) (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

int run(const Options& options) {
  switch (options.command) {
    case Command::dir: return run_dir(options);
    case Command::git: return run_git(options);
    case Command::from_stdin: return run_stdin(options);
    case Command::filter: return run_filter(options);
    case Command::events: return run_events(options);
    case Command::report: return run_report(options);
    case Command::rules_list: return run_rules_list(options);
    case Command::rules_show: return run_rules_show(options);
    case Command::rules_check: return run_rules_check(options);
    case Command::rules_test: return run_rules_test(options);
    case Command::rules_import: return run_rules_import(options);
    case Command::policy_import: return run_policy_import(options);
    case Command::hook_install: return run_hook_install(options);
    case Command::hook_uninstall: return run_hook_uninstall(options);
    case Command::hook_pre_commit: return run_hook_pre_commit(options);
    case Command::hook_pre_push: return run_hook_pre_push(options);
    case Command::hook_commit_msg: return run_hook_commit_msg(options);
    case Command::hook_pre_receive: return run_hook_pre_receive(options);
    case Command::hook_ci: return run_hook_ci(options);
    case Command::completion: return run_completion(options);
    case Command::manual: return run_manual(options);
    case Command::help: return run_help(options);
    case Command::version: return run_version(options);
  }
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_descriptors();

  // A reader that goes away is an error to report, not a reason to vanish.
  std::signal(SIGPIPE, SIG_IGN);

  // Memory holds secrets: no core file shall.
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);

  // Else libc reads the time zone anew, under a lock, for every member of an archive.
  setenv("TZ", ":/etc/localtime", 0);

  const char* program = argc > 1 ? program_of(argv[1]) : nullptr;
  if (program != nullptr) return exec_command(program, argv);

  const Arguments arguments = read_arguments(argc, argv);
  if (arguments.exit) return *arguments.exit;

  try {
    return exit_code_for(arguments.options, run(arguments.options));
  } catch (const std::exception& failure) {  // memory ran out, or a mistake of ours: never "clean"
    fmt::print(stderr, "staunch: error: {}\n", failure.what());
    return exit_code_for(arguments.options, kExitIncomplete);
  }
}
