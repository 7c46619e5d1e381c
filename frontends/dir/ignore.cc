// gitignore(5) lines into patterns, and the decision over nested lists.
#include "frontends/dir/ignore.h"

#include <utility>

namespace staunch {
namespace {

// Spaces at the end do not count unless a backslash quotes them.
std::string_view without_trailing_spaces(std::string_view line) {
  std::size_t keep = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') ++i, keep = i + 1;
    else if (line[i] != ' ') keep = i + 1;
  }
  return line.substr(0, keep < line.size() ? keep : line.size());
}

bool matches(const IgnorePattern& pattern, std::string_view subject, bool folder) {
  if (pattern.folders_only && !folder) return false;
  if (pattern.name_only) subject = subject.substr(subject.rfind('/') + 1);  // npos + 1 is 0
  return pattern.glob.matches(subject);
}

}  // namespace

std::optional<IgnorePattern> parse_ignore_line(std::string_view line) {
  if (line.empty() || line[0] == '#') return std::nullopt;
  line = without_trailing_spaces(line);
  const bool negated = !line.empty() && line[0] == '!';
  if (negated) line.remove_prefix(1);
  const bool folders_only = !line.empty() && line.back() == '/';
  if (folders_only) line.remove_suffix(1);
  if (line.empty()) return std::nullopt;
  const bool name_only = line.find('/') == std::string_view::npos;
  if (line[0] == '/') line.remove_prefix(1);
  return IgnorePattern{Glob(line), negated, folders_only, name_only};
}

std::vector<IgnorePattern> parse_ignore_text(std::string_view text) {
  std::vector<IgnorePattern> patterns;
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (auto pattern = parse_ignore_line(line)) patterns.push_back(std::move(*pattern));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return patterns;
}

bool is_ignored(const PatternList* list, std::string_view path, bool folder) {
  std::string joined;
  for (; list != nullptr; list = list->above.get()) {
    std::string_view subject = path.substr(list->skip);
    if (!list->prefix.empty()) subject = joined.assign(list->prefix).append(subject);
    for (auto pattern = list->patterns.rbegin(); pattern != list->patterns.rend(); ++pattern)
      if (matches(*pattern, subject, folder)) return !pattern->negated;
  }
  return false;
}

}  // namespace staunch
