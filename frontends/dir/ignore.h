// Lists of gitignore patterns, nested as folders are: what --exclude and --respect-gitignore leave out.
//
// The format is gitignore(5). Within a list the last pattern that matches decides; a list in a deeper folder decides
// before those above it. A file below an ignored folder cannot be brought back, because the walk never enters it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/dir/glob.h"

namespace staunch {

struct IgnorePattern {
  Glob glob;
  bool negated = false;
  bool folders_only = false;
  bool name_only = false;  // no slash in it: compared with the last part of the path
};

// Nothing for comments and empty lines. `line` has no newline.
std::optional<IgnorePattern> parse_ignore_line(std::string_view line);

struct PatternList {
  std::vector<IgnorePattern> patterns;
  std::size_t skip = 0;  // bytes of the walked folder's relative path up to the folder that the list stands in
  std::string prefix;    // for a list that stands above the walked folder: the path from there
  std::shared_ptr<const PatternList> above;
};

std::vector<IgnorePattern> parse_ignore_text(std::string_view text);

// `path` is relative to the walked folder, without a slash at its end. `list` may be null.
bool is_ignored(const PatternList* list, std::string_view path, bool folder);

}  // namespace staunch
