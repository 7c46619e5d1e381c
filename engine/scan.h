// Items in, occurrences out: the engine's front door for every frontend.
//
// A Scanner is immutable but for its pool of Workers and may be used from many threads. Nothing here knows where bytes
// come from or where findings go. Suppression by ignore files, baselines and inline tags is the sinks' affair.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/content.h"
#include "engine/database.h"
#include "engine/finding.h"
#include "engine/result.h"

namespace staunch {

// Items up to this size are best read whole and scanned by scan(text); larger ones go through scan(Content).
inline constexpr std::uint64_t kWholeItemBytes = 4u << 20;

struct ItemReport {
  std::vector<Occurrence> occurrences;  // by offset and rule; then those of its members
  std::vector<Note> partial;            // limits that bit in this item
  std::vector<Note> incomplete;         // what could not be read
  std::uint64_t bytes = 0;              // scanned
};

// A match that came to nothing, for whoever asks why something was not found; or was found, and there is something
// to know of it.
struct NearMiss {
  std::string path;
  std::uint64_t line = 0;
  std::uint32_t rule = 0;
  std::string why;  // never the secret
  bool found = false;
};

struct ScanOptions {
  std::string fingerprint_key;  // raw bytes; empty: the public constant
  bool measure = false;         // keep time for stats(); counts are always kept
  // Pieces in which an item that is too large to hold is scanned side by side; a multiple of kLineBlock
  // (engine/locate.h). What is found does not depend on it.
  std::uint64_t segment_bytes = 8u << 20;
  unsigned max_decode_depth = 5;   // encodings inside one another that are seen through; 0: none
  unsigned max_archive_depth = 2;  // archives inside one another that are opened; 0: none
  std::function<void(NearMiss)> on_near_miss =
      {};  // called from many threads; what stands behind encodings is not told
};

// Cost of one rule over a run, for --stats and `rules check`. Times in nanoseconds of one thread.
struct RuleCost {
  std::uint64_t hits = 0, passed = 0, regions = 0, matches = 0, confirmed = 0, nanoseconds = 0;
};

struct EngineStats {
  std::uint64_t bytes = 0, match_ns = 0, confirm_ns = 0, expand_ns = 0;  // bytes of copies too
  std::vector<RuleCost> rules;                                           // by rule index
};

struct ScanShared;  // engine/item_scan.h
class Worker;       // engine/worker.h: all the mutable state that one thread needs

class Scanner {
 public:
  Scanner(std::shared_ptr<const Database> database, ScanOptions options);
  ~Scanner();

  const Database& database() const { return *database_; }

  // A Worker from the pool for one job; returned when the lease ends. Never hold one across a TBB wait.
  class Lease {
   public:
    Lease(Scanner& scanner, std::unique_ptr<Worker> worker);
    Lease(Lease&&) noexcept;
    ~Lease();
    Worker& operator*() const { return *worker_; }
    // A buffer of at least `size` bytes that belongs to the Worker and keeps its memory between jobs.
    std::span<char> buffer(std::size_t size);

   private:
    Scanner& scanner_;
    std::unique_ptr<Worker> worker_;
  };
  Lease lease();

  // One item that is wholly in memory. `path` names it for path rules and allowlists; empty where there is none.
  ItemReport scan(Lease& lease, std::string_view text, const std::string& path);

  // One item too large to hold, read in windows, in parallel.
  ItemReport scan(const Content& content, std::uint64_t size, const std::string& path);

  // One item whose bytes come one after another, held where it is small. What ends the bytes early is in `incomplete`.
  // Streams of which findings are wanted as they come: engine/stream.h.
  ItemReport scan(ByteStream& bytes, const std::string& path);

  // For the engine itself.
  ScanShared shared();

  // Sums over all Workers; call when no scan is running.
  EngineStats stats() const;

 private:
  struct State;
  std::shared_ptr<const Database> database_;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
