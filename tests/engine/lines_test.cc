// Places from a LineIndex against counting from the beginning.
#include "engine/locate.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>

namespace {

using namespace staunch;

Position counted(std::string_view text, std::uint64_t offset) {
  const std::string_view before = text.substr(0, offset);
  Position at;
  at.line = 1 + static_cast<std::uint64_t>(std::count(before.begin(), before.end(), '\n'));
  at.column = 1;
  for (auto c = before.rbegin(); c != before.rend() && *c != '\n'; ++c) ++at.column;
  return at;
}

// Built the way that segments are: pieces of whole blocks, each with an index of its own.
LineIndex joined(std::string_view text, std::mt19937& random) {
  LineIndex out;
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kLineBlock * (1 + random() % 4));
    text.remove_prefix(piece.size());
    LineIndex index;
    for (std::string_view rest = piece; !rest.empty();) {
      const std::string_view part = rest.substr(0, kLineBlock * (1 + random() % 2));
      index.append(part);
      rest.remove_prefix(part.size());
    }
    out.append(index);
  }
  return out;
}

}  // namespace

TEST_CASE("lines and columns are those that one counts") {
  std::mt19937 random(42);
  for (int round = 0; round < 60; ++round) {
    const std::size_t size = round % 5 == 0 ? kLineBlock * (random() % 5) : random() % (6 * kLineBlock);
    std::string text(size, 'x');
    // From no newline at all to newlines everywhere.
    const std::size_t newlines = round % 4 == 0 ? 0 : size >> (random() % 20);
    for (std::size_t i = 0; i < newlines; ++i) text[random() % size] = '\n';
    LineIndex whole;
    whole.append(text);
    const LineIndex pieces = joined(text, random);
    for (int i = 0; i < 20; ++i) {
      std::uint64_t offset = i == 0 ? size : random() % (size + 1);
      if (i % 4 == 1) offset = std::min<std::uint64_t>(size, offset / kLineBlock * kLineBlock);
      const Position expected = counted(text, offset);
      const std::uint64_t begin = LineIndex::block_begin(offset);
      const std::string_view block = std::string_view(text).substr(begin, offset + 1 - begin);
      CAPTURE(size, offset);
      for (const Position actual : {whole.position(offset, block), pieces.position(offset, block)}) {
        REQUIRE(actual.line == expected.line);
        REQUIRE(actual.column == expected.column);
      }
    }
  }
}
