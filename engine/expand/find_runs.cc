// The text becomes bit planes, one for each class of bytes: bit j of word i of a plane says that byte 64 * i + j is of
// that class. A plane shifted by n is what stands n bytes further on, so "a run of base64 begins here" is a handful of
// ANDs over words of 64 bytes, which the compiler vectorises once more. Only the making of the planes is written for
// each instruction set: a look-up in a table of 128 classes, and a bit test for each plane. There are two tables; the
// second one is of what only escapes and UTF-16 have to do with, and is not asked where no byte is `special`.
//
// Base64 that decodes to ASCII text has a top bit of 0 at three places of a quad: in the first character (value below
// 32), the second (value & 8) and the third (value & 2). Four such quads at any alignment are a mark. The first
// character is held to what begins a printable byte, a line break or tab, or NUL (UTF-16 in base64).
#include "engine/expand/find_runs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace staunch {
namespace {

// Planes, which are bits of the classes of a byte: those before kSign in the first table, the others in the second.
enum Plane : unsigned {
  kQuad1,
  kQuad2,
  kQuad3,
  kQuad4,  // may stand there in a quad of base64 that decodes to text
  kHex1,
  kHex,      // first digit of a pair that decodes to text; any hex digit
  kSpecial,  // percent sign, ampersand, backslash or NUL
  kSign,     // percent sign or ampersand
  kZero,
  kHollow,  // space, control character, quote or backslash
  kBackslash,
  kEscaped,  // makes an escape behind a backslash
  kCode,     // u or x: digits follow
  kSemicolon,
  kPlanes
};
constexpr unsigned kTablePlanes = 7;
static_assert(kSign == kTablePlanes && kPlanes == 2 * kTablePlanes);

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr unsigned base64_classes(unsigned value) {
  unsigned classes = 1u << kQuad4;
  if (value == 0 || value == 2 || value == 3 || (value >= 8 && value < 32)) classes |= 1u << kQuad1;
  if ((value & 8) == 0) classes |= 1u << kQuad2;
  if ((value & 2) == 0) classes |= 1u << kQuad3;
  return classes;
}

constexpr unsigned classes_of(unsigned char c) {
  const auto any = [c](std::string_view set) { return set.find(static_cast<char>(c)) != std::string_view::npos; };
  unsigned classes = 0;
  if (const auto value = kAlphabet.find(static_cast<char>(c)); value != std::string_view::npos)
    classes |= base64_classes(static_cast<unsigned>(value));
  if (c == '-' || c == '_') classes |= base64_classes(c == '-' ? 62 : 63);
  if (any("0234567")) classes |= 1u << kHex1;
  if (any("0123456789abcdefABCDEF")) classes |= 1u << kHex;
  if (any("%&\\") || c == 0) classes |= 1u << kSpecial;
  if (any("%&")) classes |= 1u << kSign;
  if (c == 0) classes |= 1u << kZero;
  if (c <= ' ' || any("\"'`\\")) classes |= 1u << kHollow;
  if (c == '\\') classes |= 1u << kBackslash;
  if (any("nrt\"'/\\ux")) classes |= 1u << kEscaped;
  if (any("ux")) classes |= 1u << kCode;
  if (c == ';') classes |= 1u << kSemicolon;
  return classes;
}

// Bytes from 128 on are of no class.
using Table = std::array<std::uint8_t, 256>;
constexpr Table make_table(unsigned first_plane) {
  Table table{};
  for (unsigned c = 0; c < 128; ++c)
    table[c] = static_cast<std::uint8_t>(classes_of(static_cast<unsigned char>(c)) >> first_plane &
                                         ((1u << kTablePlanes) - 1));
  return table;
}
alignas(64) constexpr Table kFirst = make_table(0);
alignas(64) constexpr Table kSecond = make_table(kTablePlanes);

// A word more than is marked is made, because a mark looks ahead, and a word of zeros behind it.
constexpr std::size_t kPlaneWords = 80;
using Words = std::uint64_t[kPlaneWords];
struct Planes {
  alignas(64) Words of[kPlanes];
};

#define STAUNCH_INLINE inline __attribute__((always_inline))

// --- the text as planes ---

// Blocks of 64 bytes from `bytes` on by a table, whose planes are the words from `word` on of `planes`.
void classify_portable(const char* bytes, std::size_t word, std::size_t blocks, const Table& table, Words* planes) {
  // Bit `bit` of eight bytes, gathered into one byte.
  const auto gather = [](std::uint64_t eight, unsigned bit) {
    return ((eight >> bit & 0x0101010101010101) * 0x0102040810204080) >> 56;
  };
  for (std::size_t block = 0; block < blocks; ++block, bytes += 64) {
    std::uint64_t words[kTablePlanes] = {};
    for (unsigned part = 0; part < 8; ++part) {
      std::uint64_t eight = 0;
      for (unsigned i = 8; i-- > 0;) eight = eight << 8 | table[static_cast<unsigned char>(bytes[8 * part + i])];
      for (unsigned plane = 0; plane < kTablePlanes; ++plane) words[plane] |= gather(eight, plane) << (8 * part);
    }
    for (unsigned plane = 0; plane < kTablePlanes; ++plane) planes[plane][word + block] = words[plane];
  }
}

#if defined(__x86_64__)
#define STAUNCH_AVX2 __attribute__((target("avx2,bmi,bmi2")))
#define STAUNCH_VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,avx512vbmi2,gfni,bmi,bmi2")))

template <typename From>
constexpr std::array<std::uint8_t, 64> make_order(From from) {
  std::array<std::uint8_t, 64> order{};
  for (unsigned i = 0; i < 64; ++i) order[i] = static_cast<std::uint8_t>(from(i));
  return order;
}
alignas(64) constexpr auto kTogether = make_order([](unsigned i) { return i % 8 * 8 + i / 8; });
alignas(64) constexpr auto kLastFirst = make_order([](unsigned i) { return i % 16 ^ 7; });

// Classes of 64 bytes, of which each eight stand the last one first, as a word for each of their bits: 8 by 8 bits
// turned (which turns the order once more), then bytes of the same bit put together.
STAUNCH_VBMI STAUNCH_INLINE __m512i words_of(__m512i classes) {
  const __m512i unit = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  const __m512i turned = _mm512_gf2p8affine_epi64_epi8(unit, classes, 0);
  return _mm512_permutexvar_epi8(_mm512_load_si512(kTogether.data()), turned);
}

// Row i holds a word of each plane; writes each plane's eight words to `to`.
STAUNCH_VBMI STAUNCH_INLINE void store_planes(const __m512i (&row)[8], std::uint64_t* to) {
  __m512i two[8], four[8], all[8];
  for (unsigned i = 0; i < 8; i += 2) {
    two[i] = _mm512_unpacklo_epi64(row[i], row[i + 1]);
    two[i + 1] = _mm512_unpackhi_epi64(row[i], row[i + 1]);
  }
  for (unsigned i = 0; i < 8; i += 4)
    for (unsigned j = 0; j < 2; ++j) {
      four[i + j] = _mm512_shuffle_i64x2(two[i + j], two[i + j + 2], 0x88);
      four[i + j + 2] = _mm512_shuffle_i64x2(two[i + j], two[i + j + 2], 0xdd);
    }
  for (unsigned j = 0; j < 4; ++j) {
    all[j] = _mm512_shuffle_i64x2(four[j], four[j + 4], 0x88);
    all[j + 4] = _mm512_shuffle_i64x2(four[j], four[j + 4], 0xdd);
  }
  for (unsigned plane = 0; plane < kTablePlanes; ++plane) _mm512_store_si512(to + plane * kPlaneWords, all[plane]);
}

STAUNCH_VBMI void classify_vbmi(const char* bytes, std::size_t word, std::size_t blocks, const Table& table,
                                Words* planes) {
  const __m512i low = _mm512_load_si512(table.data()), high = _mm512_load_si512(table.data() + 64);
  const __m512i last_first = _mm512_load_si512(kLastFirst.data());
  const auto words = [&](const char* block) STAUNCH_VBMI {
    const __m512i text = _mm512_shuffle_epi8(_mm512_loadu_si512(block), last_first);
    const __mmask64 ascii = ~_mm512_movepi8_mask(text);
    return words_of(_mm512_maskz_permutex2var_epi8(ascii, low, text, high));
  };
  const std::size_t end = word + blocks;
  for (; word + 8 <= end; word += 8, bytes += 512) {
    __m512i row[8];
    for (unsigned i = 0; i < 8; ++i) row[i] = words(bytes + 64 * i);
    store_planes(row, planes[0] + word);
  }
  for (; word < end; ++word, bytes += 64) {
    alignas(64) std::uint64_t each[8];
    _mm512_store_si512(each, words(bytes));
    for (unsigned plane = 0; plane < kTablePlanes; ++plane) planes[plane][word] = each[plane];
  }
}

// The table by rows of 16: a byte of another row gets its top bit set, for which the shuffle gives 0.
STAUNCH_AVX2 STAUNCH_INLINE __m256i look_up_avx2(__m256i text, const Table& table) {
  __m256i classes = _mm256_setzero_si256();
  for (int row = 0; row < 8; ++row) {
    const __m256i index =
        _mm256_adds_epu8(_mm256_xor_si256(text, _mm256_set1_epi8(static_cast<char>(row << 4))), _mm256_set1_epi8(0x70));
    const auto* sixteen = reinterpret_cast<const __m128i*>(table.data() + 16 * row);
    classes =
        _mm256_or_si256(classes, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_load_si128(sixteen)), index));
  }
  return classes;
}

