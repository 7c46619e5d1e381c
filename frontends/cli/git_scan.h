// One scan of repositories from its options to its report: `staunch git`, and the hooks, which find their scope
// themselves.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/cli/report_chain.h"
#include "frontends/git/scopes.h"

namespace staunch {

struct GitJob {
  std::string command = "git";       // as the report calls it
  std::vector<std::string> targets;  // repositories
  std::vector<std::string> trusted;  // folders whose configuration, ignore files and salt count
  Scope scope;
  WrapReport wrap;                        // may be empty
  std::chrono::milliseconds budget{0};    // the scan is told to stop then; 0: never
  std::function<void()> on_overrun = {};  // where it has not stopped soon after: called from another thread
};

struct GitOutcome {
  int exit_code = 0;
  bool out_of_time = false;  // the budget ran out
};

GitOutcome scan_repositories(const Options& options, const GitJob& job, const Messages& messages);

}  // namespace staunch
