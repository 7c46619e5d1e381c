// A command's shape as text, from one program to another: DEPTH c NAME HELP, DEPTH o NAMES VALUE CHOICES REPEATS HELP,
// DEPTH t VALUE CHOICES REPEATS REQUIRED HELP; fields end with tabs, words of a list with commas.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "frontends/cli/command_tree.h"

namespace staunch {
namespace {

constexpr std::size_t kDeepest = 8;

void add(const CommandShape& shape, std::size_t depth, std::string& out) {
  out += fmt::format("{}\tc\t{}\t{}\n", depth, shape.name, shape.help);
  for (const OptionShape& option : shape.options)
    out += fmt::format("{}\to\t{}\t{}\t{}\t{}\t{}\n", depth, fmt::join(option.names, ","), option.value,
                       fmt::join(option.choices, ","), option.repeats ? 1 : 0, option.help);
  for (const OptionShape& target : shape.targets)
    out += fmt::format("{}\tt\t{}\t{}\t{}\t{}\t{}\n", depth, target.value, fmt::join(target.choices, ","),
                       target.repeats ? 1 : 0, target.required ? 1 : 0, target.help);
  for (const CommandShape& command : shape.commands) add(command, depth + 1, out);
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return parts;
}

// Where a line of this depth belongs: the command that was read last, or one that it stands in.
CommandShape* at_depth(CommandShape& root, std::size_t depth) {
  CommandShape* at = &root;
  for (; depth > 0; --depth) {
    if (at->commands.empty()) return nullptr;
    at = &at->commands.back();
  }
  return at;
}

}  // namespace

std::string shape_text(const CommandShape& shape) {
  std::string out;
  add(shape, 0, out);
  return out;
}

CommandShape read_shape(std::string_view text) {
  CommandShape root;
  for (const std::string& line : split(text, '\n')) {
    std::vector<std::string> fields = split(line, '\t');
    std::size_t depth = 0;
    if (fields.size() < 3 ||
        std::from_chars(fields[0].data(), fields[0].data() + fields[0].size(), depth).ec != std::errc() ||
        depth > kDeepest)
      continue;
    fields.resize(7);  // before anything refers to one
    const std::string& kind = fields[1];
    if (kind == "c" && depth > 0) {
      if (CommandShape* above = at_depth(root, depth - 1)) above->commands.emplace_back();
    }
    CommandShape* here = at_depth(root, depth);
    if (here == nullptr) continue;
    if (kind == "c") here->name = fields[2], here->help = fields[3];
    if (kind == "o")
      here->options.push_back({split(fields[2], ','), fields[6], fields[3], split(fields[4], ','), fields[5] == "1"});
    if (kind == "t")
      here->targets.push_back({{}, fields[6], fields[2], split(fields[3], ','), fields[4] == "1", fields[5] == "1"});
  }
  return root;
}

}  // namespace staunch
