#include "frontends/body/media.h"

#include <array>
#include <cstdint>

namespace staunch {
namespace {

constexpr std::array<std::int8_t, 256> make_digits() {
  std::array<std::int8_t, 256> digits{};
  for (auto& digit : digits) digit = -1;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  return digits;
}
constexpr auto kDigits = make_digits();

int digit_of(char c) { return kDigits[static_cast<unsigned char>(c)]; }

// The first 12 bytes; whether these are base64.
bool first_bytes(std::string_view text, std::array<char, 12>& out) {
  for (std::size_t quad = 0; quad < 4; ++quad) {
    int bits = 0;
    for (std::size_t i = 4 * quad; i < 4 * quad + 4; ++i) {
      const int digit = digit_of(text[i]);
      if (digit < 0) return false;  // text, as a rule: it has a space
      bits = bits << 6 | digit;
    }
    for (std::size_t i = 0; i < 3; ++i) out[3 * quad + i] = static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
  }
  return true;
}

// The first bytes of PNG, JPEG, GIF, WebP, WAV and AVI (RIFF), MP4 and HEIC (ftyp), Ogg, FLAC, MP3, Matroska and WebM,
// TIFF; as in each format's specification.
bool has_media_magic(std::string_view head) {
  const auto at = [&](std::size_t offset, std::string_view magic) {
    return head.substr(offset, magic.size()) == magic;
  };
  if (at(0, "RIFF")) return at(8, "WEBP") || at(8, "WAVE") || at(8, "AVI ");
  if (at(4, "ftyp")) return head[0] == '\0' && head[1] == '\0';
  using namespace std::string_view_literals;
  for (const std::string_view magic :
       {"\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff"sv, "GIF87a"sv, "GIF89a"sv, "OggS\0"sv, "fLaC\0\0\0"sv, "ID3\x02"sv,
        "ID3\x03"sv, "ID3\x04"sv, "\x1a\x45\xdf\xa3"sv, "II*\0"sv, "MM\0*"sv})
    if (at(0, magic)) return true;
  return false;
}

}  // namespace

bool is_media(std::string_view text) {
  if (text.size() < kSmallestMedia) return false;
  if (text.substr(0, 5) == "data:") {
    const std::size_t mark = text.substr(0, 256).find(";base64,");
    if (mark == text.npos) return false;
    text.remove_prefix(mark + 8);
    if (text.size() < kSmallestMedia / 2) return false;
  }
  std::array<char, 12> head;
  if (!first_bytes(text, head) || !has_media_magic({head.data(), head.size()})) return false;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (const char c : text)
    if (digit_of(c) < 0) return false;
  return true;
}

}  // namespace staunch
