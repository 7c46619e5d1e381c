// The pass over every byte: marks where encoded runs may begin.
//
// It answers with bits and decides nothing: a mark that is not there means that nothing encoded begins at that byte; a
// mark that is there has to be looked at. A byte's mark depends on it and the 24 bytes behind it alone.
#pragma once

#include <cstdint>
#include <string_view>

namespace staunch {

// The instructions that the pass is written in; all give the same marks.
enum class Simd : std::uint8_t { portable, avx2, vbmi };

bool has_simd(Simd simd);
Simd best_simd();

// Bit j of word i is about the byte 64 * i + j from where the pass began; bits behind the text are not set.
struct Marks {
  static constexpr std::size_t kWords = 63, kBytes = 64 * kWords;
  std::uint64_t triggers[kWords + 1];  // runs and escapes that may be a reason to copy
  std::uint64_t escapes[kWords + 1];   // every percent, backslash and entity escape, worth it or not
};

// Marks the bytes of `text` from `begin` on, kBytes of them at most.
void find_runs(std::string_view text, std::size_t begin, Simd simd, Marks& marks);

}  // namespace staunch
