// The entropy against a second count that decodes UTF-8 by the table of well-formed sequences (Unicode 3.9, table 3-7).
#include "engine/entropy.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <map>
#include <random>
#include <string>

namespace {

using namespace staunch;

struct Row {
  unsigned first_low, first_high, second_low, second_high;
  std::size_t size;
};
constexpr Row kWellFormed[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                               {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                               {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};

bool fits(const Row& row, const std::string& text, std::size_t at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (at + row.size > text.size() || byte(0) < row.first_low || byte(0) > row.first_high) return false;
  if (row.size > 1 && (byte(1) < row.second_low || byte(1) > row.second_high)) return false;
  for (std::size_t i = 2; i < row.size; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xbf) return false;
  return true;
}

double counted(const std::string& text) {
  std::map<std::string, double> counts;
  for (std::size_t at = 0; at < text.size();) {
    std::string character = "\xef\xbf\xbd";  // U+FFFD for a byte that begins nothing
    std::size_t size = 1;
    for (const Row& row : kWellFormed) {
      if (!fits(row, text, at)) continue;
      character = text.substr(at, row.size);
      size = row.size;
    }
    ++counts[character];
    at += size;
  }
  double sum = 0;
  for (const auto& [character, count] : counts) {
    const double share = count / static_cast<double>(text.size());
    sum -= share * std::log2(share);
  }
  return sum;
}

}  // namespace

TEST_CASE("entropy of texts that can be counted by hand") {
  CHECK(shannon_entropy("") == 0);
  CHECK(shannon_entropy("aaaa") == 0);
  CHECK(shannon_entropy("abcdefgh") == 3);
  CHECK(shannon_entropy("aabb") == 1);
  // Two characters of two bytes each: each has the share 1/4 of the bytes.
  CHECK(shannon_entropy("\u00e9\u00fc") == 1);
}

TEST_CASE("entropy agrees with a second count") {
  std::mt19937 random(41);
  const std::string pieces[] = {"a",
                                "b",
                                "7",
                                "\u00e9",
                                "\u212a",
                                "\U0001f511",
                                "\xff",
                                "\xc3",
                                "\xe2\x84",
                                "\xed\xa0\x80",
                                "\xf0\x9f",
                                "\xf4\x90\x80\x80",
                                "\xc0\x80",
                                "\xef\xbf\xbd",
                                std::string(1, '\0')};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (auto n = random() % 60; n > 0; --n) {
      if (random() % 4 == 0) text += static_cast<char>(random());
      else text += pieces[random() % std::size(pieces)];
    }
    CAPTURE(text);
    REQUIRE(std::abs(shannon_entropy(text) - counted(text)) < 1e-9);
  }
}
