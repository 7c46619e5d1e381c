// Blocked words in a text, found although they are misspelt, spaced out or written in other case.
//
// Text and terms are folded: letters (ASCII in lower case, bytes above as they are) and digits stay, all else goes. A
// term stands where folded text is within `max_distance` insertions, deletions and replacements of it (Levenshtein). A
// term cut into distance + 1 pieces has one of them unchanged in every such place (pigeonholes): the first four letters
// of each are looked up at every byte in one small table, and only behind one is the distance computed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

std::string folded(std::string_view text);

struct TermHit {
  std::uint64_t offset = 0, length = 0;  // in the text: from the first letter to the last
  std::size_t term = 0;
};

class TermFinder {
 public:
  struct Wanted {
    std::string text;
    unsigned max_distance = 0;  // the folded text has at least 4 * (max_distance + 1) bytes
  };
  explicit TermFinder(const std::vector<Wanted>& terms);

  // In order of offset; hits of one term do not overlap. Where `by_line`, none goes over a newline.
  std::vector<TermHit> find(std::string_view text, bool by_line) const;

 private:
  struct Term {
    std::string letters;
    unsigned distance;
  };
  struct Piece {
    std::uint32_t gram;        // its first four letters
    std::uint32_t term, from;  // where in the term it begins
    std::uint32_t size;
  };
  struct Place {
    std::size_t begin, end;  // in the folded text
  };
  static constexpr unsigned kTableBits = 16;
  static std::uint32_t slot(std::uint32_t gram) { return gram * 0x9e3779b1u >> (32 - kTableBits); }
  bool nearest(const Term& term, std::string_view window, Place& place) const;

  std::vector<Term> terms_;
  std::vector<Piece> pieces_;  // by gram
  std::array<std::uint64_t, (1u << kTableBits) / 64> table_{};
};

}  // namespace staunch
