// staunch help: the README's sections, from inside the program, so that what it says is what this version does.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"

// README.md, put into the program by readme_bytes.S.
extern "C" const char staunch_readme_begin[];
extern "C" const char staunch_readme_end[];

namespace staunch {
namespace {

struct Topic {
  std::string_view name;  // what is asked for
  std::string_view heading;  // of the section; "staunch" is what stands before the first one
};

constexpr Topic kTopics[] = {
    {"start", "staunch"},
    {"exit-codes", "staunch"},
    {"rooms", "How the rooms lie"},
    {"speed", "How it is fast and stays exact"},
    {"decoding", "What is seen through"},
    {"git", "Git"},
    {"catalogue", "What it knows"},
    {"filter", "In a pipe"},
    {"serve", "Beside an AI gateway"},
    {"hooks", "In git and CI"},
    {"respond", "When something leaked"},
    {"reports", "Reports"},
    {"install", "Installed, and from C"},
    {"gitleaks", "For users of gitleaks"},
};

std::string_view readme() {
  return {staunch_readme_begin, static_cast<std::size_t>(staunch_readme_end - staunch_readme_begin)};
}

// The section under a heading, to the next one of its rank; empty where there is none.
std::string_view section(std::string_view heading) {
  const std::string line = (heading == "staunch" ? "# " : "\n## ") + std::string(heading) + "\n";
  const std::size_t at = readme().find(line);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = readme().substr(at == 0 ? 0 : at + 1);
  return rest.substr(0, rest.find("\n## ", 1));
}

std::string list_of_topics() {
  std::string out = "staunch help TOPIC, of\n";
  for (const Topic& topic : kTopics) out += fmt::format("  {:<12} {}\n", topic.name, topic.heading);
  return out + "staunch COMMAND --help has the options of a command.\n";
}

}  // namespace

int run_help(const Options& options) {
  const Messages messages(options);
  if (options.paths.empty()) return print_answer(list_of_topics(), kExitClean, messages);
  const std::string& asked = options.paths.front();
  const auto topic =
      std::find_if(std::begin(kTopics), std::end(kTopics), [&](const Topic& each) { return each.name == asked; });
  if (topic != std::end(kTopics))
    return print_answer(std::string(section(topic->heading)) + "\n", kExitClean, messages);
  messages.error(fmt::format("there is no topic \"{}\"; staunch help lists them", asked));
  return kExitUsage;
}

}  // namespace staunch
