// Numbers as bytes, the least significant first, as they are packed.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace staunch {

// That of the first eight bytes, or of all if they are fewer; of none it is 0.
inline std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  const std::size_t size = std::min(bytes.size(), sizeof number);
  if constexpr (std::endian::native == std::endian::little) {
    if (size > 0) std::memcpy(&number, bytes.data(), size);  // no bytes may have no place
  } else {
    for (std::size_t i = 0; i < size; ++i) number |= std::uint64_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  }
  return number;
}

}  // namespace staunch
