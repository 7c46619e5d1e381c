// Which commits `git log` would walk for a user's arguments, asked of `git rev-list`.
//
// What git's options can do grows with each version (write files, run programs, change what is printed), so an option
// is passed on only where it stands in the table here, and in the form "--name=value", in which a value is never taken
// for an option.
#include <algorithm>
#include <optional>
#include <utility>

#include "frontends/git/view.h"

namespace staunch {
namespace {

enum class Takes { nothing, value, maybe };  // maybe: only behind '='
enum class Use { passed, dropped };          // dropped: says how changes are shown

struct Option {
  std::string_view name;
  Takes takes = Takes::nothing;
  Use use = Use::passed;
};

// clang-format off
constexpr Option kOptions[] = {
    {"--all"}, {"--branches", Takes::maybe}, {"--tags", Takes::maybe}, {"--remotes", Takes::maybe},
    {"--glob", Takes::value}, {"--exclude", Takes::value}, {"--not"}, {"--reflog"},
    {"--since", Takes::value}, {"--after", Takes::value}, {"--until", Takes::value}, {"--before", Takes::value},
    {"--author", Takes::value}, {"--committer", Takes::value}, {"--grep", Takes::value}, {"--invert-grep"},
    {"--all-match"}, {"--regexp-ignore-case"}, {"-i"}, {"--extended-regexp"}, {"-E"}, {"--fixed-strings"}, {"-F"},
    {"--perl-regexp"}, {"-P"}, {"--basic-regexp"},
    {"--max-count", Takes::value}, {"--skip", Takes::value}, {"--merges"}, {"--no-merges"},
    {"--min-parents", Takes::maybe}, {"--max-parents", Takes::maybe}, {"--no-min-parents"}, {"--no-max-parents"},
    {"--first-parent"}, {"--reverse"}, {"--ancestry-path"}, {"--cherry-pick"}, {"--left-only"}, {"--right-only"},
    {"--no-walk", Takes::maybe}, {"--topo-order"}, {"--date-order"}, {"--author-date-order"},
    {"--full-history"}, {"--simplify-merges"}, {"--simplify-by-decoration"}, {"--dense"}, {"--sparse"},

    {"--patch", Takes::nothing, Use::dropped}, {"-p", Takes::nothing, Use::dropped},
    {"-u", Takes::nothing, Use::dropped}, {"--unified", Takes::value, Use::dropped},
    {"-m", Takes::nothing, Use::dropped}, {"-c", Takes::nothing, Use::dropped},
    {"--cc", Takes::nothing, Use::dropped}, {"--full-diff", Takes::nothing, Use::dropped},
    {"--find-renames", Takes::maybe, Use::dropped}, {"--no-renames", Takes::nothing, Use::dropped},
    {"--color", Takes::maybe, Use::dropped}, {"--no-color", Takes::nothing, Use::dropped},
    {"--oneline", Takes::nothing, Use::dropped}, {"--no-ext-diff", Takes::nothing, Use::dropped},
    {"--no-textconv", Takes::nothing, Use::dropped},
};
// clang-format on

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "-5", "-n5", "-n" as "--max-count…", "-U0" as "--unified=0", "-M90%" as "--find-renames=90%"; others as they are.
std::string in_long_form(const std::string& argument) {
  const std::string_view text = argument;
  if (is_number(text.substr(1))) return "--max-count=" + argument.substr(1);
  if (text == "-n") return "--max-count";
  if (text.starts_with("-n") && is_number(text.substr(2))) return "--max-count=" + argument.substr(2);
  if (text.starts_with("-U") && (text.size() == 2 || is_number(text.substr(2))))
    return "--unified=" + argument.substr(2);
  if (text == "-M") return "--find-renames";
  if (text.starts_with("-M")) return "--find-renames=" + argument.substr(2);
  return argument;
}

Error refused(const std::string& argument) {
  return {"does not select commits, or is not known to do nothing else", argument};
}

// What rev-list is given for what `git log` would have been given.
Result<std::vector<std::string>> rev_list_arguments(const std::vector<std::string>& arguments) {
  std::vector<std::string> passed;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") {
      passed.insert(passed.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
      return passed;
    }
    if (!arguments[i].starts_with('-')) {
      passed.push_back(arguments[i]);
      continue;
    }
    std::string option = in_long_form(arguments[i]);
    const std::size_t equals = std::min(option.find('='), option.size());
    const auto* const known = std::find_if(std::begin(kOptions), std::end(kOptions), [&](const Option& one) {
      return one.name == std::string_view(option).substr(0, equals);
    });
    const bool has_value = equals < option.size();
    if (known == std::end(kOptions) || (has_value && known->takes == Takes::nothing)) return refused(arguments[i]);
    if (!has_value && known->takes == Takes::value) {
      if (i + 1 == arguments.size()) return Error{"needs a value", arguments[i]};
      option += "=" + arguments[++i];
    }
    if (known->use == Use::passed) passed.push_back(std::move(option));
  }
  return passed;
}

// One a line.
Result<std::vector<ObjectId>> ids_in(std::string_view listed) {
  std::vector<ObjectId> ids;
  while (!listed.empty()) {
    const std::string_view line = listed.substr(0, listed.find('\n'));
    listed.remove_prefix(std::min(line.size() + 1, listed.size()));
    const auto id = ObjectId::from_hex(line);
    if (!id) return Error{"its output is not understood", "git rev-list"};
    ids.push_back(*id);
  }
  return ids;
}

}  // namespace

