// Base64 that hides text: quads of four characters of either alphabet (RFC 4648 sections 4 and 5).
//
// Pure functions over hostile bytes, each of which looks at a bounded number of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace staunch {

inline constexpr std::uint8_t kNoValue = 0xff;
extern const std::array<std::uint8_t, 256> kBase64Values;

inline std::uint8_t base64_value(char c) { return kBase64Values[static_cast<unsigned char>(c)]; }

// The three bytes of a quad, the first one uppermost, or kNoQuad.
inline constexpr std::uint32_t kNoQuad = 0xffffffff;
inline std::uint32_t quad_of(const char* c) {
  const std::uint32_t v0 = base64_value(c[0]), v1 = base64_value(c[1]);
  const std::uint32_t v2 = base64_value(c[2]), v3 = base64_value(c[3]);
  return (v0 | v1 | v2 | v3) > 63 ? kNoQuad : v0 << 18 | v1 << 12 | v2 << 6 | v3;
}
inline std::uint32_t quad_at(std::string_view text, std::size_t at) {
  return at + 4 <= text.size() ? quad_of(text.data() + at) : kNoQuad;
}

// Whether the bytes of a quad look like text: printable ASCII, line breaks and tabs, or NULs that stand apart from each
// other, as in UTF-16.
bool text_quad(std::uint32_t quad);

// Four quads at text[at] that look like text.
bool base64_begins(std::string_view text, std::size_t at);

// Where the run begins that shows at text[at] (base64_begins): of the four alignments the one at which text goes on
// longest, with the few quads before it, not before `least`, if they begin the run and decode to UTF-8. Looks at
// kBase64Before bytes before `at` and kBase64After from it on.
inline constexpr std::size_t kTornQuads = 8;
inline constexpr std::size_t kBase64Before = 4 * (kTornQuads - 1), kBase64After = 68;
std::size_t base64_begin(std::string_view text, std::size_t at, std::size_t least);

// Whether text has ended at `at`: kTornQuads quads that look like something else.
bool base64_torn(std::string_view text, std::size_t at);

}  // namespace staunch
