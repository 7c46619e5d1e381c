// Runs a program without a shell and collects what it says.
//
// The program gets the standard input and the environment that are named and nothing of ours, and is waited for in
// every case.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "engine/result.h"

namespace staunch {

struct Program {
  std::string path;                                                 // absolute
  std::vector<std::string> arguments;                               // the first is its name
  std::vector<std::string> environment;                             // "NAME=value": all that it gets
  std::string folder;                                               // where it runs; empty: where we do
  std::chrono::milliseconds time_limit = std::chrono::minutes(10);  // it is killed then
  std::string input = "/dev/null";                                  // absolute: the file that is its standard input
};

struct ProgramOutput {
  int status = 0;  // as a shell says it: what it ended with, or 128 and the signal that ended it
  std::string out;
  std::string error;  // its first kMaxErrorBytes
};
inline constexpr std::size_t kMaxErrorBytes = 64 << 10;

// Errors: it cannot be started, an argument holds a NUL, the time limit. That it failed is no error here: see `status`.
Result<ProgramOutput> run_program(const Program& program);

// The absolute path of `name` in PATH; empty where there is none. Relative entries of PATH are passed over: what stands
// in the folder that is scanned must not run.
std::string find_program(const std::string& name);

}  // namespace staunch
