// Where findings go: the interface between every scan and every report.
//
// A scan calls start() once, occurrence() for each place in an order that does not depend on threads, and finish()
// once. Calls never overlap; a stream calls settle() between occurrences. A sink that writes returns its I/O errors
// from finish().
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/finding.h"
#include "engine/result.h"
#include "rules/catalogue.h"

namespace staunch {

// A repository as it stood when the scan began.
struct CoveredRepository {
  std::string path;   // as typed
  std::string scope;  // "all"
  std::uint64_t refs = 0;
  struct Tip {
    std::string ref, commit;
  };
  std::vector<Tip> tips;  // HEAD, then branches; at most kMaxTips
  std::string head;       // "refs/heads/main"; empty where HEAD is detached
  std::string web;        // "https://host/owner/name", told from its remotes; empty where none can be
};
inline constexpr std::size_t kMaxTips = 100;

struct RunInfo {
  std::string command;                          // "dir", "git", …
  std::vector<std::string> targets;             // what was asked for, as typed
  std::vector<CoveredRepository> repositories;  // of targets that are some
  std::string catalogue_digest;
  const Catalogue* catalogue = nullptr;  // outlives the sink
  bool public_fingerprints = true;       // no key was given
  bool live = false;                     // a stream: whoever reads the report wants findings as they are seen
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual void start(const RunInfo& run) = 0;
  virtual void occurrence(Occurrence occurrence) = 0;
  // A stream pauses, or a batch of it is done: what was held back may be told, because all that stands on the same
  // lines is known.
  virtual void settle() {}
  // False when nothing more can be written; a scan without an end then ends.
  virtual bool wanted() const { return true; }
  virtual Status finish(const Totals& totals) = 0;
};

}  // namespace staunch
