// Options are spelt as gitleaks spells them where it has them. Each is one line here with its help; groups of them are
// shared by commands. This file includes CLI11, which takes long to compile.
#include "frontends/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <memory>
#include <string_view>

#include "frontends/cli/app_shape.h"
#include "frontends/cli/command_tree.h"
#include "frontends/cli/events_option.h"
#include "frontends/cli/exec_command.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/gitleaks_compat.h"
#include "frontends/git/process.h"
#include "frontends/report/link.h"
#include "frontends/report/report.h"
#include "rules/import.h"
#include "rules/nearest.h"

namespace staunch {
namespace {

std::string words_of(const std::vector<std::string>& words) {
  return fmt::format("{}{}", kWords, fmt::join(words, "|"));
}

template <typename T>
std::string words_of(const std::map<std::string, T>& values) {
  std::vector<std::string> words;
  for (const auto& [word, value] : values) words.push_back(word);
  return words_of(words);
}

CLI::Option* choose(CLI::Option* option, const std::vector<std::string>& words) {
  return option->check(CLI::IsMember(words).description(""), words_of(words));
}

const std::map<std::string, Confidence> kConfidences = {
    {"low", Confidence::low}, {"medium", Confidence::medium}, {"high", Confidence::high}};
const std::map<std::string, LogLevel> kLogLevels = {{"trace", LogLevel::trace}, {"debug", LogLevel::debug},
                                                    {"info", LogLevel::info},   {"warn", LogLevel::warn},
                                                    {"error", LogLevel::error}, {"fatal", LogLevel::fatal}};

void add_config_options(CLI::App& app, Options& o) {
  app.add_option("-c,--config", o.config, "rules to use: a .staunch.toml or .gitleaks.toml")->type_name("FILE");
  app.add_flag("--no-cache", o.no_cache, "compile the rules of a configuration anew");
}

void add_rule_options(CLI::App& app, Options& o) {
  add_config_options(app, o);
  app.add_option("--enable-rule", o.enable_rules, "only these rules, by id")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("ID");
}

void add_size_option(CLI::App& app, Options& o) {
  app.add_option("--max-target-megabytes", o.max_target_megabytes, "leave out larger files; 0 is no limit")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1} << 40))
      ->type_name("N");
}

void add_reading_options(CLI::App& app, Options& o) {
  app.add_option("--exclude", o.excludes, "leave out what a gitignore pattern matches (may be given often)")
      ->allow_extra_args(false)
      ->type_name("GLOB");
  app.add_flag("--respect-gitignore", o.respect_gitignore, "leave out what .gitignore files name");
  app.add_flag("--follow-symlinks", o.follow_symlinks, "read the files that links lead to (never folders)");
  add_size_option(app, o);
}

// For whatever is scanned.
void add_depth_options(CLI::App& app, Options& o) {
  app.add_option("--max-decode-depth", o.max_decode_depth, "encodings seen through inside one another (5); 0 is none")
      ->check(CLI::Range(0u, 32u))
      ->type_name("N");
  app.add_option("--max-archive-depth", o.max_archive_depth, "archives opened inside one another (2); 0 is none")
      ->check(CLI::Range(0u, 32u))
      ->type_name("N");
  app.add_option("--timeout", o.timeout_seconds, "stop after this many seconds and say so; 0 is never")->type_name("N");
}

void add_thread_option(CLI::App& app, Options& o) {
  app.add_option("-j,--threads", o.threads, "0 is one a processor")->check(CLI::Range(0u, 1024u))->type_name("N");
}

void add_judged_options(CLI::App& app, Options& o) {
  app.add_option("-b,--baseline-path", o.baselines, "hold back what this baseline lists (ours or a gitleaks report)")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("--baseline-write", o.baseline_write, "add all findings to this baseline")->type_name("FILE");
  app.add_option("-i,--gitleaks-ignore-path", o.ignore_paths, "a .gitleaksignore file or the folder that it is in")
      ->allow_extra_args(false)
      ->type_name("PATH");
  app.add_option("--min-confidence", o.min_confidence, "low, medium or high: report nothing below")
      ->transform(CLI::CheckedTransformer(kConfidences, CLI::ignore_case).description(""), words_of(kConfidences))
      ->type_name("LEVEL");
}

void add_respond_option(CLI::App& app, Options& o) {
  app.add_option("--respond", o.respond, "do about findings what the [[respond]] entries of this policy say")
      ->type_name("POLICY");
}

