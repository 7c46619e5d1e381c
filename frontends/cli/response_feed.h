// The response of what does not end (filter and serve --respond): findings are handed to it as they come, many at once.
//
// Data never waits: what is found goes into a bounded queue, each secret once an hour, and a thread of its own hands
// what is there to a responder (responder.h), which ends with its findings: so nothing of the response is held open
// between them. Where the queue is full, findings are dropped and counted. What a responder could not take up (another
// one has the journal) is kept and tried again. A secret that stands in neither text nor queue any more is gone: what
// was dropped is told, and nothing else is promised of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/result.h"
#include "frontends/cli/messages.h"
#include "frontends/stream/redactor.h"

namespace staunch {

inline constexpr std::size_t kQueuedFindings = 4096;
inline constexpr std::size_t kQueuedFindingBytes = 16u << 20;
inline constexpr int kGatherMilliseconds = 500;     // what comes meanwhile is one batch
inline constexpr int kFarewellMilliseconds = 5000;  // for the last batch; then it is left to end by itself

struct FeedOptions {
  std::string policy;
  std::string source;           // "filter", "serve"
  std::string fingerprint_key;  // of reports
  bool quiet = false;           // nothing may come out on standard error
};

class ResponseFeed {
 public:
  // Starts a responder without findings, so that a wrong policy is known at once. Make it before other threads.
  static Result<std::unique_ptr<ResponseFeed>> start(const FeedOptions& options, const Messages& messages);
  ~ResponseFeed();

  // Thread-safe, never waits for the response. Rulings without what was found are none of its business. `where` stands
  // in reports in the place of a path.
  void add(const Ruling& ruling, std::string_view where);

  // No more findings come: hands over what is there.
  void finish();
  std::uint64_t dropped() const;

 private:
  struct State;
  explicit ResponseFeed(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace staunch
