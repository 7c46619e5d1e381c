#include "frontends/cli/decision_sinks.h"

#include <fmt/format.h>

#include <utility>

#include "frontends/cli/fingerprint_key.h"

namespace staunch {

Result<DecisionSinks> open_decision_sinks(const Options& options, const std::string& source, const Messages& messages) {
  DecisionSinks sinks;
  if (!options.events.empty()) {
    auto opened = EventLog::open(options.events, options.events_required);
    if (!opened) return opened.error();
    sinks.events = std::move(*opened);
  }
  if (!options.respond.empty()) {
    const FeedOptions feed{options.respond, source, fingerprint_key({}, {"."}), options.rsyslog_mm};
    auto started = ResponseFeed::start(feed, messages);
    if (!started) return started.error();
    sinks.response = std::move(*started);
  }
  return sinks;
}

void finish(DecisionSinks& sinks, const Messages& messages) {
  if (const std::uint64_t dropped = sinks.events ? sinks.events->finish() : 0)
    messages.warn(fmt::format("{} events were dropped", dropped));
  if (!sinks.response) return;
  sinks.response->finish();
  if (sinks.response->dropped() > 0)
    messages.warn(fmt::format("{} findings were not handed to the response", sinks.response->dropped()));
}

}  // namespace staunch
