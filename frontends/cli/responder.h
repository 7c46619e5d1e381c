// The response of a scan (--respond): a program of its own, started before anything is read, so that the core links
// nothing of it. Findings go to its standard input as a jsonl report with their secrets: through a pipe, never by
// arguments, environment or files. What it says comes out on standard error, for the report may have standard output.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "engine/result.h"

namespace staunch {

class Responder {
 public:
  // Returns when it has read its policy and waits for findings of `source` ("dir", "git", …); an Error where it did not
  // come so far (it has told why).
  static Result<std::unique_ptr<Responder>> start(const std::string& policy, const std::string& source);
  ~Responder();

  int input() const { return input_; }  // what the findings are written to
  // There are no more findings: waits until it has done its work. Its exit code.
  int finish();

 private:
  Responder(pid_t child, int input) : child_(child), input_(input) {}
  pid_t child_;
  int input_;
};

}  // namespace staunch
