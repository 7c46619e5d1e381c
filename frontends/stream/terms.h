// Blocked words in a text, found although they are misspelt, spaced out or written in other case.
//
// Text and terms are folded: letters (ASCII in lower case, bytes above as they are) and digits stay, all else goes. A
// term stands where folded text is the term, or within `max_distance` mistakes of it: insertions, deletions and
// replacements (Levenshtein). What is misspelt must begin and end with words ("one start" is no "lone star"), and each
// break between words too many or too few is a mistake too ("operation might fail", "lodestar"), unless each letter
// stands alone; in what is spelt right breaks do not matter.
// Without this a term of eight letters is found a hundred times a gigabyte where nobody wrote it.
//
// A term cut into distance + 1 pieces has one of them unchanged in every such place (pigeonholes): the first four
// letters of each are looked up at every byte in one small table, and only behind one is the distance computed.
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
    std::size_t words;
    unsigned distance;
  };
  struct Piece {
    std::uint32_t gram;        // its first four letters
    std::uint32_t term, from;  // where in the term it begins
    std::uint32_t size;
  };
  static constexpr unsigned kTableBits = 16;
  std::size_t next_candidate(std::string_view letters, std::size_t at) const;
  static std::uint32_t slot(std::uint32_t gram) { return gram * 0x9e3779b1u >> (32 - kTableBits); }

  std::vector<Term> terms_;
  std::vector<Piece> pieces_;  // by gram
  std::array<std::uint64_t, (1u << kTableBits) / 64> table_{};
};

}  // namespace staunch
