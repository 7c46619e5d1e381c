#include "engine/expand/decode_base64.h"

#include <algorithm>
#include <bit>

namespace staunch {
namespace {

constexpr std::size_t kFirstQuads = 4, kComparedQuads = 16;

// Text in UTF-8: whole characters, none of them a control character.
bool is_utf8_text(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t more = lead < 0x80   ? 0
                             : lead < 0xc2 ? 4
                             : lead < 0xe0 ? 1
                             : lead < 0xf0 ? 2
                             : lead < 0xf5 ? 3
                                           : 4;
    if (more == 4 || i + more >= bytes.size() + (more == 0)) return false;
    if (lead < ' ' && lead != '\t' && lead != '\n' && lead != '\r') return false;
    for (std::size_t j = 1; j <= more; ++j)
      if ((static_cast<unsigned char>(bytes[i + j]) & 0xc0) != 0x80) return false;
    i += more + 1;
  }
  return true;
}

bool decodes_to_utf8(std::string_view text, std::size_t begin, std::size_t end) {
  char bytes[kBase64Before];
  std::size_t size = 0;
  for (std::size_t i = begin; i < end; i += 4) {
    const std::uint32_t quad = quad_of(text.data() + i);
    bytes[size++] = static_cast<char>(quad >> 16);
    bytes[size++] = static_cast<char>(quad >> 8);
    bytes[size++] = static_cast<char>(quad);
  }
  return is_utf8_text({bytes, size});
}

// Quads at `at` until text ends, of the first kComparedQuads.
std::size_t text_length(std::string_view text, std::size_t at) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < kComparedQuads; ++i, at += 4) {
    const std::uint32_t quad = quad_at(text, at);
    if (quad == kNoQuad || i - last > kTornQuads) break;
    if (text_quad(quad)) last = i + 1;
  }
  return last;
}

// Where the alphabet's characters before `at` begin, as far as that is looked for.
std::size_t alphabet_begin(std::string_view text, std::size_t at, std::size_t least) {
  const std::size_t bound = std::max(least, at - std::min(at, kBase64Before));
  while (at > bound && base64_value(text[at - 1]) != kNoValue) --at;
  return at;
}

}  // namespace

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  for (auto& value : values) value = kNoValue;
  for (unsigned i = 0; i < 26; ++i) {
    values['A' + i] = static_cast<std::uint8_t>(i);
    values['a' + i] = static_cast<std::uint8_t>(26 + i);
  }
  for (unsigned i = 0; i < 10; ++i) values['0' + i] = static_cast<std::uint8_t>(52 + i);
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  return values;
}
const std::array<std::uint8_t, 256> kBase64Values = make_values();

bool text_quad(std::uint32_t quad) {
  if ((quad & 0x808080) != 0) return false;
  if ((((quad | 0x1000000) - 0x202020) & 0x808080) == 0) return true;  // none below the space
  std::uint32_t before = 1;
  for (int shift = 16; shift >= 0; shift -= 8) {
    const std::uint32_t byte = quad >> shift & 0xff;
    if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r' && (byte != 0 || before == 0)) return false;
    before = byte;
  }
  return true;
}

bool base64_begins(std::string_view text, std::size_t at) {
  if (at + 4 * kFirstQuads > text.size()) return false;
  std::uint32_t zeros[2] = {}, controls = 0, place = 0;
  for (std::size_t i = 0; i < kFirstQuads; ++i) {
    const std::uint32_t quad = quad_of(text.data() + at + 4 * i);
    if (quad == kNoQuad || !text_quad(quad)) return false;
    for (int shift = 16; shift >= 0; shift -= 8, ++place) {
      const std::uint32_t byte = quad >> shift & 0xff;
      if (byte == 0) ++zeros[place % 2];
      else if (byte < ' ') ++controls;
    }
  }
  // No NUL, or one at every second place but for a character outside of ASCII.
  const std::uint32_t most = std::max(zeros[0], zeros[1]), least = std::min(zeros[0], zeros[1]);
  return controls <= 4 && least == 0 && (most == 0 || most >= 5);
}

std::size_t base64_begin(std::string_view text, std::size_t at, std::size_t least) {
  std::size_t begin = at;
  if (alphabet_begin(text, at, least) != at) {
    std::size_t longest = text_length(text, at);
    for (std::size_t other = at + 1; other < at + 4; ++other) {
      if (!base64_begins(text, other)) continue;
      const std::size_t length = text_length(text, other);
      if (length > longest) begin = other, longest = length;
    }
  }
  const std::size_t first = alphabet_begin(text, begin, least);
  return (begin - first) % 4 == 0 && decodes_to_utf8(text, first, begin) ? first : begin;
}

bool base64_torn(std::string_view text, std::size_t at) {
  for (std::size_t i = 0; i < kTornQuads; ++i) {
    const std::uint32_t quad = quad_at(text, at + 4 * i);
    if (quad == kNoQuad || text_quad(quad)) return false;
  }
  return true;
}

}  // namespace staunch
