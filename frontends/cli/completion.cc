// Completion scripts, written from the tree of commands. Each shell gets its own words: bash the names, zsh and fish
// the help as well. Where an option takes a file, files are offered; where it takes one of a few words, these.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "frontends/cli/command_tree.h"

namespace staunch {
namespace {

std::string replaced(std::string_view text, std::string_view characters, std::string_view before) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != characters.npos) out += before;
    out += c;
  }
  return out;
}

// In single quotes for any of the shells.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string names_of(const std::vector<CommandShape>& commands) {
  std::string words;
  for (const CommandShape& command : commands) words += (words.empty() ? "" : " ") + command.name;
  return words;
}

// ---- bash ----

// Cases over "command:the option before", for the values of options; and over "command", for what else may stand there.
struct BashCases {
  std::string values, words;
};

void add_bash(const CommandShape& command, const std::string& path, BashCases& cases) {
  std::string options;
  for (const OptionShape& option : command.options) {
    for (const std::string& name : option.names)
      if (name.substr(0, 2) == "--") options += " " + name;
    if (option.value.empty()) continue;
    std::string patterns;
    for (const std::string& name : option.names) patterns += (patterns.empty() ? "" : "|") + path + ":" + name;
    const std::string what = !option.choices.empty()
                                 ? fmt::format("words={}", quoted(fmt::format("{}", fmt::join(option.choices, " "))))
                             : takes_path(option) ? "words= files=yes"
                                                  : "words=";
    cases.values += fmt::format("    {}) {} ;;\n", patterns, what);
  }
  const bool files = std::any_of(command.targets.begin(), command.targets.end(), takes_path);
  std::string others = names_of(command.commands);
  for (const OptionShape& target : command.targets) others += fmt::format(" {}", fmt::join(target.choices, " "));
  cases.words +=
      fmt::format("    {}) options='{}' others='{}'{} ;;\n", path, options, others, files ? " files=yes" : "");
  for (const CommandShape& each : command.commands) add_bash(each, path + "/" + each.name, cases);
}

std::string bash(const CommandShape& tree) {
  BashCases cases;
  add_bash(tree, "staunch", cases);
  std::string commands;  // of all depths, so that the path can be told from targets
  for (const CommandShape& command : tree.commands) {
    commands += "|staunch/" + command.name;
    for (const CommandShape& sub : command.commands) commands += fmt::format("|staunch/{}/{}", command.name, sub.name);
  }
  return fmt::format(R"(# bash completion for staunch: source it, or put it into a bash-completion folder as "staunch".
_staunch() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} path=staunch at word
  local words options others files=
  # bash cuts --option=value into three words.
  if [[ $cur == = ]]; then cur=; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=${{COMP_WORDS[at]}}
    case $path/$word in {}) path=$path/$word ;; esac
  done
  COMPREPLY=()
  words=none
  case $path:$before in
{}  esac
  if [[ $words == none ]]; then
    case $path in
{}    esac
    words=$others
    if [[ $cur == -* ]]; then words=$options files=; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    local IFS=$'\n'
    COMPREPLY+=($(compgen -f -- "$cur"))
  fi
}}
complete -F _staunch staunch
)",
                     commands.substr(1), cases.values, cases.words);
}

// ---- zsh ----

// Inside an _arguments spec: brackets and colons mean something.
std::string spec_text(std::string_view text) { return replaced(text, "[]:\\", "\\"); }

std::string zsh_value(const OptionShape& option) {
  if (!option.choices.empty()) return fmt::format(":{}:({})", spec_text(option.value), fmt::join(option.choices, " "));
  return fmt::format(":{}:{}", spec_text(option.value), takes_path(option) ? "_files" : " ");
}

std::string zsh_specs(const CommandShape& command) {
  std::string specs;
  for (const OptionShape& option : command.options) {
    const std::string value = option.value.empty() ? "" : zsh_value(option);
    const std::string others = option.repeats ? "*" : fmt::format("({})", fmt::join(option.names, " "));
    for (const std::string& name : option.names) {
      const std::string joint = option.value.empty() ? "" : name.substr(0, 2) == "--" ? "=" : "+";
      specs += fmt::format(" \\\n        {}",
                           quoted(fmt::format("{}{}{}[{}]{}", others, name, joint, spec_text(option.help), value)));
    }
  }
  for (const OptionShape& target : command.targets)
    specs += fmt::format(" \\\n        {}", quoted("*" + zsh_value(target)));
  return specs;
}

