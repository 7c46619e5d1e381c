#include "engine/expand/expansion.h"

#include <algorithm>

namespace staunch {
namespace {

// How many source bytes stand for how many bytes of the copy.
struct Ratio {
  std::uint64_t source, copy;
};

Ratio ratio_of(Codec codec) {
  switch (codec) {
    case Codec::base64: return {4, 3};
    case Codec::hex:
    case Codec::utf16: return {2, 1};
    default: return {1, 1};
  }
}

// The piece that holds the byte at `offset`.
std::vector<Piece>::const_iterator piece_at(const std::vector<Piece>& pieces, std::uint64_t offset) {
  auto next = std::upper_bound(pieces.begin(), pieces.end(), offset,
                               [](std::uint64_t at, const Piece& piece) { return at < piece.at; });
  return next == pieces.begin() ? next : next - 1;
}

// Whether a piece stands for its source as a whole: escapes, and single quads of base64, in which a line end or an
// escape may stand.
bool whole(const Expansion& of, std::vector<Piece>::const_iterator piece) {
  const Codec codec = piece->codec;
  if (codec == Codec::percent || codec == Codec::escape || codec == Codec::entity || codec == Codec::gzip) return true;
  if (codec != Codec::base64 && codec != Codec::utf16) return false;
  const auto next = piece + 1;
  const std::uint64_t end = next == of.pieces.end() ? of.base + of.text.size() : next->at;
  return codec == Codec::base64 ? end - piece->at <= 3 : (end - piece->at) * 2 != piece->end - piece->begin;
}

}  // namespace

const char* codec_name(Codec codec) {
  switch (codec) {
    case Codec::none: return "none";
    case Codec::base64: return "base64";
    case Codec::hex: return "hex";
    case Codec::percent: return "percent";
    case Codec::escape: return "escape";
    case Codec::entity: return "entity";
    case Codec::utf16: return "utf-16";
    case Codec::sqlite: return "sqlite";
    case Codec::pyc: return "pyc";
    case Codec::gzip: return "gzip";
  }
  return "none";
}

void Expansion::add(Codec codec, std::uint64_t begin, std::uint64_t end, std::string_view bytes) {
  pieces.push_back({base + text.size(), begin, end, codec});
  text += bytes;
}

Span Expansion::origin(std::uint64_t begin, std::uint64_t end) const {
  if (pieces.empty()) return {};
  const auto first = piece_at(pieces, begin);
  const Ratio ratio = ratio_of(first->codec);
  Span span;
  span.begin = whole(*this, first)
                   ? first->begin
                   : std::min(first->end, first->begin + (begin - first->at) / ratio.copy * ratio.source);
  if (end <= begin) return {span.begin, span.begin};
  const auto last = piece_at(pieces, end - 1);
  const Ratio to = ratio_of(last->codec);
  span.end = whole(*this, last)
                 ? last->end
                 : std::min(last->end, last->begin + (end - 1 - last->at) / to.copy * to.source + to.source);
  return {span.begin, std::max(span.begin, span.end)};
}

std::vector<Codec> Expansion::codecs(std::uint64_t begin, std::uint64_t end) const {
  std::vector<Codec> found;
  if (pieces.empty()) return found;
  for (auto piece = piece_at(pieces, begin > 0 ? begin - 1 : 0); piece != pieces.end() && piece->at <= end; ++piece) {
    if (piece->codec == Codec::none) continue;
    if (std::find(found.begin(), found.end(), piece->codec) == found.end()) found.push_back(piece->codec);
  }
  return found;
}

void Expansion::drop(std::uint64_t offset) {
  if (offset <= base) return;
  offset = std::min(offset, base + text.size());
  text.erase(0, offset - base);
  base = offset;
  if (pieces.empty()) return;
  pieces.erase(pieces.begin(), piece_at(pieces, offset));
}

}  // namespace staunch
