#include "engine/expand/expansion.h"

#include <algorithm>

namespace staunch {
namespace {

// The piece that holds the byte at `offset`.
std::vector<Piece>::const_iterator piece_at(const std::vector<Piece>& pieces, std::uint64_t offset) {
  auto next = std::upper_bound(pieces.begin(), pieces.end(), offset,
                               [](std::uint64_t at, const Piece& piece) { return at < piece.at; });
  return next == pieces.begin() ? next : next - 1;
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

void Expansion::add(Codec codec, std::uint64_t begin, std::uint64_t end, std::string_view bytes, Ratio ratio) {
  pieces.push_back({base + text.size(), begin, end, codec, ratio});
  text += bytes;
}

Span Expansion::origin(std::uint64_t begin, std::uint64_t end) const {
  if (pieces.empty()) return {};
  const auto first = piece_at(pieces, begin);
  Span span{first->begin, first->begin};
  if (first->ratio != kWhole) {
    const std::uint64_t units = (begin - first->at) / first->ratio.copy;
    span.begin = std::min(first->end, first->begin + units * first->ratio.source);
  }
  if (end <= begin) return {span.begin, span.begin};
  const auto last = piece_at(pieces, end - 1);
  span.end = last->end;
  if (last->ratio != kWhole) {
    const std::uint64_t units = (end - 1 - last->at) / last->ratio.copy + 1;
    span.end = std::min(last->end, last->begin + units * last->ratio.source);
  }
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
