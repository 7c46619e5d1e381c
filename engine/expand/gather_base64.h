// Characters of base64 that do not stand next to one another: over a line end, or escaped one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace staunch {

// Four characters, or fewer at the end of a run.
struct GatheredQuad {
  static constexpr std::size_t kNoLine = static_cast<std::size_t>(-1);
  std::uint32_t quad = 0;  // six bits each
  std::size_t count = 0, begin = 0, end = 0;
  std::size_t line_begin = kNoLine;  // count of the characters before a line end
};

// The quad at text[at]; over a line end where it `may_wrap` and text follows there.
GatheredQuad gather_quad(std::string_view text, std::size_t at, bool may_wrap);

// How long the padding character at text[at] is, as itself or escaped; 0 where there is none.
std::size_t base64_padding_length(std::string_view text, std::size_t at);

}  // namespace staunch