Result<std::vector<ObjectId>> list_commits(const View& view, const std::vector<std::string>& arguments) {
  const auto passed = rev_list_arguments(arguments);
  if (!passed) return passed.error();
  if (std::find(passed->begin(), passed->end(), "--reflog") != passed->end())
    if (const Status copied = view.copy_reflogs(); !copied) return copied.error();
  std::vector<std::string> all = {"rev-list", "--default", "HEAD"};
  all.insert(all.end(), passed->begin(), passed->end());
  const auto listed = view.run(all);
  if (!listed) return listed.error();
  return ids_in(*listed);
}

// By standard input, because a push may have more refs than fit into arguments.
Result<std::vector<ObjectId>> list_new_commits(const View& view, const std::vector<ObjectId>& wanted,
                                               const std::vector<ObjectId>& known) {
  std::string input;
  for (const ObjectId& id : wanted) input += id.hex() + '\n';
  for (const ObjectId& id : known) input += '^' + id.hex() + '\n';
  if (wanted.empty()) return std::vector<ObjectId>();
  const auto listed = view.run({"rev-list", "--stdin"}, input);
  if (!listed) return listed.error();
  return ids_in(*listed);
}

Result<std::vector<std::string>> split_arguments(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r\n", kEscapedInQuotes = "$`\"\\";
  std::vector<std::string> words;
  std::optional<std::string> word;  // one that began; "" is one too
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && kSpace.find(c) != std::string_view::npos) {
      if (word) words.push_back(*std::exchange(word, std::nullopt));
      continue;
    }
    if (c == '\\' && quote != '\'') {
      if (++i == line.size()) return Error{"a backslash at the end", std::string(line)};
      if (line[i] == '\n') continue;  // a line that goes on
      if (!word) word.emplace();
      if (quote != 0 && kEscapedInQuotes.find(line[i]) == std::string_view::npos) *word += c;
      *word += line[i];
      continue;
    }
    if (!word) word.emplace();
    if (quote != 0 ? c == quote : c == '\'' || c == '"') {
      quote = quote == 0 ? c : '\0';
    } else {
      *word += c;
    }
  }
  if (quote != 0) return Error{"a quote that is not closed", std::string(line)};
  if (word) words.push_back(*std::move(word));
  return words;
}

}  // namespace staunch
