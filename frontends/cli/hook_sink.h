// What a hook keeps of its scan: enough for the words around the report and for the log. Where all is well nothing is
// written.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/sink.h"
#include "frontends/report/redact.h"

namespace staunch {

inline constexpr std::size_t kMaxKeptPlaces = 100;

// A place, without anything secret in it.
struct KeptPlace {
  std::string rule, fingerprint, path, commit;
  std::uint64_t line = 0;
};

struct HookFindings {
  std::uint64_t places = 0;
  std::set<std::string> fingerprints;
  std::vector<KeptPlace> kept;      // the first of them
  std::vector<std::string> unread;  // what could not be read, and why; the budget's end is not among it
  ReportRedactor redactor;          // knows what was found
};

// In front of the text report; `found` is the caller's and outlives it. `head` is called before the report is written,
// which it is where something was found or not read.
std::unique_ptr<Sink> keep_for_hook(HookFindings& found, std::function<void()> head, std::unique_ptr<Sink> next);

}  // namespace staunch
