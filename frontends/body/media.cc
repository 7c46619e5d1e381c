#include "frontends/body/media.h"

#include <algorithm>
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

// The first bytes of PNG, JPEG, GIF, WebP, WAV and AVI (RIFF), Ogg, FLAC, MP3, Matroska and WebM, TIFF; as in each
// format's specification. Those of MP4 and HEIC come behind a length.
using namespace std::string_view_literals;
constexpr std::array kMagic = {
    "\x89PNG\r\n\x1a\n"sv, "\xff\xd8\xff"sv, "GIF87a"sv,  "GIF89a"sv,           "RIFF"sv,  "OggS\0"sv, "fLaC\0\0\0"sv,
    "ID3\x02"sv,           "ID3\x03"sv,      "ID3\x04"sv, "\x1a\x45\xdf\xa3"sv, "II*\0"sv, "MM\0*"sv};
constexpr auto kLengthThenType = "\0\0"sv, kType = "ftyp"sv;

// What the base64 of such bytes, or a "data:", begins with: nearly all text is told from them by its first character.
constexpr std::array<bool, 256> make_first_characters() {
  std::array<bool, 256> first{};
  const auto add = [&](std::string_view magic) {
    for (unsigned c = 0; c < 256; ++c) first[c] = first[c] || kDigits[c] == static_cast<unsigned char>(magic[0]) >> 2;
  };
  for (const std::string_view magic : kMagic) add(magic);
  add(kLengthThenType);
  first['d'] = true;
  return first;
}
constexpr auto kFirstCharacters = make_first_characters();

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

bool has_media_magic(std::string_view head) {
  const auto at = [&](std::size_t offset, std::string_view magic) {
    return head.substr(offset, magic.size()) == magic;
  };
  if (at(0, "RIFF")) return at(8, "WEBP") || at(8, "WAVE") || at(8, "AVI ");
  if (at(4, kType)) return at(0, kLengthThenType);
  return std::any_of(kMagic.begin(), kMagic.end(), [&](std::string_view magic) { return at(0, magic); });
}

}  // namespace

bool is_media(std::string_view text) {
  if (text.size() < kSmallestMedia || !kFirstCharacters[static_cast<unsigned char>(text[0])]) return false;
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
