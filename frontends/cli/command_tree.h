// What the command line can say, as plain data: for completions and the manual page, made from the same table as
// --help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace staunch {

struct OptionShape {
  std::vector<std::string> names;  // as typed: "-f", "--report-format"
  std::string help;
  std::string value;                 // what it takes, as "FILE"; empty for a flag
  std::vector<std::string> choices;  // the words that the value may be, where they are few
  bool repeats = false;
  bool required = false;  // of targets
};

struct CommandShape {
  std::string name, help;
  std::vector<OptionShape> options;
  std::vector<OptionShape> targets;  // its positional arguments, without names
  std::vector<CommandShape> commands;
};

// The program itself, and the programs beside it, which are asked for theirs; hidden commands are left out
// (arguments.cc).
CommandShape command_tree();

// What a program beside the core answers to kShapeWord as its only argument, and what the core reads of it: a line a
// command, option or target, its fields between tabs; a command's depth stands first. Lines that cannot be read are
// passed over: a completion that lacks a word is no error.
inline constexpr std::string_view kShapeWord = "--command-shape";
std::string shape_text(const CommandShape& shape);
CommandShape read_shape(std::string_view text);

// Whether a value is the name of a file or folder, and whether a folder only.
bool takes_path(const OptionShape& option);

// A completion script for a shell ("bash", "zsh", "fish"); empty for another one.
std::string completion_script(const std::string& shell);

// staunch(1) in the roff of man(7).
std::string manual_page(const std::string& version);

}  // namespace staunch
