// What stands behind encoded bytes: a copy of an item in which they are decoded, and the way back to their place.
//
// The copy is condensed: every encoded run stands decoded where it stood, with what is around it left as it is (a rule
// may ask for the word in front of a value), and the rest of the item is left out. It is scanned as any other text;
// what is found there and touches decoded bytes was hidden before. Pieces say which bytes of the source each part of
// the copy stands for. Copies have copies: that is how nested encodings are seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace staunch {

enum class Codec : std::uint8_t { none, base64, hex, percent, escape, entity, utf16, sqlite, pyc, gzip };

// As reports say it.
const char* codec_name(Codec codec);

// Bytes of the copy from `at` up to the next piece. A piece of base64 decodes 4 source bytes to 3 throughout, one of
// hex or UTF-16 2 to 1; one of any other codec is one unit ("%2F", or what a few bytes of gzip stand for), whole, and
// so is one of base64 with 3 bytes or fewer (a quad, which may go over a line end) and one UTF-16 character outside of
// ASCII.
struct Piece {
  std::uint64_t at = 0;              // offset in the copy
  std::uint64_t begin = 0, end = 0;  // offsets in the source; both equal for a separator that stands for nothing
  Codec codec = Codec::none;         // none: verbatim, or a separator
};

struct Span {
  std::uint64_t begin = 0, end = 0;
};

// A growing copy, of which the front may be dropped.
struct Expansion {
  std::uint64_t base = 0;  // offset in the copy of the first byte of `text`
  std::string text;
  std::vector<Piece> pieces;  // ordered; the first one holds the first byte of `text`

  // Appends a piece with its bytes.
  void add(Codec codec, std::uint64_t begin, std::uint64_t end, std::string_view bytes);

  // The source bytes that [begin, end) of the copy stands for; an empty span is the place where it would stand.
  Span origin(std::uint64_t begin, std::uint64_t end) const;

  // The codecs of the decoded pieces that [begin, end) of the copy overlaps or touches, in order, each once.
  std::vector<Codec> codecs(std::uint64_t begin, std::uint64_t end) const;

  // Forgets the bytes before `offset` (of the copy) and the pieces that end there.
  void drop(std::uint64_t offset);
};

}  // namespace staunch
