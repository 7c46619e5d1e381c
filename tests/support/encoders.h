// Texts encoded as a writer of configurations, logs and programs would, with a note which source bytes each part of the
// plain text became. Written apart from the engine's decoders.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace staunch::test {

// [plain, next unit's plain) of the text stands in [begin, end) of the source.
struct Unit {
  std::size_t plain, begin, end;
};

struct Encoded {
  std::string text;
  std::vector<Unit> units;
};

using Random = std::mt19937;

inline std::string hex_of(unsigned value, std::size_t digits, bool upper) {
  const std::string_view digit = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out(digits, '0');
  for (std::size_t i = digits; i > 0; --i, value /= 16) out[i - 1] = digit[value % 16];
  return out;
}

struct Base64Style {
  bool url = false, padded = true, escaped = false;  // escaped: "\/" for a slash
  std::size_t width = 0;                             // of a line, 0 for one line
  std::string line_end = "\n";
};

inline Encoded base64(std::string_view plain, const Base64Style& style) {
  const std::string_view alphabet = style.url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                                              : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  Encoded out;
  std::size_t in_line = 0;
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    unsigned bits = 0;
    const std::size_t count = std::min<std::size_t>(3, plain.size() - i);
    for (std::size_t j = 0; j < 3; ++j) bits = bits << 8 | (j < count ? static_cast<unsigned char>(plain[i + j]) : 0u);
    std::size_t begin = std::string::npos;
    for (std::size_t j = 0; j < (style.padded ? 4 : count + 1); ++j) {
      if (style.width > 0 && in_line >= style.width && j <= count) {
        out.text += style.line_end;
        in_line = 0;
      }
      if (begin == std::string::npos) begin = out.text.size();
      const char c = j > count ? '=' : alphabet[bits >> (18 - 6 * j) & 63];
      out.text += style.escaped && c == '/' ? "\\/" : std::string(1, c);
      ++in_line;
    }
    out.units.push_back({i, begin, out.text.size()});
  }
  return out;
}

// Every byte by itself, as `encode` says.
template <typename Encode>
Encoded each(std::string_view plain, Encode encode) {
  Encoded out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    const std::size_t begin = out.text.size();
    out.text += encode(static_cast<unsigned char>(plain[i]));
    out.units.push_back({i, begin, out.text.size()});
  }
  return out;
}

inline Encoded hex(std::string_view plain, bool upper) {
  return each(plain, [upper](unsigned char c) { return hex_of(c, 2, upper); });
}

inline Encoded utf16(std::string_view ascii, bool big_endian) {
  return each(ascii, [big_endian](unsigned char c) {
    const char byte = static_cast<char>(c);
    return big_endian ? std::string{'\0', byte} : std::string{byte, '\0'};
  });
}

inline Encoded percent(std::string_view plain, bool upper) {
  return each(plain, [upper](unsigned char c) { return "%" + hex_of(c, 2, upper); });
}

inline Encoded unicode_escape(std::string_view ascii, bool doubled) {
  return each(ascii, [doubled](unsigned char c) { return (doubled ? "\\\\u" : "\\u") + hex_of(c, 4, false); });
}

inline Encoded x_escape(std::string_view plain) {
  return each(plain, [](unsigned char c) { return "\\x" + hex_of(c, 2, true); });
}

inline Encoded entities(std::string_view ascii, bool as_hex) {
  return each(ascii, [as_hex](unsigned char c) {
    return as_hex ? "&#x" + hex_of(c, 2, false) + ";" : "&#" + std::to_string(static_cast<unsigned>(c)) + ";";
  });
}

inline std::size_t pick(Random& random, std::size_t below) { return random() % below; }

inline std::string random_from(Random& random, std::string_view set, std::size_t size) {
  std::string out;
  while (out.size() < size) out += set[pick(random, set.size())];
  return out;
}

// As credentials are: random, and in no other text by chance.
inline std::string random_token(Random& random) {
  return "tk" +
         random_from(random, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 20 + pick(random, 30));
}

}  // namespace staunch::test
