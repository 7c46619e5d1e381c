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

// How many bytes of the source stand for how many of the copy, throughout a piece: 4 for 3 where it was base64.
struct Ratio {
  std::uint8_t source = 0, copy = 0;
  bool operator==(const Ratio&) const = default;
};
inline constexpr Ratio kVerbatim{1, 1};
// The piece stands for its source as a whole: a quad of base64 that goes over a line end, what a few bytes of gzip
// stand for, a separator.
inline constexpr Ratio kWhole{0, 0};

// Bytes of the copy from `at` up to the next piece.
struct Piece {
  std::uint64_t at = 0;              // offset in the copy
  std::uint64_t begin = 0, end = 0;  // offsets in the source; both equal for a separator that stands for nothing
  Codec codec = Codec::none;         // none: verbatim, or a separator
  Ratio ratio = kVerbatim;
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
  void add(Codec codec, std::uint64_t begin, std::uint64_t end, std::string_view bytes, Ratio ratio);

  // The source bytes that [begin, end) of the copy stands for; an empty span is the place where it would stand.
  Span origin(std::uint64_t begin, std::uint64_t end) const;

  // The codecs of the decoded pieces that [begin, end) of the copy overlaps or touches, in order, each once.
  std::vector<Codec> codecs(std::uint64_t begin, std::uint64_t end) const;

  // Forgets the bytes before `offset` (of the copy) and the pieces that end there.
  void drop(std::uint64_t offset);
};

}  // namespace staunch
