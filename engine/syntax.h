// A rule's regex taken apart: what bytes it demands, in what order, how often.
//
// RE2 decides what matches; this tree only has to promise that it never demands more than RE2 does. Every text that
// RE2 matches is in the tree's language, the reverse need not hold: assertions match anywhere, captures are left out,
// classes beyond ASCII are widened. Needles, guards and reaches are derived from the tree and inherit the promise.
#pragma once

#include <bitset>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace staunch {

using ByteSet = std::bitset<256>;

struct Node {
  enum class Kind : std::uint8_t { empty, bytes, concat, alternate, repeat };
  static constexpr std::uint32_t kNoLimit = std::numeric_limits<std::uint32_t>::max();

  Kind kind = Kind::empty;
  ByteSet set;                        // bytes: one byte out of this set
  std::vector<const Node*> children;  // concat, alternate; repeat has one
  std::uint32_t min = 0, max = 0;     // repeat; kNoLimit is no limit
};

// How pattern and text are read: ASCII patterns as Latin-1 (a byte is a character), others as UTF-8.
enum class Encoding : std::uint8_t { latin1, utf8 };
Encoding encoding_of(std::string_view pattern);

class Syntax {
 public:
  // The tree of a pattern that RE2 has accepted. Nothing where this parser does not know a construct: the caller
  // then treats the rule as one without needles.
  static std::optional<Syntax> parse(std::string_view pattern, Encoding encoding);

  Syntax(Syntax&&) = default;
  Syntax& operator=(Syntax&&) = default;

  const Node* root() const { return root_; }

 private:
  friend class SyntaxParser;
  Syntax() = default;
  std::deque<Node> nodes_;  // owns every node; addresses are stable
  const Node* root_ = nullptr;
};

}  // namespace staunch
