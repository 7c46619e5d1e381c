// --repos-from: paths of repositories in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/result.h"

namespace staunch {

inline constexpr std::size_t kMaxRepositoryList = 64u << 20;

// A path a line (LF or CRLF), or NUL behind each where there is a NUL; empty ones are passed over and nothing else is:
// a path may begin with anything. "-" is standard input. Errors name the file; a list without a path is one.
Result<std::vector<std::string>> read_repository_list(const std::string& file);
std::vector<std::string> paths_in(std::string_view list);

}  // namespace staunch
