// staunch rules list and show: the catalogue for people.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "frontends/cli/commands.h"
#include "frontends/cli/configuration.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/rule_text.h"
#include "frontends/cli/scanning.h"
#include "frontends/report/terminal.h"
#include "frontends/report/words.h"

namespace staunch {
namespace {

// A cell of a table of Markdown: nothing in it ends the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : visible(text)) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_table(const std::vector<Rule>& rules) {
  std::string table =
      "| id | provider | what it is | severity | confidence | proof | source |\n|---|---|---|---|---|---|---|\n";
  for (const Rule& rule : rules)
    table += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", rule.id, rule.provider, cell(rule.description),
                         word_of(rule.severity), rule.scored ? "scored" : word_of(rule.confidence), word_of(rule.proof),
                         rule.source.empty() ? "" : fmt::format("<{}>", rule.source));
  return table;
}

}  // namespace

int run_rules_list(const Options& options) {
  const Messages messages(options);
  const auto loaded = load_rules(options, {}, messages);
  if (!loaded) return refused(loaded.error(), messages);
  const auto& rules = loaded->database->catalogue().rules;
  if (options.markdown) return print_answer(markdown_table(rules), kExitClean, messages);
  std::size_t id = 2, provider = 8;
  for (const Rule& rule : rules) {
    id = std::max(id, rule.id.size());
    provider = std::max(provider, rule.provider.size());
  }
  const auto row = [&](auto a, auto b, auto c, auto d, auto e) {
    return fmt::format("{:<{}}  {:<{}}  {:<8}  {:<10}  {}\n", a, id, b, provider, c, d, e);
  };
  std::string table = row("id", "provider", "severity", "confidence", std::string("description"));
  for (const Rule& rule : rules)
    table += row(rule.id, rule.provider, word_of(rule.severity), word_of(rule.confidence), visible(rule.description));
  return print_answer(table, kExitClean, messages);
}

int run_rules_show(const Options& options) {
  const Messages messages(options);
  const auto loaded = load_rules(options, {}, messages);
  if (!loaded) return refused(loaded.error(), messages);
  std::string text;
  for (const std::string& id : options.paths) {
    const auto& rules = loaded->database->catalogue().rules;
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& candidate) {
      return candidate.id == id || std::count(candidate.aliases.begin(), candidate.aliases.end(), id) != 0;
    });
    if (rule == rules.end()) {
      messages.error(unknown_rule(loaded->database->catalogue(), id));
      return kExitUsage;
    }
    text += rule_text(*rule);
  }
  return print_answer(std::string_view(text).substr(1), kExitClean, messages);  // without the first empty line
}

}  // namespace staunch
