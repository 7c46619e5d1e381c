#include "frontends/cli/usage.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "frontends/report/terminal.h"
#include "rules/nearest.h"

namespace staunch {
namespace {

class PlainHelp : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0) return {};
    std::string type = option->get_type_name();  // "N:UINT in [0 - 9]" where there are bounds
    if (const std::size_t bounds = type.find(" in ["); bounds != type.npos) type.erase(type.rfind(':', bounds));
    const bool many = option->get_positional() && option->get_expected_max() > 1;
    return fmt::format("{}{}{}", type.empty() || option->get_positional() ? "" : " ",
                       option->get_positional() ? "" : type, many ? " ..." : "");
  }
};

// The command that the words led to.
const CLI::App& command_of(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().back();
  return *at;
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

std::string meant(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view near = nearest(word, views);
  return near.empty() ? "" : fmt::format(" (did you mean {}?)", near);
}

std::string unknown_option(const CLI::App& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& each : option->get_lnames()) names.push_back("--" + each);
  return fmt::format("there is no option {}{}", visible(name), meant(name, names));
}

std::string unexpected(const CLI::App& command, const std::string& word) {
  if (word.size() > 1 && word[0] == '-') return unknown_option(command, word);
  const std::string name = command.get_name();
  if (name == "filter" || name == "stdin")
    return fmt::format("{} reads standard input: {} < {}", name, full_name(command), visible(word));
  return fmt::format("{} was not expected", visible(word));
}

// The words of a command that is the head of others.
std::string missing_command(const CLI::App& command, const std::vector<std::string>& names) {
  const std::vector<std::string> words = command.remaining();
  if (words.empty() || words.front()[0] == '-')
    return fmt::format("{} needs one of the commands {}", command.get_name(), fmt::join(names, ", "));
  return fmt::format("there is no command {} {}{}; the commands are {}", command.get_name(), visible(words.front()),
                     meant(words.front(), names), fmt::join(names, ", "));
}

}  // namespace

std::string usage_mistake(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = command_of(app);
  std::string what = error.what();
  const std::vector<std::string> words = command.remaining();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !words.empty())
    what = unexpected(command, words.front());
  std::vector<std::string> below;
  for (const CLI::App* each : command.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); }))
    below.push_back(each->get_name());
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !below.empty())
    what = missing_command(command, below);
  return fmt::format("staunch: {}\n{} --help tells more.\n", what, full_name(command));
}

std::shared_ptr<CLI::FormatterBase> plain_help() { return std::make_shared<PlainHelp>(); }

}  // namespace staunch
