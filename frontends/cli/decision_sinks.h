// Where decisions go beside the data, in filter and serve: the event log (--events) and the response (--respond).
#pragma once

#include <memory>
#include <string>

#include "engine/result.h"
#include "frontends/cli/messages.h"
#include "frontends/cli/options.h"
#include "frontends/cli/response_feed.h"
#include "frontends/stream/events.h"

namespace staunch {

struct DecisionSinks {
  std::unique_ptr<EventLog> events;  // either is null where it is not asked for
  std::unique_ptr<ResponseFeed> response;
};

// `source`: "filter" or "serve". Both have threads: signals are held first (filter_signals.h).
Result<DecisionSinks> open_decision_sinks(const Options& options, const std::string& source, const Messages& messages);

// Waits for what is queued, and tells what was dropped.
void finish(DecisionSinks& sinks, const Messages& messages);

}  // namespace staunch