// A function a command; one that has commands of its own hands on to theirs.
std::string zsh_function(const CommandShape& command, const std::string& name) {
  std::string out;
  for (const CommandShape& each : command.commands) out += zsh_function(each, name + "_" + each.name);
  out += fmt::format("{}() {{\n", name);
  if (command.commands.empty()) return out + fmt::format("  _arguments -s -S{}\n}}\n", zsh_specs(command));
  std::string described, cases;
  for (const CommandShape& each : command.commands) {
    described += " " + quoted(replaced(each.name, ":", "\\") + ":" + each.help);
    cases += fmt::format("        {}) {}_{} ;;\n", each.name, name, each.name);
  }
  return out + fmt::format(R"(  local context state state_descr line
  typeset -A opt_args
  _arguments -s -S -C{} \
        '1: :->command' '*:: :->rest'
  case $state in
    command) local -a commands=({}); _describe command commands ;;
    rest)
      case $line[1] in
{}      esac ;;
  esac
}}
)",
                           zsh_specs(command), described, cases);
}

std::string zsh(const CommandShape& tree) {
  return "#compdef staunch\n# zsh completion for staunch: put it into a folder of $fpath as \"_staunch\", or source it "
         "after compinit.\n" +
         zsh_function(tree, "_staunch") +
         "if [[ ${funcstack[1]} == _staunch ]]; then _staunch \"$@\"; else compdef _staunch staunch; fi\n";
}

// ---- fish ----

void add_fish(const CommandShape& command, const std::string& when, std::string& out) {
  const std::string begin = "complete -c staunch -n " + quoted(when);
  const bool files = std::any_of(command.targets.begin(), command.targets.end(), takes_path);
  if (!files) out += begin + " -f\n";
  for (const CommandShape& each : command.commands)
    out += fmt::format("{} -f -a {} -d {}\n", begin, each.name, quoted(each.help));
  for (const OptionShape& option : command.options) {
    out += begin;
    for (const std::string& name : option.names)
      out += name.substr(0, 2) == "--" ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (!option.value.empty()) out += takes_path(option) ? " -r -F" : " -x";
    if (!option.choices.empty()) out += " -a " + quoted(fmt::format("{}", fmt::join(option.choices, " ")));
    out += " -d " + quoted(option.help) + "\n";
  }
  for (const OptionShape& target : command.targets)
    if (!target.choices.empty())
      out += fmt::format("{} -a {}\n", begin, quoted(fmt::format("{}", fmt::join(target.choices, " "))));
}

std::string fish(const CommandShape& tree) {
  std::string out = "# fish completion for staunch: put it into ~/.config/fish/completions as \"staunch.fish\".\n";
  add_fish(tree, "__fish_use_subcommand", out);
  for (const CommandShape& command : tree.commands) {
    const std::string here = "__fish_seen_subcommand_from " + command.name;
    const std::string subs = names_of(command.commands);
    add_fish(command, subs.empty() ? here : here + "; and not __fish_seen_subcommand_from " + subs, out);
    for (const CommandShape& sub : command.commands)
      add_fish(sub, here + "; and __fish_seen_subcommand_from " + sub.name, out);
  }
  return out;
}

}  // namespace

bool takes_path(const OptionShape& option) {
  static constexpr std::string_view kPaths[] = {"FILE", "PATH", "REPO", "DIR|auto", "WHERE", "REPORT", "PEM", "PLAN"};
  return std::find(std::begin(kPaths), std::end(kPaths), option.value) != std::end(kPaths);
}

std::string completion_script(const std::string& shell) {
  if (shell == "bash") return bash(command_tree());
  if (shell == "zsh") return zsh(command_tree());
  if (shell == "fish") return fish(command_tree());
  return {};
}

}  // namespace staunch
