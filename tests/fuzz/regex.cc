// Any pattern: where RE2 accepts it, taking it apart must not crash, and what RE2 matches must be in the tree, the
// automata and the needles. The first byte says where the pattern ends and the text begins.
#include <re2/re2.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "engine/parts.h"
#include "tests/differential/language.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace staunch;
  constexpr std::size_t kMaxText = 300;  // the check of the tree is naive
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string pattern(input.substr(0, data[0]));
  const std::string_view text = input.substr(pattern.size()).substr(0, kMaxText);
  const RE2 regex(pattern, re2_options(pattern));
  const auto syntax = Syntax::parse(pattern, encoding_of(pattern));  // not even where RE2 refuses may it crash
  if (!regex.ok() || !syntax) return 0;
  const re2::StringPiece piece(text.data(), text.size());
  re2::StringPiece match;
  for (std::size_t at = 0; at <= text.size() && regex.Match(piece, at, text.size(), RE2::UNANCHORED, &match, 1);) {
    const auto begin = static_cast<std::size_t>(match.data() - text.data());
    const std::string broken = test::broken_promise(pattern, text, begin, begin + match.size());
    if (!broken.empty()) {
      std::fprintf(stderr, "%s: pattern '%s', text '%.*s' [%zu, %zu)\n", broken.c_str(), pattern.c_str(),
                   static_cast<int>(text.size()), text.data(), begin, begin + match.size());
      std::abort();
    }
    at = match.empty() ? begin + 1 : begin + match.size();
  }
  return 0;
}
