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
#include <vector>

#include "engine/result.h"

namespace staunch {

// `staunch respond` for findings of `source` ("dir", "git", …).
std::vector<std::string> words_to_respond(const std::string& policy, const std::string& source);

struct ResponderOptions {
  std::vector<std::string> words;  // of the command that takes findings
  bool quiet = false;              // nothing that it says may come out
  bool apart = false;              // of a group of its own: what interrupts us does not interrupt it
  std::function<bool()> out_of_patience = [] { return false; };
};

class Responder {
 public:
  // Returns when it has read its policy and waits for findings; an Error where it did not come so far (it has told
  // why).
  static Result<std::unique_ptr<Responder>> start(const ResponderOptions& options);
  ~Responder();

  int input() const { return input_; }  // what the findings are written to
  // There are no more findings: what it has to tell on descriptor 3 until it ends.
  std::string hear();
  // There are no more findings: waits until it has done its work. Its exit code; nothing where patience ended before.
  std::optional<int> finish();

 private:
  Responder(pid_t child, int input, int told, std::function<bool()> out_of_patience)
      : child_(child), input_(input), told_(told), out_of_patience_(std::move(out_of_patience)) {}
  void end_input();
  pid_t child_;
  int input_, told_;
  std::function<bool()> out_of_patience_;
};

}  // namespace staunch
