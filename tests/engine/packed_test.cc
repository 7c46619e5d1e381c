// Gzip in base64: what it holds, and which characters each part of it stands for.
#include "engine/expand/packed.h"

#include <catch2/catch.hpp>

#include <string>

namespace staunch {
namespace {

// python3: base64.b64encode(gzip.compress(kText, mtime=0))
const std::string kPacked =
    "H4sIAAAAAAACAx2M0QmAMAwFV3kDSAdwDheITTCBkpQ20PXVft5xXLhgxeAD5J"
    "EqY9MJNWZx3KLmjFwB8Rps/sw//VQ0BiUsJ3qjKgWXChrN3IvyAuZgAbpaAAAA";
constexpr std::string_view kText =
    "one word, another word: hidden behind two encodings, and told at its place. The last word.";

}  // namespace

TEST_CASE("gzip in base64 is found and unpacked", "[packed]") {
  const std::string text = "release: " + kPacked + "\n";
  const PackedRun run = next_packed(text, 0);
  REQUIRE(run.begin == 9);
  const Expansion copy = unpack(text, run, 1000);
  CHECK(copy.text == kText);
  std::uint64_t before = 1009;
  for (const Piece& piece : copy.pieces) {
    CHECK(piece.begin >= before);
    CHECK(piece.end > piece.begin);
    CHECK(piece.end <= 1000 + run.end);
    before = piece.begin;
  }
  CHECK(next_packed(text, run.end).end == 0);
}

TEST_CASE("what only begins like gzip in base64 is none", "[packed]") {
  CHECK(next_packed("xH4sIAAAAAAAC" + kPacked.substr(4), 0).end == 0);  // in the midst of a run
  CHECK(next_packed("H4sIAAAA", 0).end == 0);
  const std::string noise = "H4sI" + std::string(200, 'q');
  CHECK(unpack(noise, next_packed(noise, 0), 0).text.size() < noise.size());
}

TEST_CASE("damaged gzip is unpacked up to the damage, and no further than its limits", "[packed]") {
  const std::string cut = kPacked.substr(0, kPacked.size() * 3 / 4);
  const Expansion copy = unpack(cut, next_packed(cut, 0), 0);
  CHECK(copy.text.size() < kText.size());
  CHECK(kText.substr(0, copy.text.size()) == copy.text);
}

}  // namespace staunch
