// Escapes of JSON strings (RFC 8259, 7), undone with an account of where each byte came from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

// Bytes [out, out + out_size) of a view are those at [from, from + from_size) of what it was made from: the same bytes,
// or, where `whole`, something that can only be replaced as a whole (an escape).
struct EscapePiece {
  std::size_t out = 0, out_size = 0, from = 0, from_size = 0;
  bool whole = false;
};

// Appends a piece; one of equal bytes that goes on where the last one ended becomes part of it.
void add_piece(std::vector<EscapePiece>* pieces, EscapePiece piece);

// Appends text[begin, end) without its escapes to `out`; `pieces` (may be null) are relative to `text` and `out`. A
// lone half of a surrogate pair becomes three bytes that are not UTF-8. False at an escape that JSON does not know.
bool unescape_json(std::string_view text, std::size_t begin, std::size_t end, std::string& out,
                   std::vector<EscapePiece>* pieces);

}  // namespace staunch
