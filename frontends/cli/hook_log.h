// What hooks decided beyond "nothing was found", a line of JSON each, appended to a file.
//
//   {"time":"2026-11-21T20:00:00Z","hook":"pre-receive","decision":"skipped","reason":"…","user":"…","refs":["…"],
//    "places":2,"findings":[{"rule":"…","fingerprint":"sf1:…","path":"…","line":3,"commit":"…"}],"unread":["…"]}
//
// Nothing in it is secret. A line is one write, so lines of processes that write at the same time do not mix.
#pragma once

#include <string>
#include <vector>

#include "engine/result.h"
#include "frontends/cli/hook_sink.h"

namespace staunch {

struct HookDecision {
  std::string hook;
  std::string decision;  // "blocked", "skipped", "out of time: allowed", "out of time: blocked", "not read"
  std::string reason;
  std::vector<std::string> refs;  // the first hundred are written
};

// Errors: it cannot be written, whole.
Status log_decision(const std::string& path, const HookDecision& decision, const HookFindings& found);

bool can_log(const std::string& path);

}  // namespace staunch
