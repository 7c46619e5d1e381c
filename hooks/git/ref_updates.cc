#include "hooks/git/ref_updates.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace staunch {
namespace {

// An id, or the zeros that stand for no ref.
bool take_id(std::string_view word, ObjectId& id) {
  const auto read = ObjectId::from_hex(word);
  if (read) id = *read;
  return read.has_value();
}

// The first words of a line, and all the rest as the last one.
std::vector<std::string_view> words_of(std::string_view line, std::size_t count) {
  std::vector<std::string_view> words;
  while (words.size() + 1 < count) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) break;
    words.push_back(line.substr(0, blank));
    line.remove_prefix(blank + 1);
  }
  words.push_back(line);
  return words;
}

template <typename Parse>
Result<std::vector<RefUpdate>> parse_lines(std::string_view lines, Parse parse) {
  std::vector<RefUpdate> updates;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    std::optional<RefUpdate> update = parse(line);
    if (!update) return Error{"is not what git tells a hook", fmt::format("standard input, line {}", number)};
    updates.push_back(*std::move(update));
  }
  return updates;
}

}  // namespace

Result<std::vector<RefUpdate>> parse_received(std::string_view lines) {
  return parse_lines(lines, [](std::string_view line) -> std::optional<RefUpdate> {
    const auto words = words_of(line, 3);
    RefUpdate update;
    if (words.size() != 3 || !take_id(words[0], update.before) || !take_id(words[1], update.after) || words[2].empty())
      return std::nullopt;
    update.ref = words[2];
    return update;
  });
}

Result<std::vector<RefUpdate>> parse_pushed(std::string_view lines) {
  return parse_lines(lines, [](std::string_view line) -> std::optional<RefUpdate> {
    // The local name is what the user typed and may hold blanks ("HEAD@{1 week ago}"): the others are taken first.
    std::array<std::string_view, 3> last;
    for (std::size_t i = last.size(); i-- > 0;) {
      const std::size_t blank = line.rfind(' ');
      if (blank == std::string_view::npos) return std::nullopt;
      last[i] = line.substr(blank + 1);
      line = line.substr(0, blank);
    }
    RefUpdate update;
    if (!take_id(last[0], update.after) || last[1].empty() || !take_id(last[2], update.before)) return std::nullopt;
    update.ref = last[1];
    return update;
  });
}

Result<std::string> read_hook_input() {
  std::string all;
  std::array<char, 65536> block;
  for (;;) {
    const ssize_t got = read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{std::string("cannot read: ") + std::strerror(errno), "standard input"};
    if (got == 0) return all;
    all.append(block.data(), static_cast<std::size_t>(got));
    if (all.size() > kMaxHookInput) return Error{"names more refs than can be held", "standard input"};
  }
}

}  // namespace staunch
