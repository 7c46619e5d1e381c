#include "frontends/git/git_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "frontends/git/descriptor.h"

namespace staunch {

Result<std::optional<std::string>> read_git_file(const std::string& path, std::size_t limit) {
  const Result<OpenFile> opened = open_regular(path);
  if (!opened && missing_file(path)) return std::optional<std::string>();
  if (!opened) return opened.error();
  if (opened->bytes > limit)
    return Error{fmt::format("larger than {} bytes, which no such file of git's is", limit), path};
  // It may have become shorter meanwhile.
  std::string text(opened->bytes, '\0');
  const Result<std::size_t> got = read_some(opened->file.get(), 0, text);
  if (!got) return Error{got.error().what, path};
  text.resize(*got);
  return std::optional<std::string>(std::move(text));
}

bool is_folder(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view without_line_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string resolved(const std::string& folder, std::string_view path) {
  if (path.starts_with('/') || folder.empty()) return std::string(path);
  return folder + (folder.ends_with('/') ? "" : "/") + std::string(path);
}

}  // namespace staunch