void add_verify_option(CLI::App& app, Options& o) {
  CLI::Option* verify = app.add_flag("--verify", o.verify, "ask issuers whether what is found works: sends it there");
  app.add_option("--verify-policy", o.verify_policy, "with --verify: a response policy, for its [network]")
      ->needs(verify)
      ->type_name("POLICY");
  CLI::Option* seal =
      app.add_option("--seal", o.seal, "the report with its secrets, sealed: what verify and revoke need")
          ->type_name("FILE");
  seal->needs(app.add_option("--seal-to", o.seal_to, "with --seal: the public key, 64 hex digits")->type_name("KEY"));
}

void add_report_options(CLI::App& app, Options& o) {
  choose(app.add_option("-f,--report-format", o.report_format, fmt::format("{}", fmt::join(format_names(), ", "))),
         format_names())
      ->type_name("FORMAT");
  app.add_option("-r,--report-path", o.report_path, "where the report goes; - is standard output")->type_name("FILE");
  app.add_option("--redact", o.redact_percent, "hide this much of each secret's tail (--redact=N)")
      ->check(CLI::Range(0, 100))
      ->type_name("PERCENT");
  app.add_flag("--show-secrets", o.show_secrets, "print secrets as they are");
  app.add_option("--exit-code", o.exit_code, "exit code where something was found")
      ->check(CLI::Range(0, 255))
      ->type_name("N");
  app.add_option("--fail-on", o.fail_on, "findings that count, as in severity=high,confidence=high")
      ->type_name("BOUNDS");
  app.add_flag("--strict", o.strict, "what was read in part counts as not read");
}

void add_talk_options(CLI::App& app, Options& o) {
  app.add_option("-l,--log-level", o.log_level, "trace, debug, info, warn, error or fatal")
      ->transform(CLI::CheckedTransformer(kLogLevels, CLI::ignore_case).description(""), words_of(kLogLevels))
      ->type_name("LEVEL");
  app.add_flag("-v,--verbose", o.verbose, "tell more on standard error");
  app.add_flag_function(
      "--no-banner", [](std::int64_t) {}, "accepted for gitleaks' sake: there is no banner");
  app.add_flag("--no-color,--no-colour", o.no_color, "no colours, terminal or not");
}

void add_watching_options(CLI::App& app, Options& o) {
  app.add_flag("--no-progress", o.no_progress, "no progress line, terminal or not");
  app.add_flag("--stats", o.stats, "time and cost of each rule on standard error");
}

void add_explain_option(CLI::App& app, Options& o) {
  app.add_flag("--explain", o.explain, "tell on standard error what was nearly found, and what spoke against it");
}

CLI::App* add_command(CLI::App& app, Options& options, Command command, const char* name, const char* help) {
  CLI::App* added = app.add_subcommand(name, help);
  added->callback([&options, command] { options.command = command; });
  return added;
}

