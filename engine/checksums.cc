// See checksums.h. Every function follows its published definition step by step; speed does not matter here.
#include "engine/checksums.h"

#include <bit>

#include <libdeflate.h>

namespace staunch {
namespace {

constexpr std::string_view kBech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

// One step of the bech32 checksum: five more bits through the generator (BIP-173).
std::uint32_t bech32_step(std::uint32_t state, std::uint32_t value) {
  static constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd,
                                                              0x2a1462b3};
  const std::uint32_t top = state >> 25;
  state = (state & 0x1ffffff) << 5 ^ value;
  for (std::size_t i = 0; i < kGenerator.size(); ++i)
    if (top >> i & 1) state ^= kGenerator[i];
  return state;
}

struct Marvin {
  std::uint32_t p0, p1;

  void block(std::uint32_t word) {
    p0 += word;
    p1 ^= p0;
    p0 = std::rotl(p0, 20) + p1;
    p1 = std::rotl(p1, 9) ^ p0;
    p0 = std::rotl(p0, 27) + p1;
    p1 = std::rotl(p1, 19);
  }
};

}  // namespace

std::uint32_t crc32(std::string_view bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

std::string little_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(value >> shift & 0xff));
  return bytes;
}

std::string to_digits(std::uint32_t value, std::string_view digits, std::size_t width) {
  std::string reversed;
  const auto base = static_cast<std::uint32_t>(digits.size());
  for (; value != 0; value /= base) reversed.push_back(digits[value % base]);
  if (reversed.size() < width) reversed.append(width - reversed.size(), digits[0]);
  return {reversed.rbegin(), reversed.rend()};
}

std::uint64_t marvin64(std::string_view bytes, std::uint64_t seed) {
  Marvin state{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  std::uint32_t word = 0;
  std::size_t at = 0;
  for (; at < bytes.size(); ++at) {
    word |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) << 8 * (at % 4);
    if (at % 4 != 3) continue;
    state.block(word);
    word = 0;
  }
  state.block(word | 0x80u << 8 * (at % 4));
  state.block(0);
  return static_cast<std::uint64_t>(state.p1) << 32 | state.p0;
}

std::uint32_t marvin32(std::string_view bytes, std::uint64_t seed) {
  const std::uint64_t hash = marvin64(bytes, seed);
  return static_cast<std::uint32_t>(hash >> 32) ^ static_cast<std::uint32_t>(hash);
}

std::string bech32_checksum(std::string_view hrp, std::string_view data) {
  std::uint32_t state = 1;
  for (const char c : hrp) state = bech32_step(state, static_cast<unsigned char>(c) >> 5);
  state = bech32_step(state, 0);
  for (const char c : hrp) state = bech32_step(state, static_cast<unsigned char>(c) & 31);
  for (const char c : data) {
    const std::size_t value = kBech32.find(c);
    if (value == kBech32.npos) return {};
    state = bech32_step(state, static_cast<std::uint32_t>(value));
  }
  for (int i = 0; i < 6; ++i) state = bech32_step(state, 0);
  state ^= 1;
  std::string checksum;
  for (int shift = 25; shift >= 0; shift -= 5) checksum.push_back(kBech32[state >> shift & 31]);
  return checksum;
}

}  // namespace staunch
