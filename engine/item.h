// What becomes of an item's raw matches: the second half of every scan.
//
// The first half (engine/match.h) gives raw matches; here they are confirmed, composed, located and named. An item's
// bytes are reached through ItemBytes, because an item may be too large to hold.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/fingerprint.h"
#include "engine/locate.h"
#include "engine/scan.h"
#include "engine/worker.h"

namespace staunch {

class ItemBytes {
 public:
  virtual ~ItemBytes() = default;
  // Bytes [begin, end) of the item, or fewer where it ends early; valid until the next call.
  virtual std::string_view view(std::uint64_t begin, std::uint64_t end) = 0;
  virtual std::uint64_t size() const = 0;
};

// An item of which NUL bytes stand in the first kBinaryBytes is binary: generic rules leave it alone.
inline constexpr std::size_t kBinaryBytes = 8192;
bool is_binary(std::string_view head);

struct Item {
  const Database::Parts& parts;
  Fingerprinter& fingerprinter;
  ItemBytes& bytes;
  const std::function<const LineIndex&()>& lines;  // called where something was found
  const std::string& path;
  bool binary;
};

// `matches` in any order, those of closed gates already gone. Appends to the report's occurrences and partial notes.
void finish_item(const Item& item, std::vector<RawMatch>& matches, std::vector<RuleCost>& costs, ItemReport& report);

}  // namespace staunch
