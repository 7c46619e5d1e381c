// One function a command; each returns the program's exit code.
#pragma once

#include "frontends/cli/options.h"

namespace staunch {

int run_dir(const Options& options);
int run_git(const Options& options);
int run_stdin(const Options& options);
int run_filter(const Options& options);
int run_events(const Options& options);
int run_report(const Options& options);
int run_rules_list(const Options& options);
int run_rules_show(const Options& options);
int run_rules_check(const Options& options);
int run_rules_test(const Options& options);
int run_rules_import(const Options& options);
int run_policy_import(const Options& options);
int run_hook_install(const Options& options);
int run_hook_uninstall(const Options& options);
int run_hook_pre_commit(const Options& options);
int run_hook_pre_push(const Options& options);
int run_hook_commit_msg(const Options& options);
int run_hook_pre_receive(const Options& options);
int run_hook_ci(const Options& options);
int run_completion(const Options& options);
int run_manual(const Options& options);
int run_help(const Options& options);
int run_version(const Options& options);

}  // namespace staunch
