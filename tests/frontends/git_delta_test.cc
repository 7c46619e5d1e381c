// Deltas against a reader that follows the manual byte by byte.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>

#include "frontends/git/delta.h"
#include "tests/frontends/git_delta_writer.h"

using namespace staunch;
using namespace staunch::test;

namespace {

constexpr std::uint64_t kMaxResult = 64 << 20;

// A delta byte by byte, as the manual describes it; false where it is damaged.
bool apply_slowly(const std::string& base, const std::string& delta, std::string& result) {
  std::size_t at = 0;
  const auto next = [&] { return static_cast<unsigned char>(delta.at(at++)); };
  const auto number = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const unsigned byte = next();
      value |= std::uint64_t{byte & 0x7f} << shift;
      if (byte < 0x80) return value;
    }
  };
  try {
    const std::uint64_t from_size = number(), size = number();
    if (from_size != base.size()) return false;
    while (at < delta.size()) {
      const unsigned operation = next();
      if (operation == 0) return false;
      if (operation < 0x80) {
        for (unsigned i = 0; i < operation; ++i) result += static_cast<char>(next());
        continue;
      }
      std::size_t from = 0, count = 0;
      for (unsigned i = 0; i < 4; ++i)
        if (operation >> i & 1) from |= std::size_t{next()} << (8 * i);
      for (unsigned i = 0; i < 3; ++i)
        if (operation >> (4 + i) & 1) count |= std::size_t{next()} << (8 * i);
      if (count == 0) count = 0x10000;
      for (std::size_t i = 0; i < count; ++i) result += base.at(from + i);
    }
    return result.size() == size;
  } catch (const std::out_of_range&) {
    return false;
  }
}

}  // namespace

TEST_CASE("any delta gives what the manual says, and its copies tell where from", "[git]") {
  std::mt19937 random(11);
  Buffer result;
  for (int round = 0; round < 4000; ++round) {
    std::string base(random() % (round % 10 == 0 ? 200000 : 300), '\0');
    for (char& c : base) c = static_cast<char>(random());
    std::string body;
    std::uint64_t size = 0;
    for (auto i = random() % 20; i-- > 0;) {
      if (!base.empty() && random() % 3 != 0) {
        const std::uint64_t from = random() % base.size();
        const std::uint64_t most = std::min<std::uint64_t>(base.size() - from, random() % 4 == 0 ? 0xffffff : 70);
        const std::uint64_t length = most >= 0x10000 && random() % 4 == 0 ? 0x10000 : 1 + random() % most;
        body += copy_instruction(from, length);
        size += length;
        // What goes on where it ended is one copy with it.
        if (random() % 3 == 0 && from + length < base.size()) {
          body += copy_instruction(from + length, 1);
          ++size;
        }
      } else {
        const auto length = 1 + random() % 127;
        body += static_cast<char>(length);
        for (auto k = length; k-- > 0;) body += static_cast<char>(random());
        size += length;
      }
    }
    std::string delta = seven_bits(base.size()) + seven_bits(size) + body;
    // A third of them is damaged in a byte, or cut.
    if (round % 6 == 0) delta[random() % delta.size()] = static_cast<char>(random());
    if (round % 6 == 1) delta.resize(random() % delta.size());
    const auto sizes = delta_sizes(delta);
    if (sizes.ok() && sizes->result > kMaxResult) continue;

    std::string expected;
    std::vector<Copy> copies = {{1, 2, 3}};
    const bool valid = apply_slowly(base, delta, expected);
    const Status status = apply_delta(base, delta, result, round % 2 == 0 ? &copies : nullptr);
    REQUIRE(status.ok() == valid);
    if (!valid) continue;
    REQUIRE(result.view() == expected);
    if (round % 2 != 0) continue;
    for (std::size_t i = 0; i < copies.size(); ++i) {
      const Copy& copy = copies[i];
      REQUIRE(copy.size > 0);
      REQUIRE(base.substr(copy.from, copy.size) == expected.substr(copy.to, copy.size));
      if (i == 0) continue;
      const Copy& before = copies[i - 1];
      REQUIRE(copy.to >= before.to + before.size);
      REQUIRE_FALSE((copy.to == before.to + before.size && copy.from == before.from + before.size));
    }
  }
}

TEST_CASE("bytes between copies were inserted", "[git]") {
  const std::string base = "0123456789";
  const std::string body =
      copy_instruction(0, 3) + copy_instruction(3, 2) + "\2ab" + copy_instruction(5, 1) + copy_instruction(5, 1);
  Buffer result;
  std::vector<Copy> copies;
  REQUIRE(apply_delta(base, seven_bits(10) + seven_bits(9) + body, result, &copies).ok());
  CHECK(result.view() == "01234ab55");
  REQUIRE(copies.size() == 3);
  CHECK((copies[0].from == 0 && copies[0].to == 0 && copies[0].size == 5));
  CHECK((copies[1].from == 5 && copies[1].to == 7 && copies[1].size == 1));
  CHECK((copies[2].from == 5 && copies[2].to == 8 && copies[2].size == 1));
}
