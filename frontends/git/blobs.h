// Every blob scanned once, wherever it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/finding.h"
#include "frontends/git/held.h"
#include "frontends/git/objects.h"

namespace staunch {

struct HitBlob {
  std::uint32_t number = 0;
  bool asks_path = false;  // what it holds depends on where it stands; then `secrets` is all that may be
  Secrets secrets;
  std::optional<std::vector<RawMatch>> matches;  // VersionReport::matches
};

struct BlobOptions {
  bool delta_scan = true;       // look at what differs only; what is found does not depend on it
  std::uint64_t max_bytes = 0;  // larger ones are told in `skipped`; 0: no limit
  Counts counts;
  std::function<bool(std::uint32_t number)> wanted;  // false: somebody knows already what is in it
  bool keep_whole = false;                           // tell which were read whole
};

// A blob that was held as a whole, that no limit cut, and whose id is what its bytes say: what was found in it counts
// wherever it stands.
struct WholeBlob {
  std::uint32_t number = 0;
  std::uint64_t bytes = 0;
};

struct BlobResult {
  std::vector<HitBlob> hits;  // ordered by number
  std::vector<Note> failures, partial, skipped;
  std::vector<WholeBlob> whole;  // in no order
  std::uint64_t blobs = 0, bytes = 0;
};

BlobResult scan_blobs(const Objects& objects, Scanner& scanner, const BlobOptions& options, Progress& progress);

}  // namespace staunch
