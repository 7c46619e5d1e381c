// Texts that are made of one another by copies and insertions, as a delta chain of git holds the versions of a file.
//
// Each is an item of its own, and what is found in it is what scan(text) finds; but needles and encodings are looked for
// only where it differs from its base. Needle hits are carried through the copies: a needle lies inside of one copied
// run, and then the base had it, or it touches a seam, and then it is in a window round that seam. What stands behind
// encodings is not carried: where the base holds something there, or where a window cannot be sure, the whole text is
// decoded anew. Guards, regions and RE2 see every version as a whole.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/copy.h"
#include "engine/scan.h"
#include "engine/worker.h"

namespace staunch {

// What the scan of a text leaves to those that are made of it.
struct Carried {
  std::uint64_t size = 0;     // of the text
  std::vector<Hit> hits;      // ordered by end
  bool decode_whole = true;   // something stands behind its encodings, or nobody looked
};

struct VersionReport {
  ItemReport item;         // of a path that is not known: empty, or "!member"
  bool asks_path = false;  // what stands at a path depends on it: `item` has all that may stand somewhere
};

// Scans `text`. With a base, `copies` tell what it has of it, ordered by place and not overlapping; without one they are
// empty and `base` is null. `carried` is overwritten, and is not `base`.
VersionReport scan_version(Scanner& scanner, Scanner::Lease& lease, std::string_view text, const Carried* base,
                           std::span<const Copy> copies, Carried& carried);

}  // namespace staunch