void add_dir(CLI::App& app, Options& o) {
  CLI::App* dir = add_command(app, o, Command::dir, "dir", "scan files and folders");
  dir->alias("directory")->alias("file");
  dir->add_option("PATH", o.paths, "files and folders; the working directory where there is none");
  add_rule_options(*dir, o);
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

void add_platform_option(CLI::App& app, Options& o) {
  choose(app.add_option("--platform", o.platform,
                        fmt::format("whose links reports have: {}; else the remote's host says it",
                                    fmt::join(code_host_names(), ", "))),
         code_host_names())
      ->type_name("NAME");
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
  add_rule_options(*git, o);
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
  add_rule_options(*from, o);
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

void add_filter(CLI::App& app, Options& o) {
  CLI::App* filter =
      add_command(app, o, Command::filter, "filter", "pass standard input on with the secrets in it replaced");
  filter->add_option("--policy", o.policy, "what happens to what is found: a policy file")->type_name("FILE");
  filter->add_flag("--check", o.check_only, "find every mistake in rules and policy, and do nothing else");
  filter->add_flag("--shadow", o.shadow, "change nothing, only tell what would be changed");
  filter->add_flag("--fail-open", o.fail_open, "let pass what could not be scanned");
  add_events_option(*filter, o);
  add_respond_option(*filter, o);
  CLI::Option* ndjson = filter->add_flag("--ndjson", o.ndjson, "lines are JSON: only values are changed");
  CLI::Option* mm =
      filter->add_flag("--rsyslog-mm", o.rsyslog_mm, "answer rsyslog's mmexternal (see staunch help filter)");
  CLI::Option* omprog = filter->add_flag("--omprog", o.omprog, "confirm each message to rsyslog's omprog");
  CLI::Option* output =
      filter->add_option("-o,--output", o.output, "with --omprog: the file that messages go to")->type_name("FILE");
  ndjson->excludes(mm)->excludes(omprog);
  mm->excludes(omprog);
  omprog->needs(output);
  output->needs(omprog);
  add_rule_options(*filter, o);
  add_thread_option(*filter, o);
  add_talk_options(*filter, o);
}

void add_policy(CLI::App& app, Options& o) {
  CLI::App* policy = app.add_subcommand("policy", "policies of filter and serve")->require_subcommand(1);
  CLI::App* import = add_command(*policy, o, Command::policy_import, "import",
                                 "the dlp-filter of a gateway's policy-config.yaml as a policy file");
  import->add_option("FILE", o.paths, "a policy-config.yaml")->required()->expected(1);
}

void add_events(CLI::App& app, Options& o) {
  CLI::App* events = add_command(app, o, Command::events, "events", "what filter and serve decided, read back");
  events->add_option("FILE", o.paths, "files of events; - is standard input")->required();
  events->add_option("--since", o.since, "as 2026-11-21T11:00:00Z, or an age as 15m, 2h, 7d")->type_name("TIME");
  events->add_option("--rule", o.event_rule, "an id; \"github-*\" is all that begin so")->type_name("ID");
  events->add_option("--route", o.event_route, "where a text came through")->type_name("NAME");
  choose(events->add_option("--action", o.event_action, "log, redact or block"), {"log", "redact", "block"})
      ->type_name("ACTION");
}

void add_report(CLI::App& app, Options& o) {
  CLI::App* report =
      add_command(app, o, Command::report, "report", "reports, ours and other scanners', as one in any format");
  report->add_option("FILE", o.paths, "reports: jsonl, SARIF, JSON of gitleaks or trufflehog; - is standard input")
      ->required();
  add_config_options(*report, o);
  add_platform_option(*report, o);
  add_judged_options(*report, o);
  add_report_options(*report, o);
  add_talk_options(*report, o);
}

void add_rules(CLI::App& app, Options& o) {
  CLI::App* rules = app.add_subcommand("rules", "list, show, check, test and import rules")->require_subcommand(1);
  CLI::App* list = add_command(*rules, o, Command::rules_list, "list", "all rules as a table");
  list->add_flag("--markdown", o.markdown, "as a table of Markdown, with proof and source");
  CLI::App* show = add_command(*rules, o, Command::rules_show, "show", "all that is known of rules");
  show->add_option("ID", o.paths, "ids of rules")->required();
  CLI::App* check = add_command(*rules, o, Command::rules_check, "check",
                                "find every mistake in provider files or configurations and measure each rule");
  check->add_option("FILE", o.paths, "provider files or configurations")->required();
  CLI::App* test = add_command(*rules, o, Command::rules_test, "test", "scan each rule's samples and decoys");
  CLI::App* import = add_command(*rules, o, Command::rules_import, "import",
                                 "rules of another scanner as a configuration, or its baseline as an ignore file");
  import->add_option("FILE", o.paths, "a rule file or baseline")->required()->expected(1);
  choose(import->add_option("--from", o.from,
                            fmt::format("{}; else told by its content", fmt::join(rule_format_names(), ", "))),
         rule_format_names())
      ->type_name("SCANNER");
  for (CLI::App* command : {list, show, test}) add_rule_options(*command, o);
}

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

// Words that staunch-respond answers, as `staunch --help` lists them.
constexpr std::pair<const char*, const char*> kResponse[] = {
    {"verify", "ask issuers which secrets are still good"},
    {"revoke", "kill secrets that are good: a plan first, and --live does it"},
    {"rotate", "a new key in every place, then the old one dead"},
    {"incident", "what happened, what was done, and the proof of it"},
    {"secrets", "credentials of your own, kept in stores"},
    {"respond", "do about a report's findings what a policy says"},
};

std::unique_ptr<CLI::App> make_app(Options& o) {
  auto app = std::make_unique<CLI::App>("staunch finds leaked credentials and stops the leak.", "staunch");
  app->require_subcommand(1);
  app->set_help_all_flag("--help-all", "help for all commands");
  choose(app->add_option("--compat", o.compat,
                         "gitleaks: take its command line (detect, protect, git, dir, stdin) as it does"),
         {"gitleaks"})
      ->type_name("PROGRAM");
  add_dir(*app, o);
  add_git(*app, o);
  add_stdin(*app, o);
  add_filter(*app, o);
  add_events(*app, o);
  add_policy(*app, o);
  app->add_subcommand("serve", "scan and redact the bodies of requests, over HTTP");  // staunch-serve
  add_hook(*app, o);
  add_report(*app, o);
  add_rules(*app, o);
  for (const auto& [word, help] : kResponse) app->add_subcommand(word, help);
  CLI::App* completion = add_command(*app, o, Command::completion, "completion", "a completion script for a shell");
  completion->add_option("SHELL", o.paths, "bash, zsh or fish")->required()->expected(1);
  CLI::App* help = add_command(*app, o, Command::help, "help", "what this program is about, by topic");
  help->add_option("TOPIC", o.paths, "without one: the list of them")->expected(0, 1);
  add_command(*app, o, Command::manual, "manual", "the manual page, as roff")->group("");  // for packages
  add_command(*app, o, Command::version, "version", "the program's version");
  return app;
}

// A bare --redact is gitleaks' spelling of --redact=100; a word behind it is a target, never its value.
std::vector<std::string> spelled_out(int argc, char** argv) {
  std::vector<std::string> words;
  bool options = true;
  for (int i = 1; i < argc; ++i) {
    words.emplace_back(argv[i]);
    if (words.back() == "--") options = false;
    if (options && words.back() == "--redact") words.back() = "--redact=100";
  }
  return words;
}

bool knows_command(const CLI::App& app, const std::string& word) {
  return !app.get_subcommands([&](const CLI::App* command) { return command->check_name(word); }).empty();
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); }))
    names.push_back(command->get_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = nearest(word, views);
  const std::string hint = near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
  return fmt::format("there is no command \"{}\"{}; the commands are {}", word, hint, fmt::join(names, ", "));
}

