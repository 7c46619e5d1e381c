// Folders of objects that a repository borrows from: info/alternates, gitrepository-layout(5).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/finding.h"

namespace staunch {

// The folders that the text of info/alternates names, one a line; `folder` is what relative ones start from. A line may
// be quoted as C quotes a string; lines with '#' in front say nothing.
std::vector<std::string> parse_alternates(std::string_view text, const std::string& folder);

// `folders` and what they borrow from, to a depth of 5, each once, in the order in which git looks. One that is
// missing, or names others too deep, is a note.
std::vector<std::string> follow_alternates(const std::vector<std::string>& folders, std::vector<Note>& notes);

}  // namespace staunch
