// The response of a scan (--respond): a program of its own, started before anything is read, so that the core links
// nothing of it. Findings go to its standard input as a jsonl report with their secrets: through a pipe, never by
// arguments, environment or files. What it says comes out on standard error, for the report may have standard output.
// Whoever must not wait for it (ResponseFeed) says when patience ends: then it is left to end by itself.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/result.h"

namespace staunch {

struct ResponderOptions {
  std::string policy;
  std::string source;    // of the findings: "dir", "git", …
  bool quiet = false;    // nothing that it says may come out
  bool apart = false;    // of a group of its own: what interrupts us does not interrupt it
  std::function<bool()> out_of_patience = [] { return false; };
};

class Responder {
 public:
  // Returns when it has read its policy and waits for findings; an Error where it did not come so far (it has told why).
  static Result<std::unique_ptr<Responder>> start(const ResponderOptions& options);
  ~Responder();

  int input() const { return input_; }  // what the findings are written to
  // There are no more findings: waits until it has done its work. Its exit code; nothing where patience ended before.
  std::optional<int> finish();

 private:
  Responder(pid_t child, int input, std::function<bool()> out_of_patience)
      : child_(child), input_(input), out_of_patience_(std::move(out_of_patience)) {}
  pid_t child_;
  int input_;
  std::function<bool()> out_of_patience_;
};

}  // namespace staunch
