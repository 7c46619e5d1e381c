// What becomes of an item's raw matches: the second half of every scan.
//
// The first half (engine/match.h) gives raw matches; here they are confirmed, composed, located and named. An item's
// bytes are reached through ItemBytes, because an item may be too large to hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/fingerprint.h"
#include "engine/layers.h"
#include "engine/scan.h"
#include "engine/worker.h"

namespace staunch {

class ItemBytes {
 public:
  virtual ~ItemBytes() = default;
  // Bytes [begin, end) of the item, or fewer where it ends early; valid until the next call.
  virtual std::string_view view(std::uint64_t begin, std::uint64_t end) = 0;
  // Line and column of the byte at `offset`.
  virtual Position position(std::uint64_t offset) = 0;
};

// An item of which NUL bytes stand in the first kBinaryBytes is binary: generic rules leave it alone.
inline constexpr std::size_t kBinaryBytes = 8192;
bool is_binary(std::string_view head);

struct Item {
  const Database::Parts& parts;
  Fingerprinter& fingerprinter;
  ItemBytes& bytes;
  const std::string& path;
  bool binary;
  bool* asks_path = nullptr;                                    // ScanShared::asks_path
  const std::function<void(NearMiss)>* on_near_miss = nullptr;  // not null: ScanOptions::on_near_miss
  bool joins_pairs = true;  // an id and its secret become one occurrence; else each place is told as it is
};

// `matches` in any order, those of closed gates already gone: all that is to be composed with one another; those that
// came to nothing go. Appends to `out` what is to be reported, ordered by offset and rule.
void finish_matches(const Item& item, std::vector<RawMatch>& matches, std::vector<Hidden>& hidden,
                    std::vector<RuleCost>& costs, std::vector<Occurrence>& out);

// Limits that bit: rules cut at their reach (a rule may be named twice), encodings nested too deeply.
void note_limits(const Database::Parts& parts, std::vector<std::uint32_t> cut_rules, bool too_deep,
                 const std::string& path, std::vector<Note>& partial);

// What the path alone tells; once an item. Of a path that is not known yet (empty), nothing.
void finish_path(const Item& item, std::vector<Occurrence>& out);

}  // namespace staunch
