// Which lines of a text may hide something behind their encodings, told without decoding any.
//
// Logs that are JSON have escapes in every line: quotes and newlines, which hide nothing. A match behind a line's
// escapes would hold a needle, made of the line's own bytes or of some that an escape became; and what is encoded twice
// would have to be made of such. So a line is passed over where no needle stands in it as it is, no encoded run begins,
// and all its escapes are inert: of bytes that encodings are not made of, with no needle around them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expand/expansion.h"

namespace staunch {

// Needles as they lie around each of their bytes. Case is not looked at.
class NeedleBytes {
 public:
  NeedleBytes();
  ~NeedleBytes();
  NeedleBytes(const NeedleBytes&) = delete;
  NeedleBytes& operator=(const NeedleBytes&) = delete;

  void add(std::string_view needle);
  // Rules without needles: any byte may matter.
  void add_all() { all_ = true; }

  // Whether a needle may hold the byte that an escape at [begin, end) becomes, where none of those before it are of an
  // escape. What stands behind may be.
  bool may_hold(unsigned char byte, std::string_view text, std::size_t begin, std::size_t end) const;

 private:
  struct Place {
    std::string before, behind;
    bool fits(std::string_view text, std::size_t begin, std::size_t end) const;
  };
  struct Tables;
  std::unique_ptr<Tables> tables_;
  bool all_ = false;
};

// Whole lines (with their newlines) of [begin, end of text) that must be looked behind, in order. `hits`: the last
// bytes of all needles that stand in the text, in order.
std::vector<Span> lines_to_decode(std::string_view text, std::size_t begin, const NeedleBytes& needles,
                                  const std::vector<std::size_t>& hits);

}  // namespace staunch
