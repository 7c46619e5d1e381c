// Findings in path order, whatever order threads finish in.
//
// Work that is under way is known by the first path it can report; a finding goes to the sink once no such path lies
// before it. Only what waits for earlier work is held in memory.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "engine/sink.h"

namespace staunch {

// A path below the n-th target. Targets keep their own order.
struct PathKey {
  std::uint32_t target = 0;
  std::string path;
  bool operator<(const PathKey& other) const { return std::tie(target, path) < std::tie(other.target, other.path); }
};

struct FileFindings {
  std::string path;
  std::vector<Occurrence> occurrences;
};

class Ordered {
 public:
  explicit Ordered(Sink& sink) : sink_(sink) {}

  // The work `started` may report at its own path and after it. Before any of it reports, or within the call that
  // ends the work which it is a part of.
  void begin(std::vector<PathKey> started);
  void replace(const PathKey& ended, std::vector<PathKey> started);
  void end(const PathKey& ended, std::vector<FileFindings> found);
  // Hands over what is left: after work was given up.
  void flush();

 private:
  void emit_ready();

  Sink& sink_;
  std::mutex mutex_;
  std::set<PathKey> running_;
  std::map<PathKey, std::vector<Occurrence>> waiting_;
};

}  // namespace staunch
