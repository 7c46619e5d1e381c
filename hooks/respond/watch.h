// Watching an incident's credentials after their end: 72 hours, in which each is asked about every hour.
//
// It must answer dead every time; where the provider tells of uses, there must be none. What answers good again, or is
// used, is an alarm: it stands in the incident and people are told. Only time that was observed counts: hours in which
// nobody asked, in which no answer was to be had, or over which the clock jumped are gaps; they are listed, and the
// watch lasts so much longer. The sealed value is erased when the watch ends.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hooks/respond/audit.h"
#include "hooks/respond/policy.h"
#include "hooks/respond/subjects.h"
#include "hooks/respond/verdict.h"

namespace staunch {

inline constexpr std::int64_t kWatchSeconds = 72 * 3600, kWatchEvery = 3600;
inline constexpr std::int64_t kWatchGap = kWatchEvery + kWatchEvery / 2;  // between two rounds; more is a gap

struct WatchWorld {
  const Policy& policy;
  Journal& journal;
  Audit& audit;
  Output& output;
  // What they answer now, one verdict each.
  std::function<std::vector<Verdict>(const std::vector<Subject>&)> ask;
  // When it was last used (RFC 3339; empty: never); an Error where the provider does not tell.
  std::function<Result<std::string>(const Subject&)> last_used;
};

struct WatchRound {
  std::size_t asked = 0, unanswered = 0, alarms = 0;
  std::int64_t next = 0;  // when something is due again; 0: nothing is watched any more
};

// One round at `now` for an incident, or for all where `incident` is empty. What is not due is left alone.
Result<WatchRound> watch_round(WatchWorld& world, const std::string& incident, std::int64_t now);

}  // namespace staunch