STAUNCH_AVX2 void classify_avx2(const char* bytes, std::size_t word, std::size_t blocks, const Table& table,
                                Words* planes) {
  for (std::size_t i = word; i < word + blocks; ++i, bytes += 64) {
    const __m256i low = look_up_avx2(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes)), table);
    const __m256i high = look_up_avx2(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32)), table);
    for (int plane = 0; plane < static_cast<int>(kTablePlanes); ++plane) {
      const auto first = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(low, 7 - plane)));
      const auto second = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(high, 7 - plane)));
      planes[plane][i] = first | static_cast<std::uint64_t>(second) << 32;
    }
  }
}
#endif

using Classify = void (*)(const char*, std::size_t, std::size_t, const Table&, Words*);

// A table's planes of text[begin, ...): `words` of them and the one ahead, zeros up to `n` and behind it. A last block
// that the text does not fill is filled up with spaces.
STAUNCH_INLINE void make_planes(std::string_view text, std::size_t begin, std::size_t words, std::size_t n,
                                Classify classify, const Table& table, Words* planes) {
  const std::size_t left = text.size() - begin;
  const std::size_t whole = std::min(words + 1, left / 64);
  classify(text.data() + begin, 0, whole, table, planes);
  std::size_t made = whole;
  if (whole < words + 1) {
    char block[64];
    std::memset(block, ' ', sizeof block);
    std::memcpy(block, text.data() + begin + 64 * whole, left - 64 * whole);
    classify(block, whole, 1, table, planes);
    ++made;
  }
  for (unsigned plane = 0; plane < kTablePlanes; ++plane) std::fill(planes[plane] + made, planes[plane] + n + 1, 0);
}

