#include <fmt/format.h>

#include "frontends/cli/command_tree.h"
#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"

namespace staunch {

int run_version(const Options& options) {
  return print_answer("staunch " STAUNCH_VERSION "\n", kExitClean, Messages(options));
}

int run_completion(const Options& options) {
  const Messages messages(options);
  const std::string script = completion_script(options.paths.at(0));
  if (!script.empty()) return print_answer(script, kExitClean, messages);
  messages.error(fmt::format("there is no completion for \"{}\"; the shells are bash, zsh and fish", options.paths[0]));
  return kExitUsage;
}

int run_manual(const Options& options) {
  return print_answer(manual_page(STAUNCH_VERSION), kExitClean, Messages(options));
}

}  // namespace staunch
