// One redactor that knows every secret of the run, and masks them in whatever is about to be printed.
//
// A secret leaks through more than its own place: a path, a commit message, the snippet of a neighbour, and not only
// as it is but percent-encoded, JSON-escaped, in hex or inside base64. So each secret is added once in all these
// codings, and every text that comes from scanned material passes mask().
//
// How: a pattern is kept as two hashes, of its first 4, 8, 16, 32 or 64 bytes (the most that fit) and of all of it.
// A text is hashed by prefixes once, then each window costs one look at a bitmap and seldom more, whatever the number
// of secrets. No byte of a secret is held.
//
// Limits: secrets shorter than kShortestHunted bytes are masked only at their own place (they would blank out ordinary
// words). Beyond kMaxHunted secrets, the further ones are hunted as they are but not in other codings, and of a secret
// the first kMaxCodedBytes are. A coding inside a coding is not looked for. Of a long secret that a text holds only in
// part, pieces of kPieceBytes are found, and of one with several lines each line.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "rules/rule.h"

namespace staunch {

inline constexpr std::size_t kShortestHunted = 4;
inline constexpr std::size_t kMaxHunted = 100'000;
inline constexpr std::size_t kPieceBytes = 32;
inline constexpr std::size_t kMaxCodedBytes = 16384;

// What of a secret may be shown. `percent` hides the tail as gitleaks' --redact=N does: 100 hides all but what the
// rule says literally, 0 nothing.
struct Redaction {
  bool show = false;
  int percent = 100;
  bool shows_all() const { return show || percent <= 0; }
};

// What stands for the secret in reports: the fixed literal that the rule's format begins with and "…".
std::string redacted_form(const Rule& rule, std::string_view secret, const Redaction& redaction);

// The first bytes that `percent` leaves, rounded, cut at a character, and "...".
std::string partly_hidden(std::string_view secret, int percent);

// Whether all secrets of this format have the size of this one, so that its length tells nothing.
bool has_fixed_length(const Format& format, std::size_t size);

class ReportRedactor {
 public:
  // Bytes of a text that hold a secret, and what shall stand there instead (a view into the ReportRedactor).
  struct Span {
    std::size_t begin = 0, end = 0;
    std::string_view shown;
  };

  // From now on `shown` stands for `secret`. Adding a secret again changes nothing.
  void add(std::string_view secret, std::string_view shown);

  // Spans in order, none touching another.
  std::vector<Span> find(std::string_view text) const;
  std::string mask(std::string_view text) const;
  // A path. A word of it that is a secret too (the password "shop" of shop/compose.yaml) stays: everybody knows the
  // path, and a gap in it would tell which of its words is one.
  std::string mask_path(std::string_view path) const;

 private:
  static constexpr std::size_t kLevels = 5;  // windows of 4 << level bytes

  static std::string replace(std::string_view text, const std::vector<Span>& spans);
  void add_pattern(std::string_view pattern, std::uint32_t shown, std::uint32_t before, std::uint32_t after);
  void add_codings(std::string_view secret, std::uint32_t shown);
  void add_parts(std::string_view secret, std::uint32_t shown);

  struct Pattern {
    std::uint32_t shown = 0;
    std::uint8_t before = 0, after = 0;  // characters beside the pattern that hold bits of the secret too
  };
  std::vector<bool> bitmap_;  // of windows; sized at the first add
  std::array<std::unordered_set<std::uint64_t>, kLevels> windows_;
  std::array<std::vector<std::size_t>, kLevels> lengths_;  // that patterns of the level have, longest first
  std::unordered_map<std::uint64_t, Pattern> patterns_;    // by hash of the whole and its length
  std::unordered_map<std::string, std::uint32_t> shown_ids_;
  std::vector<const std::string*> shown_;      // keys of shown_ids_, which never move
  std::unordered_set<std::uint64_t> secrets_;  // hashes of what was added
};

}  // namespace staunch
