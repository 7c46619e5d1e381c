// A raw match becomes an occurrence, or is dropped: secret, entropy, offline check, allowlists.
//
// Two steps, so that one content that stands at many paths is confirmed once: confirm() looks at bytes only,
// take_path() decides what needs a path.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/expansion.h"
#include "engine/finding.h"
#include "engine/parts.h"
#include "engine/worker.h"

namespace staunch {

// Bytes of an item around a match: all of it, or a part that reaches kMaxLineBytes / 2 beyond the match on both sides
// where the item does.
struct View {
  std::string_view text;
  std::uint64_t base = 0;  // offset of the text in the item
};

struct Confirmed {
  Occurrence occurrence;  // without path, positions and fingerprint
  // Allowlists whose bytes part has hit and which drop the occurrence if the path is theirs: indices into the rule's
  // lists, or into the global ones where `global`.
  struct Pending {
    bool global;
    std::uint32_t list;
  };
  std::vector<Pending> pending;
  // Of a scored rule: what its bytes came to, and whether it is quoted. The path may lower it.
  double logit = 0;
  bool quoted = false;
};

// Sets the lines of an occurrence to those that the `span` of the item touches.
void take_lines(Occurrence& occurrence, const View& view, Span span);

// The secrets that a match holds, as views into `view`: one, or of a rule with `every_group` each of its
// groups that takes part.
std::vector<std::string_view> secrets_of(const Database::Parts& parts, const RawMatch& match, const View& view);

// `secret` is one of secrets_of(). Where `why` is given it says for people what spoke against the match, or, of one
// that comes back, what to know of it.
std::optional<Confirmed> confirm(const Database::Parts& parts, const RawMatch& match, std::string_view secret,
                                 const View& view, std::string* why = nullptr);

// The allowlists that a path alone can meet, for a rule without regex.
std::vector<Confirmed::Pending> path_allowlists(const Database::Parts& parts, std::uint32_t rule);

// Whether a rule's `path`, the allowlists and the score let an occurrence at `path` stand. Where the path makes one
// less sure of it, its confidence sinks and a reason says so.
bool take_path(const Database::Parts& parts, Confirmed& confirmed, const std::string& path, std::string* why = nullptr);

// Whether take_path() may change anything.
bool path_matters(const Database::Parts& parts, const Confirmed& confirmed);

// Whether an allowlist that names commits lets the occurrence go that this commit (in hex) introduced.
bool commit_allowed(const Database::Parts& parts, const Occurrence& occurrence, std::string_view commit);

}  // namespace staunch