// --- the planes as marks ---

// What stands `by` bytes further on.
STAUNCH_INLINE std::uint64_t ahead(const std::uint64_t* words, std::size_t i, int by) {
  return words[i] >> by | words[i + 1] << (64 - by);
}

STAUNCH_INLINE bool any(const std::uint64_t* words, std::size_t n) {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < n; ++i) all |= words[i];
  return all != 0;
}

// What stands here stands at the next three places too, each `step` bytes further on.
STAUNCH_INLINE void four_times(Words& words, std::size_t n, int step) {
  alignas(64) Words twice;
  for (std::size_t i = 0; i < n; ++i) twice[i] = words[i] & ahead(words, i, step);
  twice[n] = 0;
  for (std::size_t i = 0; i < n; ++i) words[i] = twice[i] & ahead(twice, i, 2 * step);
}

STAUNCH_INLINE void add_base64(const Planes& planes, std::size_t n, Words& triggers) {
  const auto& of = planes.of;
  alignas(64) Words quad;
  for (std::size_t i = 0; i < n; ++i)
    quad[i] = of[kQuad1][i] & ahead(of[kQuad2], i, 1) & ahead(of[kQuad3], i, 2) & ahead(of[kQuad4], i, 3);
  quad[n] = 0;
  four_times(quad, n, 4);
  for (std::size_t i = 0; i < n; ++i) triggers[i] |= quad[i];
}

// Twelve times what stands here, every second byte; rare, so that it is worth to stop at four.
STAUNCH_INLINE void add_pairs(Words& pair, std::size_t n, Words& triggers) {
  pair[n] = 0;
  four_times(pair, n, 2);
  if (!any(pair, n)) return;
  for (std::size_t i = 0; i < n; ++i) triggers[i] |= pair[i] & ahead(pair, i, 8) & ahead(pair, i, 16);
}

STAUNCH_INLINE void add_hex(const Planes& planes, std::size_t n, Words& triggers) {
  alignas(64) Words pair;
  for (std::size_t i = 0; i < n; ++i) pair[i] = planes.of[kHex1][i] & ahead(planes.of[kHex], i, 1);
  add_pairs(pair, n, triggers);
}

STAUNCH_INLINE void add_utf16(const Planes& planes, std::size_t n, Words& triggers) {
  const Words& zero = planes.of[kZero];
  if (!any(zero, n)) return;
  alignas(64) Words pair;
  for (std::size_t i = 0; i < n; ++i) pair[i] = ~zero[i] & ahead(zero, i, 1);  // low byte first
  add_pairs(pair, n, triggers);
  for (std::size_t i = 0; i < n; ++i) pair[i] = zero[i] & ~ahead(zero, i, 1);  // high byte first
  add_pairs(pair, n, triggers);
}

