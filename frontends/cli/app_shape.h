// A command line that CLI11 reads, as the plain data of command_tree.h. For the three programs' main files alone: CLI11
// takes long to compile.
#pragma once

#include <CLI/CLI.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "frontends/cli/command_tree.h"

namespace staunch {

// A check that allows these words only is called by them, for completions.
inline constexpr const char* kWords = "words:";

// The words that an option's value may be: the name of its check (kWords), or its type where it says "{one,other}".
inline std::vector<std::string> choices_of(CLI::Option& option) {
  const std::string prefix = kWords, type = option.get_type_name();
  std::vector<std::string> words;
  if (const std::size_t open = type.find('{'); open != std::string::npos) {
    std::stringstream rest(type.substr(open + 1, type.find('}') - open - 1));
    for (std::string word; std::getline(rest, word, ',');) words.push_back(word);
  }
  try {
    for (int i = 0;; ++i) {  // until there is none
      const std::string& name = option.get_validator(i)->get_name();
      if (name.compare(0, prefix.size(), prefix) != 0) continue;
      std::stringstream rest(name.substr(prefix.size()));
      for (std::string word; std::getline(rest, word, '|');) words.push_back(word);
    }
  } catch (const CLI::OptionNotFound&) {
  }
  return words;
}

inline OptionShape shape_of(CLI::Option& option) {
  OptionShape shape;
  for (const std::string& name : option.get_snames()) shape.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) shape.names.push_back("--" + name);
  shape.help = option.get_description();
  shape.choices = choices_of(option);
  shape.repeats = option.get_expected_max() > 1;
  shape.required = option.get_required();
  if (option.get_positional()) shape.value = option.get_name(true);
  else if (option.get_type_size_max() != 0)
    shape.value = option.get_type_name().substr(0, option.get_type_name().find(':'));
  return shape;
}

inline CommandShape shape_of(CLI::App& app) {
  CommandShape shape;
  shape.name = app.get_name();
  shape.help = app.get_description();
  const bool top = app.get_parent() == nullptr;  // its commands have its --help-all
  for (CLI::Option* option : app.get_options(
           [&](CLI::Option* each) { return !each->get_group().empty() && (top || each != app.get_help_all_ptr()); })) {
    OptionShape said = shape_of(*option);
    if (!said.names.empty()) shape.options.push_back(said);
    said.names.clear();
    if (option->get_positional()) shape.targets.push_back(std::move(said));
  }
  for (CLI::App* command : app.get_subcommands([](CLI::App* each) { return !each->get_group().empty(); }))
    shape.commands.push_back(shape_of(*command));
  return shape;
}

}  // namespace staunch
