// Programs that a policy or a plan names, run without a shell.
//
// What is secret goes to them on standard input and comes back on descriptor 3, never in arguments, the environment or
// files. They get PATH, HOME, LANG and nothing else, and are killed with their group when their time is over. Standard
// output and error are returned to be shown, which is for the caller's redactor.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "engine/secret.h"

namespace staunch {

struct ChildResult {
  int status = -1;  // exit code; 128 and the signal where one ended it
  bool timed_out = false;
  Secret answer;     // of descriptor 3, at most kMaxChildBytes
  std::string said;  // standard output and error, at most kMaxChildBytes
};
inline constexpr std::size_t kMaxChildBytes = 1u << 20;

Result<ChildResult> run_child(const std::vector<std::string>& words, const Secret& input, int timeout_seconds = 60);

}  // namespace staunch
