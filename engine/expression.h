// A rule's regex as RE2 runs it: the answers of the regex as it is written, sooner.
//
// RE2 spells a bound out: x{20,900} is 900 copies of x, which take milliseconds to compile and give its automaton a
// state for each count. Most matches are far shorter than such bounds let them be. So the regex is asked with its wide
// bounds left out first, x{20,}. That one tries the same paths in the same order, and some longer ones besides: a match
// that is too short to have passed a bound is the first match of the regex as it is written, too. Behind a longer one,
// that regex is compiled and asked, as it is in a long text.
#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <string>

#include "engine/lazy.h"

namespace staunch {

class Expression {
 public:
  // A pattern that RE2 accepts.
  explicit Expression(std::string pattern);

  int groups() const { return unbounded_->NumberOfCapturingGroups(); }

  // RE2::Match of the pattern, unanchored, for the match and `count - 1` groups; count is at least 1. Thread-safe.
  bool match(re2::StringPiece text, std::size_t begin, std::size_t end, re2::StringPiece* groups, int count) const;

 private:
  std::string pattern_;
  std::unique_ptr<RE2> unbounded_;
  std::size_t longest_;  // the most bytes of a match that cannot have passed a bound which was left out
  mutable Lazy<RE2> written_;
};

// A pattern without its wide bounds, as far as they are those of single characters and classes.
struct Unbounded {
  std::string pattern;
  // x{n,m} became x{n,}: the least m - n of those. The greatest number where there are none.
  std::size_t slack;
};
Unbounded without_bounds(const std::string& pattern);

}  // namespace staunch
