// Optimal string alignment distance with three rows of a table. A limit on the distance, taken from the best word so
// far, lets most words go after a look at their length; words are short, so nothing cleverer pays.
#include "rules/nearest.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "rules/letters.h"

namespace staunch {
namespace {

constexpr std::size_t kMaxWord = 64;

// The distance of `a` and `b`, or some number above `limit` where it is above it. Both are at most kMaxWord long.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  using Row = std::array<std::uint8_t, kMaxWord + 1>;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<std::uint8_t>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<std::uint8_t>(i);
    std::size_t best = row[0];
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      std::size_t cost = std::min<std::size_t>({last[j] + 1u, row[j - 1] + 1u, last[j - 1] + (same ? 0u : 1u)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) cost = std::min<std::size_t>(cost, before[j - 2] + 1u);
      row[j] = static_cast<std::uint8_t>(cost);
      best = std::min(best, cost);
    }
    if (best > limit) return best;
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> words) {
  std::string_view best;
  if (word.empty() || word.size() > kMaxWord) return best;
  std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  for (std::string_view candidate : words) {
    if (candidate.empty() || candidate.size() > kMaxWord) continue;
    const std::size_t longer = std::max(word.size(), candidate.size());
    if (longer - std::min(word.size(), candidate.size()) > limit) continue;
    const std::size_t edits = distance(word, candidate, limit);
    if (edits > limit) continue;
    best = candidate;
    if (edits == 0) return best;
    limit = edits - 1;
  }
  return best;
}

}  // namespace staunch
