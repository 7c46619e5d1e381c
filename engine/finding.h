// What the engine hands to a sink: places where secrets stand.
//
// An Occurrence is one place of one secret; occurrences with the same fingerprint are one finding, and the sinks group
// them. Lines and columns count from 1, columns and offsets count bytes, ends are inclusive.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/secret.h"
#include "rules/rule.h"

namespace staunch {

struct Position {
  std::uint64_t line = 0;
  std::uint64_t column = 0;
};

enum class CheckOutcome : std::uint8_t { none, passed, failed };

// The commit that introduced an occurrence; only the git frontend fills it.
struct Commit {
  std::string id, author, email, author_date, commit_date, message, blob;  // id: empty where no commit has the blob
  std::uint64_t versions = 1;                                              // of the path, in which the secret stands
  bool in_head = false;               // the secret stands somewhere in what HEAD holds
  bool at_or_before = false;          // the history is cut there: an earlier commit may have brought it in
  std::string reachable;              // what leads to it where no ref does: "stash", "reflog", "nothing"; empty: a ref
  std::vector<std::string> branches;  // that still have the secret, at most kMaxBranches of them
  std::string repository;             // as it was asked for; empty where one was
};
inline constexpr std::size_t kMaxBranches = 20;

// What stands in messages has these in the place of a path, and a blob that stands in no tree "(blob ID)".
inline constexpr const char* kMessagePath = "(commit message)";
inline constexpr const char* kTagPath = "(tag message)";

// The other half of a secret: the id of a key that stands near the key.
struct Part {
  std::uint32_t rule = 0;
  Secret secret;
  Position begin;
  std::uint64_t offset = 0, length = 0;
};

struct Occurrence {
  std::uint32_t rule = 0;  // index into the catalogue's rules
  // "sf1:" and 32 hex digits. The engine leaves that of a guessable value empty: naming one takes time on purpose, so
  // it is done once it is known that the occurrence will be told (engine/fingerprint.h).
  std::string fingerprint;
  Secret secret;
  Secret match;  // the whole text that the rule matched
  Secret lines;  // the text of the lines that the match touches, newline excluded, at most kMaxLineBytes of it
  std::uint64_t lines_offset = 0;  // offset in the item at which `lines` begins
  Secret line_before;              // the line above `lines`, at most kMaxLineBytes of its end; for inline tags

  Severity severity = Severity::high;
  Confidence confidence = Confidence::medium;
  CheckOutcome check = CheckOutcome::none;
  double entropy = 0;
  std::vector<std::string> decoded;            // "base64", … from the outermost inwards
  std::map<std::string, std::string> derived;  // what the check could read from the secret: "account" -> "0123…"
  std::vector<std::string> reasons;            // why the confidence is what it is, for people

  std::vector<Part> parts;  // other halves, told here and not apart

  std::string path;                      // raw bytes, as the frontend spells it
  std::uint64_t offset = 0, length = 0;  // of the secret, in bytes
  Position begin, end;                   // of the secret; line 0 for a path-only rule
  std::uint64_t match_offset = 0, match_length = 0;
  Position match_begin, match_end;  // of the match, which gitleaks' fields speak of
  std::optional<Commit> commit;
};

inline constexpr std::size_t kMaxLineBytes = 4096;

// One thing that was not read as asked: what (a path, an object id) and why.
struct Note {
  std::string what;
  std::string why;
};

// What the whole scan did; the summary of every report.
struct Totals {
  std::uint64_t bytes = 0, items = 0, commits = 0, merges = 0, blobs = 0, missing = 0;  // missing: objects
  double seconds = 0;
  std::vector<Note> skipped;     // left out by a documented default or the user's option
  std::vector<Note> partial;     // cut by a limit: a warning
  std::vector<Note> incomplete;  // could not be read: exit code 3 where nothing was found
};

}  // namespace staunch
