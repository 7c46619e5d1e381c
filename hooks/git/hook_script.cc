#include "hooks/git/hook_script.h"

#include <fmt/format.h>

namespace staunch {
namespace {

constexpr std::string_view kFirstLines =
    "#!/bin/sh\n# staunch hook: made by `staunch hook install`; `staunch hook uninstall` puts back what was here.\n";

std::string quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Whether git says on standard input what it is about.
bool has_input(std::string_view hook) {
  for (const std::string_view name :
       {"pre-push", "pre-receive", "post-receive", "post-rewrite", "reference-transaction"})
    if (hook == name) return true;
  return false;
}

// What finds the program; `staunch` is set behind it.
std::string find_program_lines(const HookCall& call) {
  return fmt::format(
      "staunch={}\n"
      "[ -x \"$staunch\" ] || staunch=$(command -v staunch) || {{\n"
      "  echo \"$0: staunch is not there any more; install it again, or remove this hook\" >&2\n"
      "  exit 1\n"
      "}}\n",
      quoted(call.program));
}

std::string our_call(const std::string& hook, const HookCall& call) {
  // A merge that git makes alone runs this hook in place of pre-commit; what it brings is looked at alike.
  std::string words = "\"$staunch\" hook " + (hook == "pre-merge-commit" ? "pre-commit" : hook);
  for (const std::string& argument : call.arguments) words += " " + quoted(argument);
  return words + " -- \"$@\"";
}

// Runs $first, if it is there, and then `second`; both get the same input.
std::string in_turn(const std::string& hook, const std::string& second) {
  if (!has_input(hook)) return fmt::format("[ ! -x \"$first\" ] || \"$first\" \"$@\" || exit\nexec {}\n", second);
  return fmt::format(
      "[ -x \"$first\" ] || exec {}\n"
      "input=$(cat && echo .) || exit\n"
      "input=${{input%.}}\n"
      "printf %s \"$input\" | \"$first\" \"$@\" || exit\n"
      "printf %s \"$input\" | {}\n",
      second, second);
}

}  // namespace

std::string hook_script(const std::string& hook, const HookCall& call) {
  return std::string(kFirstLines) + "first=$0" + kBefore + "\n" + find_program_lines(call) +
         in_turn(hook, our_call(hook, call));
}

std::string global_hook_script(const std::string& hook, const HookCall* call) {
  std::string script(kFirstLines);
  script +=
      "first=${GIT_DIR:-.git}\n"
      "if [ ! -d \"$first\" ] || [ -e \"$first/commondir\" ]; then\n"
      "  first=$(git rev-parse --git-common-dir) || exit\nfi\n"
      "first=$first/hooks/" +
      hook + "\n";
  if (call == nullptr) return script + "[ ! -x \"$first\" ] || exec \"$first\" \"$@\"\n";
  return script + find_program_lines(*call) + in_turn(hook, our_call(hook, *call));
}

bool is_hook_script(std::string_view text) {
  const std::size_t end = kFirstLines.find(':', kFirstLines.find('\n'));
  return text.starts_with(kFirstLines.substr(0, end));
}

}  // namespace staunch
