// Reading what a repository keeps in small files: HEAD, refs, configuration, lists. They are the repository's, so they
// may be pipes, devices, folders or larger than memory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kMaxGitLine = 64u << 10;    // bytes of a file of one line, such as HEAD
inline constexpr std::size_t kMaxGitText = 16u << 20;    // of a configuration, of a list of folders or of commits
inline constexpr std::size_t kMaxPackedRefs = 1u << 30;  // some ten million refs

// The content of a regular file of at most `limit` bytes; never waits for a pipe. Nothing where there is no such file;
// an error, with `path` as its place, for everything else that is not one.
Result<std::optional<std::string>> read_git_file(const std::string& path, std::size_t limit);

// Links are followed.
bool is_folder(const std::string& path);

// Cuts the first line off `text`; without its LF.
std::string_view take_line(std::string_view& text);
// Without spaces and line ends at its end.
std::string_view without_line_end(std::string_view text);

// `path` as seen from `folder`, unless it is absolute.
std::string resolved(const std::string& folder, std::string_view path);

}  // namespace staunch
