#include "engine/sieve.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>

#include "engine/sieve_classes.h"

namespace staunch {
namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kChunk = 16 << 10;  // positions between two looks at what was found: their offsets fit 16 bits
constexpr unsigned kLongBits = 16, kShortBits = 14;
constexpr std::uint32_t kSpread = 2654435761u;  // Knuth's multiplier

std::uint32_t word_at(const char* text) {
  std::uint32_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

// Letters count in any case: the comparison behind it tells them apart.
std::uint32_t long_slot(std::uint32_t word) { return ((word | 0x20202020u) * kSpread) >> (32 - kLongBits); }
// By two bytes, as they are.
std::uint32_t short_slot(std::uint32_t word) { return ((word & 0xffffu) * kSpread) >> (32 - kShortBits); }

bool marked(const std::vector<std::uint32_t>& map, std::uint32_t slot) { return (map[slot / 32] >> (slot % 32) & 1) != 0; }

bool same(std::string_view text, std::string_view literal, bool caseless) {
  if (!caseless) return std::memcmp(text.data(), literal.data(), literal.size()) == 0;
  return std::equal(text.begin(), text.end(), literal.begin(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
  });
}

}  // namespace

bool Sieve::runs_here() {
  return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("avx512bw");
}

void Sieve::index() {
  long_map_.assign((1u << kLongBits) / 32, 0);
  short_map_.assign((1u << kShortBits) / 32, 0);
  long_heads_.assign(1u << kLongBits, 0);
  short_heads_.assign(1u << kShortBits, 0);
  next_.clear();
  // A chain's entry i stands for literal entry_[i]; next_ holds pairs of (literal, next entry), from 1 on.
  next_.assign(2, 0);
  auto add = [&](std::vector<std::uint32_t>& map, std::vector<std::uint32_t>& heads, std::uint32_t slot,
                 std::uint32_t literal) {
    map[slot / 32] |= 1u << (slot % 32);
    next_.push_back(literal);
    next_.push_back(heads[slot]);
    heads[slot] = static_cast<std::uint32_t>(next_.size() / 2 - 1);
  };
  for (std::uint32_t i = 0; i < literals_.size(); ++i) {
    const Literal& literal = literals_[i];
    longest_ = std::max(longest_, literal.text.size());
    if (literal.text.size() >= kPlaces) {
      add(long_map_, long_heads_, long_slot(word_at(literal.text.data() + gram_[i])), i);
      continue;
    }
    // In all cases its two first bytes can have.
    std::vector<std::uint32_t> slots;
    for (unsigned upper = 0; upper < 4; ++upper) {
      std::uint32_t word = 0;
      for (unsigned k = 0; k < 2; ++k) {
        auto byte = static_cast<unsigned char>(literal.text[k]);
        if (literal.caseless && (upper >> k & 1) != 0 && byte >= 'a' && byte <= 'z') byte ^= 0x20;
        word |= static_cast<std::uint32_t>(byte) << (8 * k);
      }
      slots.push_back(short_slot(word));
    }
    std::sort(slots.begin(), slots.end());
    slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
    for (std::uint32_t slot : slots) add(short_map_, short_heads_, slot, i);
  }
}

void Sieve::check(std::string_view text, std::size_t at, const std::vector<std::uint32_t>& heads, std::uint32_t slot,
                  std::size_t from, std::size_t to, std::vector<Hit>& hits) const {
  for (std::uint32_t entry = heads[slot]; entry != 0; entry = next_[2 * entry + 1]) {
    const std::uint32_t id = next_[2 * entry];
    const Literal& literal = literals_[id];
    const std::size_t before = gram_[id];
    if (at < before) continue;
    const std::size_t begin = at - before, end = begin + literal.text.size();
    if (end <= from || end > to) continue;
    if (same(text.substr(begin, literal.text.size()), literal.text, literal.caseless))
      hits.push_back({id, static_cast<std::uint32_t>(end)});
  }
}

void Sieve::find(std::string_view text, std::size_t from, std::size_t to, std::vector<Hit>& hits) const {
  // The gram of a literal that ends behind `from` begins no further before it than the longest literal is long.
  const std::size_t first = from - std::min(from, longest_);
  for (std::size_t at = first; at < to; at += kChunk) scan(text, at, std::min(to, at + kChunk), from, to, hits);
}

// Grams that begin in [first, end).
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2"))) void Sieve::scan(
    std::string_view text, std::size_t first, std::size_t end, std::size_t from, std::size_t to,
    std::vector<Hit>& hits) const {
  alignas(64) static constexpr Bytes64 kIota = [] {
    Bytes64 out{};
    for (std::uint8_t i = 0; i < 64; ++i) out[i] = i;
    return out;
  }();
  const __m512i iota = _mm512_load_si512(kIota.data());
  const __m512i classes_low = _mm512_load_si512(kByteClasses.data());
  const __m512i classes_high = _mm512_load_si512(kByteClasses.data() + 64);
  std::array<std::uint16_t, kChunk + kStep> longs;
  std::array<std::uint16_t, kChunk> shorts;
  std::size_t long_count = 0, short_count = 0;

  for (std::size_t at = first; at < end; at += kStep) {
    const std::size_t left = text.size() - at;
    __m512i place[kPlaces];
    for (std::size_t j = 0; j < kPlaces; ++j) {
      const std::size_t have = left > j ? left - j : 0;
      const __mmask64 mask = have >= kStep ? ~__mmask64{0} : (__mmask64{1} << have) - 1;
      place[j] = _mm512_permutex2var_epi8(classes_low, _mm512_maskz_loadu_epi8(mask, text.data() + at + j), classes_high);
    }
    __m512i any = _mm512_setzero_si512();
    for (std::size_t group = 0; group < kShortGroup; ++group) {
      __m512i in[kPlaces];
      for (std::size_t j = 0; j < kPlaces; ++j)
        in[j] = _mm512_permutexvar_epi8(place[j], _mm512_load_si512(tables_[j][group].data()));
      const __m512i three = _mm512_ternarylogic_epi64(in[0], in[1], in[2], 0x80);  // and
      any = _mm512_ternarylogic_epi64(any, three, in[3], 0xf8);                    // any | (three & in[3])
    }
    __m512i in[3];
    for (std::size_t j = 0; j < 3; ++j)
      in[j] = _mm512_permutexvar_epi8(place[j], _mm512_load_si512(tables_[j][kShortGroup].data()));
    const __m512i any_short = _mm512_ternarylogic_epi64(in[0], in[1], in[2], 0x80);

    const auto here = static_cast<short>(at - first);
    const __mmask64 found = _mm512_test_epi8_mask(any, any);
    const __m512i offsets = _mm512_maskz_compress_epi8(found, iota);
    const int count = std::popcount(static_cast<std::uint64_t>(found));
    const __m512i base = _mm512_set1_epi16(here);
    _mm512_storeu_si512(&longs[long_count],
                        _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(offsets))));
    if (count > 32)
      _mm512_storeu_si512(&longs[long_count + 32],
                          _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(offsets, 1))));
    long_count += static_cast<std::size_t>(count);
    for (std::uint64_t rest = _mm512_test_epi8_mask(any_short, any_short); rest != 0; rest &= rest - 1)
      shorts[short_count++] = static_cast<std::uint16_t>(here + std::countr_zero(rest));
  }

  // Grams are four bytes, two for short ones; a position of which the text does not have so many holds none.
  std::size_t kept = 0;
  const std::size_t long_end = text.size() < kPlaces ? 0 : text.size() - kPlaces + 1;
  for (std::size_t i = 0; i < long_count && first + longs[i] < long_end; ++i) {
    longs[kept] = longs[i];
    kept += marked(long_map_, long_slot(word_at(text.data() + first + longs[i])));
  }
  for (std::size_t i = 0; i < kept; ++i) {
    const std::size_t at = first + longs[i];
    check(text, at, long_heads_, long_slot(word_at(text.data() + at)), from, to, hits);
  }
  for (std::size_t i = 0; i < short_count && first + shorts[i] + 1 < text.size(); ++i) {
    const std::size_t at = first + shorts[i];
    const std::uint32_t slot = short_slot(static_cast<unsigned char>(text[at]) |
                                          static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + 1])) << 8);
    if (marked(short_map_, slot)) check(text, at, short_heads_, slot, from, to, hits);
  }
}

}  // namespace staunch
