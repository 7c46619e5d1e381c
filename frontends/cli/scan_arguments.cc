// The commands that scan: dir, git, stdin.
#include "frontends/cli/command_arguments.h"
#include "frontends/cli/option_groups.h"

namespace staunch {
namespace {

void add_reading_options(CLI::App& app, Options& o) {
  app.add_option("--exclude", o.excludes, "leave out what a gitignore pattern matches (may be given often)")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  app.add_flag("--respect-gitignore", o.respect_gitignore, "leave out what .gitignore files name");
  app.add_flag("--follow-symlinks", o.follow_symlinks, "read the files that links lead to (never folders)");
  add_size_option(app, o);
}

void add_target_options(CLI::App& app, Options& o) {
  add_rule_options(app, o);
  app.add_flag("--ignore-target-config", o.ignore_target_config, "use no configuration that lies in what is scanned");
}

void add_scope_options(CLI::App& app, Options& o) {
  const auto many = [&](const char* name, std::vector<std::string>& to, const char* help, const char* type) {
    app.add_option(name, to, help)->allow_extra_args(false)->type_name(type);
  };
  many("--range", o.ranges, "only what these commits bring in, as in main..HEAD", "A..B");
  app.add_option("--since-commit", o.since_commit, "only what commits behind this one bring in, up to HEAD")
      ->type_name("COMMIT");
  many("--branch", o.branches, "only what the commits of this branch bring in", "NAME");
  app.add_option("--log-opts", o.log_options, "commits as git log selects them, as in \"--all --since=1.week\"")
      ->type_name("OPTIONS");
  app.add_flag("--staged,--pre-commit", o.staged, "only what the index brings in, as in a pre-commit hook");
  app.add_flag("--unstaged", o.unstaged, "only what the work tree's changes bring in");
  app.add_flag("--whole-files", o.whole_files, "with these: all that stands in changed files, new or not");
}

}  // namespace

void add_dir(CLI::App& app, Options& o) {
  CLI::App* dir = add_command(app, o, Command::dir, "dir", "scan files and folders");
  dir->alias("directory")->alias("file");
  dir->add_option("PATH", o.paths, "files and folders; the working directory where there is none");
  add_target_options(*dir, o);
  add_reading_options(*dir, o);
  add_depth_options(*dir, o);
  add_thread_option(*dir, o);
  add_judged_options(*dir, o);
  dir->add_flag("--ignore-gitleaks-allow", o.ignore_allow_tags, "report what gitleaks:allow and its like would allow");
  add_report_options(*dir, o);
  add_verify_option(*dir, o);
  add_respond_option(*dir, o);
  add_talk_options(*dir, o);
  add_watching_options(*dir, o);
  add_explain_option(*dir, o);
}

void add_git(CLI::App& app, Options& o) {
  CLI::App* git = add_command(app, o, Command::git, "git", "scan repositories, with all of their history");
  git->add_option("REPO", o.paths, "repositories; the one of the working directory where there is none");
  git->add_option("--repos-from", o.repos_from,
                  "a file with a repository a line, or with NUL behind each; - is standard input")
      ->type_name("FILE");
  add_scope_options(*git, o);
  git->add_option("--cache", o.cache, "remember here what was found clean; auto is a folder among the user's caches")
      ->type_name("DIR|auto");
  git->add_flag("--no-delta-scan", o.no_delta_scan, "look at every version as a whole; what is found is the same");
  add_platform_option(*git, o);
  add_target_options(*git, o);
  add_size_option(*git, o);
  add_depth_options(*git, o);
  add_thread_option(*git, o);
  add_judged_options(*git, o);
  git->add_flag("--ignore-gitleaks-allow", o.ignore_allow_tags, "report what gitleaks:allow and its like would allow");
  add_report_options(*git, o);
  add_verify_option(*git, o);
  add_respond_option(*git, o);
  add_talk_options(*git, o);
  add_watching_options(*git, o);
}

void add_stdin(CLI::App& app, Options& o) {
  CLI::App* from =
      add_command(app, o, Command::from_stdin, "stdin", "scan a stream; findings come out as they are seen");
  from->add_option("--label", o.label, "what the stream is called in the report")->type_name("PATH");
  add_target_options(*from, o);
  from->add_flag_function(
      "--ignore-gitleaks-allow", [](std::int64_t) {}, "accepted for gitleaks' sake: tags in a stream never count");
  from->add_option("--max-target-megabytes", o.max_target_megabytes,
                   "accepted for gitleaks' sake: a stream has no size")
      ->type_name("N");
  add_depth_options(*from, o);
  add_judged_options(*from, o);
  add_report_options(*from, o);
  add_verify_option(*from, o);
  add_respond_option(*from, o);
  add_talk_options(*from, o);
  add_watching_options(*from, o);
  add_explain_option(*from, o);
}

}  // namespace staunch
