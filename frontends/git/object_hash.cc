// SHA-1 as in FIPS 180-4; libsodium, which has SHA-256, does not have it.
#include "frontends/git/object_hash.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "engine/keyed_hash.h"

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace staunch {
namespace {

constexpr std::size_t kBlock = 64;
using State = std::array<std::uint32_t, 5>;
using Blocks = void (*)(State& state, const char* data, std::size_t count);

std::uint32_t big_endian(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return __builtin_bswap32(value);
}

void add_blocks(State& state, const char* data, std::size_t count) {
  for (; count > 0; --count, data += kBlock) {
    std::array<std::uint32_t, 80> w;
    for (std::size_t i = 0; i < 16; ++i) w[i] = big_endian(data + 4 * i);
    for (std::size_t i = 16; i < 80; ++i) w[i] = std::rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i < 80; ++i) {
      std::uint32_t mixed = 0;
      if (i < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
      else if (i < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
      else if (i < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
      else mixed = (b ^ c ^ d) + 0xca62c1d6;
      const std::uint32_t next = std::rotl(a, 5) + mixed + e + w[i];
      e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
    }
    state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d, state[4] + e};
  }
}

#ifdef __x86_64__

struct Lanes {
  __m128i abcd, before, words[4];  // before: abcd, four rounds ago
};

// Twenty rounds, four at a time.
template <int kPhase>
[[gnu::target("sha,sse4.1")]] inline void add_rounds(Lanes& lanes) {
  for (int i = 5 * kPhase; i < 5 * kPhase + 5; ++i) {
    __m128i& w = lanes.words[i % 4];
    if (i >= 4)
      w = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w, lanes.words[(i + 1) % 4]), lanes.words[(i + 2) % 4]),
                             lanes.words[(i + 3) % 4]);
    const __m128i e = i == 0 ? _mm_add_epi32(lanes.before, w) : _mm_sha1nexte_epu32(lanes.before, w);
    lanes.before = lanes.abcd;
    lanes.abcd = _mm_sha1rnds4_epu32(lanes.abcd, e, kPhase);
  }
}

[[gnu::target("sha,sse4.1")]] void add_blocks_quickly(State& state, const char* data, std::size_t count) {
  const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state.data())), 0x1b);
  __m128i e = _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0);
  for (; count > 0; --count, data += kBlock) {
    Lanes lanes{abcd, e, {}};
    for (int i = 0; i < 4; ++i)
      lanes.words[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data) + i), order);
    add_rounds<0>(lanes);
    add_rounds<1>(lanes);
    add_rounds<2>(lanes);
    add_rounds<3>(lanes);
    e = _mm_sha1nexte_epu32(lanes.before, e);
    abcd = _mm_add_epi32(abcd, lanes.abcd);
  }
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state.data()), _mm_shuffle_epi32(abcd, 0x1b));
  state[4] = static_cast<std::uint32_t>(_mm_extract_epi32(e, 3));
}

bool ask_processor() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & bit_SSE4_1) == 0 || (c & bit_SSSE3) == 0) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0;
}

#else

constexpr Blocks add_blocks_quickly = add_blocks;
bool ask_processor() { return false; }

#endif

std::string head_of(ObjectType type, std::size_t size) {
  std::string head = fmt::format("{} {}", type_name(type), size);
  head.push_back('\0');
  return head;
}

}  // namespace

bool has_quick_sha1() {
  static const bool has = ask_processor();
  return has;
}

// `head` is shorter than a block.
ObjectId sha1_of(std::string_view head, std::string_view rest, bool quick) {
  const Blocks blocks = quick ? add_blocks_quickly : add_blocks;
  State state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::uint64_t bits = 8 * (head.size() + rest.size());
  std::string edge(head);
  edge += rest.substr(0, kBlock - head.size());
  if (edge.size() == kBlock) {
    blocks(state, edge.data(), 1);
    rest.remove_prefix(kBlock - head.size());
    blocks(state, rest.data(), rest.size() / kBlock);
    edge = rest.substr(rest.size() / kBlock * kBlock);
  }
  edge += '\x80';
  edge.resize((edge.size() + 8 + kBlock - 1) / kBlock * kBlock - 8);
  for (int shift = 56; shift >= 0; shift -= 8) edge += static_cast<char>(bits >> shift);
  blocks(state, edge.data(), edge.size() / kBlock);
  std::array<char, kSha1Bytes> out;
  for (std::size_t i = 0; i < state.size(); ++i) {
    const std::uint32_t word = __builtin_bswap32(state[i]);
    std::memcpy(out.data() + 4 * i, &word, sizeof word);
  }
  return ObjectId({out.data(), out.size()});
}

ObjectId hash_object(ObjectType type, std::string_view bytes, std::size_t id_bytes) {
  const std::string head = head_of(type, bytes.size());
  return id_bytes == kSha1Bytes ? sha1_of(head, bytes, has_quick_sha1()) : ObjectId(sha256_of(head, bytes));
}

}  // namespace staunch
