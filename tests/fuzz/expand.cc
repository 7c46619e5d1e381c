// Any bytes as a source of the Expander: the copy is the same whether they come at once or in parts, and whatever
// instructions look for runs; it is bounded, and every part of it comes from inside the source, in order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/expand/expander.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

Expansion expand(std::string_view text, std::size_t part, Simd simd) {
  Expansion out;
  Expander expander(simd);
  for (std::size_t end = 0;;) {
    const std::size_t begin = expander.keep_from();
    end = std::min(text.size(), end + part);
    const std::unique_ptr<char[]> exact(new char[end - begin]);  // so that a byte read too much is seen
    std::copy(text.begin() + begin, text.begin() + end, exact.get());
    expander.feed({exact.get(), end - begin}, begin, end == text.size(), out);
    if (end == text.size()) return out;
  }
}

void check_places(const Expansion& copy, std::size_t size) {
  std::uint64_t at = 0, source = 0;
  for (const Piece& piece : copy.pieces) {
    demand(piece.at >= at && piece.at < copy.text.size());
    demand(piece.begin >= source && piece.begin <= piece.end && piece.end <= size);
    demand(copy.pieces.front().at == 0);
    at = piece.at;
    source = piece.end;
  }
  for (std::size_t i = 0; i < copy.text.size(); i += 1 + i / 8) {
    const Span span = copy.origin(i, std::min(copy.text.size(), i + 1 + i % 40));
    demand(span.begin <= span.end && span.end <= size);
  }
}

bool same(const Expansion& one, const Expansion& other) {
  return one.text == other.text && std::equal(one.pieces.begin(), one.pieces.end(), other.pieces.begin(),
                                              other.pieces.end(), [](const Piece& a, const Piece& b) {
                                                return a.at == b.at && a.begin == b.begin && a.end == b.end &&
                                                       a.codec == b.codec;
                                              });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t part = 1 + data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Expansion whole = expand(text, text.size() + 1, best_simd());
  demand(whole.text.size() <= text.size() + text.size() / 2 + 4);
  check_places(whole, text.size());
  demand(same(whole, expand(text, part, best_simd())));
  demand(same(whole, expand(text, text.size() + 1, Simd::portable)));
  return 0;
}
