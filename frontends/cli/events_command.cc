// staunch events: the lines of event files that fit, as they are written there.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "frontends/cli/commands.h"
#include "frontends/cli/exit_code.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/scanning.h"
#include "frontends/stream/events.h"

namespace staunch {
namespace {

// An event is some hundred bytes; whatever is longer is none.
constexpr std::size_t kMaxEventBytes = 64u << 10;

struct Counts {
  std::uint64_t told = 0, broken = 0;
  bool failed = false;
};

void read_events(std::istream& in, const EventQuery& query, Counts& counts) {
  std::string line;
  while (std::getline(in, line)) {
    const EventMatch match = line.size() > kMaxEventBytes ? EventMatch::broken : match_event(line, query);
    if (match == EventMatch::broken) ++counts.broken;
    if (match != EventMatch::yes) continue;
    ++counts.told;
    line += '\n';
    counts.failed |= std::fwrite(line.data(), 1, line.size(), stdout) != line.size();
  }
}

}  // namespace

int run_events(const Options& options) {
  const Messages messages(options);
  EventQuery query{{}, options.event_rule, options.event_route, options.event_action};
  if (!options.since.empty()) {
    query.since = read_since(options.since, std::chrono::system_clock::now());
    if (!query.since)
      return refused({"is no time: 2026-11-21T11:00:00Z, or an age as 15m, 2h, 7d", "--since"}, messages);
  }
  Counts counts;
  for (const std::string& path : options.paths) {
    std::ifstream file;
    if (path != "-") {
      file.open(path, std::ios::binary);
      if (!file) return refused({"cannot be read", path}, messages);
    }
    read_events(path == "-" ? std::cin : file, query, counts);
  }
  if (std::fflush(stdout) != 0 || counts.failed) {
    messages.error("the answer could not be written");
    return kExitIncomplete;
  }
  if (counts.broken > 0)
    messages.warn(counts.broken == 1 ? "1 line is no event" : fmt::format("{} lines are no events", counts.broken));
  return counts.broken > 0 ? kExitIncomplete : kExitClean;
}

}  // namespace staunch
