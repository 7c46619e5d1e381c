// Texts that are made of one another by copies and insertions, as a delta chain of git holds the versions of a file.
//
// Each is an item of its own, and what is found in it is what scan(text) finds; but needles and encodings are looked
// for only where it differs from its base. Needle hits are carried through the copies: a needle lies inside of one
// copied run, and then the base had it, or it touches a seam, and then it is in a window round that seam. What stands
// behind encodings is not carried: where the base holds something there, or where a window cannot be sure, the whole
// text is decoded anew. Guards, regions and RE2 see every version as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/copy.h"
#include "engine/expand/expansion.h"
#include "engine/hit.h"
#include "engine/scan.h"

namespace staunch {

// What the scan of a text leaves to those that are made of it.
struct Carried {
  std::uint64_t size = 0;    // of the text
  std::vector<Hit> hits;     // ordered by end
  bool decode_whole = true;  // something stands behind its encodings, or nobody looked
};

struct VersionReport {
  ItemReport item;         // of a path that is not known: empty, or "!member"
  bool asks_path = false;  // what stands at a path depends on it: `item` has all that may stand somewhere
  // Then, where nothing is hidden in the text: all matches that may count at some path, for scan_matches().
  std::optional<std::vector<RawMatch>> matches;
};

// Scans `text`. With a base, `copies` tell what it has of it, ordered by place and not overlapping; without one they
// are empty and `base` is null. `carried` is overwritten, and is not `base`.
VersionReport scan_version(Scanner& scanner, Scanner::Lease& lease, std::string_view text, const Carried* base,
                           std::span<const Copy> copies, Carried& carried);

// What scan(text, path) finds, of a text whose VersionReport has `matches`; quicker, since nothing is looked for.
ItemReport scan_matches(Scanner& scanner, Scanner::Lease& lease, std::string_view text, const std::string& path,
                        std::vector<RawMatch> matches);

// Whether nothing can be found in any of these small texts, each an item of its own: looked at in one go, which is much
// quicker than one by one. `texts` are parts of `joined`, ordered, with an empty line between one another. False where
// something may be found, or where one of them has to be looked at by itself.
bool nothing_in(Scanner& scanner, Scanner::Lease& lease, std::string_view joined, std::span<const Span> texts);

// Whether a rule that asks for the path alone may want a path; allowlists are not asked. Thread-safe.
bool path_may_hit(const Database& database, std::string_view path);

// As scan_version() for bytes that come one after another and are too many to hold.
VersionReport scan_unnamed(Scanner& scanner, Scanner::Lease& lease, ByteStream& bytes);

// Whether an allowlist that names commits lets the occurrence go that this commit (in hex) introduced.
bool commit_allowed(const Database& database, const Occurrence& occurrence, std::string_view commit);

// A number for a secret's bytes, the same wherever they stand; keyed as fingerprints are, but quick for guessable
// values too. For the length of a run.
std::uint64_t secret_handle(Scanner& scanner, const Occurrence& occurrence);

}  // namespace staunch
