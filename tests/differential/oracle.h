// The plain oracle: each rule's RE2 over the whole content, one by one. Slow and obvious; what the engine finds must be
// the same.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "engine/parts.h"

namespace staunch::test {

struct Found {
  std::uint32_t rule;
  std::uint64_t begin, end;
  auto operator<=>(const Found&) const = default;
};

inline std::vector<Found> oracle(const Catalogue& catalogue, std::string_view text) {
  std::vector<Found> out;
  const re2::StringPiece piece(text.data(), text.size());
  for (std::uint32_t rule = 0; rule < catalogue.rules.size(); ++rule) {
    const std::string& pattern = catalogue.rules[rule].regex;
    if (pattern.empty()) continue;
    const RE2 regex(pattern, re2_options(pattern));
    re2::StringPiece match;
    for (std::size_t at = 0; at <= text.size() && regex.Match(piece, at, text.size(), RE2::UNANCHORED, &match, 1);) {
      const auto begin = static_cast<std::size_t>(match.data() - text.data());
      out.push_back({rule, begin, begin + match.size()});
      at = match.empty() ? begin + 1 : begin + match.size();
    }
  }
  return out;
}

}  // namespace staunch::test
