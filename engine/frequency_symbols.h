// The alphabet of the frequency model: letters without case, digits as one, the punctuation that tokens are made of.
#pragma once

#include <cstddef>
#include <string_view>

namespace staunch {

inline constexpr std::string_view kFrequencyPunctuation = "_-./:=\"' \n,;()";
inline constexpr std::size_t kFrequencySymbols = 26 + 1 + kFrequencyPunctuation.size() + 1;

constexpr std::size_t frequency_symbol(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 'a' && byte <= 'z') return byte - 'a';
  if (byte >= 'A' && byte <= 'Z') return byte - 'A';
  if (byte >= '0' && byte <= '9') return 26;
  const std::size_t at = kFrequencyPunctuation.find(c);
  return at == std::string_view::npos ? kFrequencySymbols - 1 : 27 + at;
}

}  // namespace staunch
