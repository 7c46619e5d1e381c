// All the mutable state that one thread needs to scan: scratch, hits, regions, buffers. Reused from item to item.
#pragma once

#include <hs.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/escaped_lines.h"
#include "engine/hit.h"
#include "engine/parts.h"
#include "engine/scan.h"

namespace staunch {

// Bytes in which matches of a rule may stand; no match crosses a border of its region.
struct Region {
  std::uint32_t rule;
  std::uint64_t begin, end;  // absolute offsets in the item
};

struct ScratchFree {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};

class Worker {
 public:
  explicit Worker(const Database::Parts& parts);

  bool measure = false;  // keep time; counts are always kept
  // A clock, or zero where nobody asked: it is a tenth of what a small file costs.
  std::uint64_t nanoseconds() const;

  std::unique_ptr<hs_scratch_t, ScratchFree> scratch;
  std::vector<char> buffer;            // for frontends to read items into
  std::vector<Hit> hits;               // of one text
  std::vector<Region> open;            // by rule: the region being grown; begin > end where there is none
  std::vector<std::uint32_t> touched;  // rules with an open region
  std::vector<Region> regions;         // finished ones
  std::vector<std::uint8_t> gate;      // by rule: one of its keywords was seen
  std::vector<std::uint32_t> gates_opened;
  std::vector<std::vector<Trail>> trails;  // by rule and anchor
  std::uint64_t texts = 0;                 // fed so far; tells trails of the last one from older ones
  std::vector<RuleCost> costs;             // by rule, but their hits
  std::vector<std::uint64_t> needle_hits;  // by needle
  std::uint64_t bytes = 0, match_ns = 0, confirm_ns = 0, expand_ns = 0;

  // For the copy behind the text that this Worker scans; made when there is one, kept for the next item.
  std::unique_ptr<Worker> deeper;

  std::unique_ptr<NeedleBytes> needle_bytes;  // made by engine/message.cc, which asks for them
};

}  // namespace staunch
