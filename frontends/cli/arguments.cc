// Options are spelt as gitleaks spells them where it has them. Each is one line with its help where its command is
// (scan_arguments.cc and the like); those of several commands are in option_groups.cc.
#include "frontends/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string_view>

#include "frontends/cli/app_shape.h"
#include "frontends/cli/command_arguments.h"
#include "frontends/cli/command_tree.h"
#include "frontends/cli/exec_command.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/gitleaks_compat.h"
#include "frontends/cli/option_groups.h"
#include "frontends/cli/usage.h"
#include "frontends/git/process.h"
#include "rules/nearest.h"

namespace staunch {
namespace {

// Words that staunch-respond answers, as `staunch --help` lists them.
constexpr std::pair<const char*, const char*> kResponse[] = {
    {"verify", "ask issuers which secrets are still good"},
    {"revoke", "kill secrets that are good: a plan first, and --live does it"},
    {"rotate", "put a new key in every place, then kill the old one"},
    {"incident", "what happened, what was done, and the proof of it"},
    {"secrets", "credentials of your own, kept in stores"},
    {"respond", "act on a report's findings as a policy says"},
};

std::unique_ptr<CLI::App> make_app(Options& o) {
  auto app = std::make_unique<CLI::App>("staunch finds leaked credentials and stops the leak.", "staunch");
  app->formatter(plain_help());  // the commands' too
  app->footer("Begin with `staunch dir .` or `staunch git .`; `staunch help` lists pages to read.");
  app->require_subcommand(1);
  app->set_help_all_flag("--help-all", "help for all commands");
  choose(app->add_option("--compat", o.compat, "gitleaks: take its command line as it does"), {"gitleaks"})
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
    fmt::print(stderr, "staunch: {}\nstaunch --help tells more.\n", unknown_command(*app, words[0]));
    arguments.exit = exit_code_for(arguments.options, kExitUsage);
    return arguments;
  }
  std::reverse(words.begin(), words.end());  // as CLI11 takes them
  try {
    app->parse(words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      arguments.exit = app->exit(error) == 0 && std::fflush(stdout) == 0 ? kExitClean : kExitIncomplete;
    } else {
      fmt::print(stderr, "{}", usage_mistake(*app, error));
      arguments.exit = exit_code_for(arguments.options, kExitUsage);
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
