// The command hook, and those below it.
#include "frontends/cli/command_arguments.h"
#include "frontends/cli/option_groups.h"

namespace staunch {
namespace {

void add_policy_options(CLI::App& app, Options& o) {
  app.add_option("--budget", o.budget_seconds, "seconds that the scan may take (4); 0 is no limit")
      ->check(CLI::Range(0.0, 86400.0))
      ->type_name("N");
  app.add_option("--on-timeout", o.on_timeout,
                 "allow or block what could not be looked at in that time (pre-receive: block, others: allow)")
      ->check(CLI::IsMember({"allow", "block"}).description(""))
      ->type_name("ANSWER");
  app.add_option("--log", o.hook_log, "where decisions are recorded; else staunch-hook.jsonl in the git directory")
      ->type_name("FILE");
}

void add_skip_option(CLI::App& app, Options& o) {
  app.add_flag("--allow-skip", o.allow_skip, "pre-receive: `git push -o staunch.skip=REASON` lets through, recorded");
}

void add_hook_options(CLI::App& app, Options& o) {
  add_policy_options(app, o);
  add_rule_options(app, o);
  add_size_option(app, o);
  add_thread_option(app, o);
  add_judged_options(app, o);
  add_talk_options(app, o);
}

void add_install(CLI::App& hook, Options& o) {
  CLI::App* install = add_command(hook, o, Command::hook_install, "install",
                                  "put staunch into a repository's hooks; what is there is kept and runs first");
  CLI::App* uninstall =
      add_command(hook, o, Command::hook_uninstall, "uninstall", "take it out, and put back what was there");
  for (CLI::App* command : {install, uninstall}) {
    command->add_option("REPO", o.paths, "a repository; the one of the working directory where there is none")
        ->expected(0, 1);
    CLI::Option* global =
        command->add_flag("--global", o.hook_global, "for all repositories of this user, by core.hooksPath");
    command->add_flag("--server", o.hook_server, "for pushes (pre-receive): a bare repository or a folder of hooks")
        ->excludes(global);
    command->add_option("--layout", o.layout, "--server: git, gitea, gitlab or github; else told by what is there")
        ->check(CLI::IsMember({"git", "gitea", "gitlab", "github"}).description(""))
        ->type_name("NAME");
  }
  install->add_flag("--force", o.force, "also beside a manager of hooks (husky, lefthook, pre-commit)");
  add_policy_options(*install, o);
  add_skip_option(*install, o);
  install->add_option("-c,--config", o.config, "rules to use, for the hooks that are installed")->type_name("FILE");
}

}  // namespace

void add_hook(CLI::App& app, Options& o) {
  CLI::App* hook = app.add_subcommand("hook", "git hooks and CI: install them, and what they run");
  hook->require_subcommand(1);
  add_install(*hook, o);
  CLI::App* pre_commit = add_command(*hook, o, Command::hook_pre_commit, "pre-commit", "what the index brings in");
  pre_commit->add_option("FILE", o.paths, "these too, whole where they did not change (the pre-commit framework)");
  CLI::App* pre_push = add_command(*hook, o, Command::hook_pre_push, "pre-push", "what a push brings to its remote");
  pre_push->add_option("REMOTE", o.paths, "name and address, as git gives them");
  CLI::App* message = add_command(*hook, o, Command::hook_commit_msg, "commit-msg", "a commit's message");
  message->add_option("FILE", o.paths, "the message")->required()->expected(1);
  CLI::App* receive = add_command(*hook, o, Command::hook_pre_receive, "pre-receive", "what a push brings to a server");
  add_skip_option(*receive, o);
  for (CLI::App* command : {pre_commit, pre_push, message, receive}) add_hook_options(*command, o);
  CLI::App* ci = add_command(*hook, o, Command::hook_ci, "ci", "what this CI run is about, told by its environment");
  ci->add_option("--base", o.base, "the commit or branch that is known, where the environment does not say it")
      ->type_name("COMMIT");
  ci->add_option("--head", o.head, "the commit that is looked at; HEAD")->type_name("COMMIT");
  add_rule_options(*ci, o);
  add_size_option(*ci, o);
  add_depth_options(*ci, o);
  add_thread_option(*ci, o);
  add_judged_options(*ci, o);
  ci->add_flag("--ignore-gitleaks-allow", o.ignore_allow_tags, "report what gitleaks:allow and its like would allow");
  add_platform_option(*ci, o);
  add_report_options(*ci, o);
  add_talk_options(*ci, o);
}

}  // namespace staunch
