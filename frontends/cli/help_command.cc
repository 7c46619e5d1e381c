// staunch help: the documentation's pages from inside the program, so that what they say is what this version does.
//
// A topic is a page of docs/, by its file's name; README.md and SECURITY.md are topics too. The pages lie one behind
// the other in the program (page_bytes.S, made by CMake), so a new page needs no line here.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "rules/nearest.h"

extern "C" const char staunch_pages_begin[];
extern "C" const char staunch_pages_end[];

namespace staunch {
namespace {

struct Topic {
  std::string_view name;
  std::string_view page;
};

// Commands whose page is called otherwise.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"start", "readme"},    {"hook", "hooks"},       {"ci", "hooks"},          {"events", "filter"},
    {"policy", "filter"},   {"verify", "respond"},   {"revoke", "respond"},    {"rotate", "respond"},
    {"secrets", "respond"}, {"incident", "respond"}, {"completion", "install"}};

std::vector<Topic> topics() {
  std::vector<Topic> all;
  std::string_view rest(staunch_pages_begin, static_cast<std::size_t>(staunch_pages_end - staunch_pages_begin));
  while (!rest.empty()) {  // "\fNAME\nPAGE"
    const std::string_view one = rest.substr(1, rest.substr(1).find('\f'));
    rest.remove_prefix(1 + one.size());
    const std::size_t line = one.find('\n');
    all.push_back({one.substr(0, line), one.substr(line + 1)});
  }
  return all;
}

// "# dir: files and folders" is about files and folders.
std::string_view about(const Topic& topic) {
  std::string_view title = topic.page.substr(2, topic.page.find('\n') - 2);
  if (const std::size_t colon = title.find(": "); colon != title.npos) title.remove_prefix(colon + 2);
  return title;
}

std::string list_of_topics(const std::vector<Topic>& all) {
  std::string out = "staunch help TOPIC, of\n";
  for (const Topic& topic : all) out += fmt::format("  {:<14} {}\n", topic.name, about(topic));
  return out + "staunch COMMAND --help has the options of a command.\n";
}

std::string unknown_topic(const std::vector<Topic>& all, std::string_view asked) {
  std::vector<std::string_view> names;
  for (const Topic& topic : all) names.push_back(topic.name);
  const std::string_view near = nearest(asked, names);
  const std::string hint = near.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", near);
  return fmt::format("there is no topic \"{}\"{}; staunch help lists them", asked, hint);
}

}  // namespace

int run_help(const Options& options) {
  const Messages messages(options);
  const std::vector<Topic> all = topics();
  if (options.paths.empty()) return print_answer(list_of_topics(all), kExitClean, messages);
  std::string_view asked = options.paths.front();
  for (const auto& [other, name] : kOtherNames)
    if (asked == other) asked = name;
  const auto topic = std::find_if(all.begin(), all.end(), [&](const Topic& each) { return each.name == asked; });
  if (topic != all.end()) return print_answer(std::string(topic->page), kExitClean, messages);
  messages.error(unknown_topic(all, asked));
  return kExitUsage;
}

}  // namespace staunch