int wrong_usage(const std::string& message) {
  fmt::print(stderr, "staunch: {}\nstaunch --help tells more.\n", message);
  return kExitUsage;
}

}  // namespace

Arguments read_arguments(int argc, char** argv) {
  Arguments arguments;
  auto app = make_app(arguments.options);
  std::vector<std::string> words = spelled_out(argc, argv);
  arguments.options.gitleaks = asks_for_gitleaks(argc > 0 ? argv[0] : nullptr, words);
  if (arguments.options.gitleaks) {
    Translation translation = translate_gitleaks(words);
    if (!translation.message.empty()) fmt::print(stderr, "staunch: {}\n", translation.message);
    arguments.exit = translation.exit;
    if (arguments.exit) return arguments;
    words = std::move(translation.words);
  }
  if (words.empty()) {
    fmt::print(stderr, "{}", app->help());
    arguments.exit = kExitUsage;
    return arguments;
  }
  if (words[0] == "--version") words[0] = "version";
  if (words[0][0] != '-' && !knows_command(*app, words[0])) {
    arguments.exit = exit_code_for(arguments.options, wrong_usage(unknown_command(*app, words[0])));
    return arguments;
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app->parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      arguments.exit = app->exit(error) == 0 && std::fflush(stdout) == 0 ? kExitClean : kExitIncomplete;
    } else {
      arguments.exit = exit_code_for(arguments.options, wrong_usage(error.what()));
    }
  }
  if (arguments.options.gitleaks) behave_as_gitleaks(arguments.options);
  return arguments;
}

namespace {

// A word that another program answers, as that program says it.
void ask_for(CommandShape& command) {
  const std::string program = program_path(program_of(command.name));
  if (program.empty()) return;
  const auto told =
      run_program({program, {"staunch", std::string(kShapeWord)}, {"LC_ALL=C"}, "", std::chrono::seconds(10)});
  if (!told || told->status != 0) return;
  CommandShape shape = read_shape(told->out);
  for (CommandShape& each : shape.commands)
    if (each.name == command.name) return void(command = std::move(each));
  if (shape.name == command.name) command = std::move(shape);
}

}  // namespace

CommandShape command_tree() {
  Options unused;
  CommandShape tree = shape_of(*make_app(unused));
  for (CommandShape& command : tree.commands)
    if (program_of(command.name) != nullptr) ask_for(command);
  return tree;
}

}  // namespace staunch
