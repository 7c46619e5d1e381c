// Any bytes as an SQLite database and as compiled Python: no crash, every part of the copy whole, every piece inside
// the file and holding its bytes, and no copy that is much larger than the file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/expand/archive.h"
#include "engine/expand/records.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

void check_part(const Expansion& part, std::string_view file) {
  demand(part.base == 0 && !part.pieces.empty() && part.pieces[0].at == 0 && part.text.ends_with('\n'));
  for (std::size_t i = 0; i < part.pieces.size(); ++i) {
    const Piece& piece = part.pieces[i];
    const std::uint64_t next = i + 1 < part.pieces.size() ? part.pieces[i + 1].at : part.text.size();
    demand(piece.at < next && piece.begin <= piece.end && piece.end <= file.size() + 1);
    const std::string_view copy = std::string_view(part.text).substr(piece.at, next - piece.at);
    if (piece.codec == Codec::sqlite || piece.codec == Codec::pyc)
      demand(file.substr(piece.begin, piece.end - piece.begin) == copy);
    else demand(piece.codec == Codec::utf16 || piece.begin == piece.end);
  }
}

void check(decltype(expand_sqlite)& expand, std::string_view file) {
  std::uint64_t own = 0;
  expand(MemoryContent(file), file.size(), "it", [&](Expansion&& part) {
    check_part(part, file);
    for (const Piece& piece : part.pieces) own += piece.end - piece.begin;
  });
  demand(own <= 2 * file.size() + 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check(expand_sqlite, text);
  check(expand_pyc, text);
  return 0;
}
