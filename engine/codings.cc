// See codings.h. Both decoders push bits into an accumulator and take bytes out of it; the value tables are small
// functions over character ranges, which is fast enough for strings that already matched a rule.
#include "engine/codings.h"

#include <cstdint>

namespace staunch {
namespace {

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

int base32_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

// The bytes of `text`, `width` bits a character.
template <typename Value>
std::optional<std::string> decode(std::string_view text, int width, Value value) {
  std::string bytes;
  bytes.reserve(text.size() * static_cast<std::size_t>(width) / 8);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int v = value(c);
    if (v < 0) return std::nullopt;
    bits = bits << width | static_cast<std::uint32_t>(v);
    held += width;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>(bits >> held & 0xff));
    bits &= (1u << held) - 1;
  }
  return bytes;
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;
  return decode(text, 6, base64_value);
}

std::string encode_base64(std::string_view bytes, Base64 alphabet) {
  static constexpr std::string_view kCommon = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const std::string_view last = alphabet == Base64::url ? "-_" : "+/";
  std::string text;
  std::uint32_t bits = 0;
  int held = 0;
  const auto put = [&](std::uint32_t v) { text.push_back(v < 62 ? kCommon[v] : last[v - 62]); };
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) put(bits >> (held - 6) & 63);
    bits &= (1u << held) - 1;
  }
  if (held > 0) put(bits << (6 - held) & 63);
  if (alphabet == Base64::standard) text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::optional<std::string> decode_base32(std::string_view text) { return decode(text, 5, base32_value); }

}  // namespace staunch
