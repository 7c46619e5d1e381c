// Where a value stands in a work tree, and a patch that puts a reference there instead. Nothing is changed.
//
// Looked for: the value as it is, as JSON and URLs escape it, in base64 and hex, and split by quotes, signs of
// concatenation and line ends. A patch is made where it stands whole on one line of a text file: in program text as a
// whole literal in quotes, elsewhere anywhere. All other places are listed for a person. Links are not followed, a
// repository's .git is left out (its history is for scans), and so are files above kMaxReplaceFile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"

namespace staunch {

inline constexpr std::uint64_t kMaxReplaceFile = 64u << 20;  // bytes

struct ValuePlace {
  std::string path;        // within the tree
  std::uint64_t line = 0;  // where it begins, from 1
  std::string form;        // "plain", "percent", "base64" …
  std::string why;         // it is not patched; empty where it is
};

struct Replacement {
  std::vector<ValuePlace> places;   // by path and line
  std::vector<std::string> unread;  // what could not be looked into
  std::string patch;                // for `git apply` in the tree; its removed lines hold the value
};

// `variable` is the name by which programs find the value in their environment.
Result<Replacement> find_value(const std::string& tree, const Secret& value, const std::string& variable);

}  // namespace staunch
