// Where the tokens of a JSON text begin: simdjson's first stage, and nothing else of it.
//
// The first stage finds every bracket, colon, comma, opening quote and first byte of a number or word, outside of
// strings, at gigabytes a second on whatever processor it runs, and refuses bytes that are not UTF-8, raw control
// characters in strings and a string that is not closed. That is all a walk needs that wants offsets and no values;
// json_walk.h does the grammar.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace staunch {

inline constexpr std::size_t kMaxJsonBytes = 1u << 31;

// Keeps its memory between texts, four bytes for each byte of the largest one (only what was needed of it is touched);
// beyond kKeptBytes it is given back. Not for several threads at once.
class Structure {
 public:
  Structure();
  ~Structure();

  // False where the text is empty, too long or damaged as above. `positions` are valid until the next call.
  bool index(std::string_view text, std::span<const std::uint32_t>& positions);

 private:
  static constexpr std::size_t kKeptBytes = 4u << 20;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace staunch