// An entity ends, with a letter or digit and a semicolon, within ten bytes. What a simple escape decodes to is no
// reason to copy but where eight bytes of a value follow.
STAUNCH_INLINE void add_escapes(const Planes& planes, std::size_t n, Words& escapes, Words& triggers) {
  const auto& of = planes.of;
  alignas(64) Words solid, name, name2;
  for (std::size_t i = 0; i < n; ++i) {
    solid[i] = ~of[kHollow][i] | (of[kBackslash][i] & ahead(of[kCode], i, 1));
    name[i] = of[kQuad4][i] & ahead(of[kSemicolon], i, 1);
  }
  solid[n] = name[n] = 0;
  four_times(solid, n, 1);
  for (std::size_t i = 0; i < n; ++i) name2[i] = name[i] | ahead(name, i, 1);
  name2[n] = 0;
  for (std::size_t i = 0; i < n; ++i) name[i] = name2[i] | ahead(name2, i, 2);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t entity = ahead(name, i, 2) | ahead(name, i, 6);
    const std::uint64_t signs = of[kSign][i] & ((ahead(of[kHex], i, 1) & ahead(of[kHex], i, 2)) | entity);
    const std::uint64_t escape = of[kBackslash][i] & ahead(of[kEscaped], i, 1);
    const std::uint64_t code = ahead(of[kCode], i, 1) | (ahead(of[kBackslash], i, 1) & ahead(of[kCode], i, 2));
    escapes[i] = signs | escape;
    triggers[i] |= signs | (escape & ahead(solid, i, 2) & ahead(solid, i, 6)) | (of[kBackslash][i] & code);
  }
}

struct Extent {
  std::size_t words, n;
};

STAUNCH_INLINE Extent extent(std::size_t bytes) {
  const std::size_t words = std::min(Marks::kWords, (bytes + 63) / 64);
  return {words, (words + 1 + 7) / 8 * 8};
}

// Arrays of its own: a compiler that had to think of `marks` as a part of `planes` would not vectorise.
STAUNCH_INLINE void find(std::string_view text, std::size_t begin, Extent extent, Classify classify, Marks& marks) {
  Planes planes;
  const std::size_t n = extent.n;
  make_planes(text, begin, extent.words, n, classify, kFirst, planes.of);
  alignas(64) Words escapes, triggers;
  std::fill_n(triggers, n, 0);
  add_base64(planes, n, triggers);
  add_hex(planes, n, triggers);
  if (any(planes.of[kSpecial], n)) {
    make_planes(text, begin, extent.words, n, classify, kSecond, planes.of + kTablePlanes);
    add_utf16(planes, n, triggers);
    add_escapes(planes, n, escapes, triggers);
    std::memcpy(marks.escapes, escapes, sizeof marks.escapes);
  } else {
    std::memset(marks.escapes, 0, sizeof marks.escapes);
  }
  std::memcpy(marks.triggers, triggers, sizeof marks.triggers);
}

void find_portable(std::string_view text, std::size_t begin, Extent extent, Marks& marks) {
  find(text, begin, extent, classify_portable, marks);
}

#if defined(__x86_64__)
STAUNCH_AVX2 void find_avx2(std::string_view text, std::size_t begin, Extent extent, Marks& marks) {
  find(text, begin, extent, classify_avx2, marks);
}

STAUNCH_VBMI void find_vbmi(std::string_view text, std::size_t begin, Extent extent, Marks& marks) {
  find(text, begin, extent, classify_vbmi, marks);
}
#endif

// The fill of a last block is no text.
void cut_marks(std::size_t bytes, std::size_t words, Marks& marks) {
  if (bytes / 64 < words) {
    const std::uint64_t inside = (std::uint64_t{1} << bytes % 64) - 1;
    marks.triggers[words - 1] &= inside;
    marks.escapes[words - 1] &= inside;
  }
  std::fill(marks.triggers + words, std::end(marks.triggers), 0);
  std::fill(marks.escapes + words, std::end(marks.escapes), 0);
}

}  // namespace

bool has_simd(Simd simd) {
#if defined(__x86_64__)
  if (simd == Simd::avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  if (simd == Simd::vbmi)
    return __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("gfni") && __builtin_cpu_supports("bmi2");
#endif
  return simd == Simd::portable;
}

Simd best_simd() {
  static const Simd best = has_simd(Simd::vbmi) ? Simd::vbmi : has_simd(Simd::avx2) ? Simd::avx2 : Simd::portable;
  return best;
}

void find_runs(std::string_view text, std::size_t begin, Simd simd, Marks& marks) {
  const std::size_t bytes = text.size() - begin;
  const Extent size = extent(bytes);
#if defined(__x86_64__)
  if (simd == Simd::vbmi) find_vbmi(text, begin, size, marks);
  if (simd == Simd::avx2) find_avx2(text, begin, size, marks);
  if (simd != Simd::portable) return cut_marks(bytes, size.words, marks);
#endif
  find_portable(text, begin, size, marks);
  cut_marks(bytes, size.words, marks);
}

}  // namespace staunch
