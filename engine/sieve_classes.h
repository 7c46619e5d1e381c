// The 64 classes of bytes that a Sieve tells apart: small letters each, capitals and digits two and two, the marks that
// stand in needles each, and the rest together. Bytes from 128 on count as those 128 below them: a Sieve may see a gram
// where there is none, never the other way round.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace staunch {

alignas(64) inline constexpr std::array<std::uint8_t, 128> kByteClasses = [] {
  std::array<std::uint8_t, 128> classes{};
  std::uint8_t next = 0;
  auto take = [&](std::string_view bytes) {
    for (char byte : bytes) classes[static_cast<unsigned char>(byte)] = next;
    ++next;
  };
  take({});  // what is named nowhere
  for (char c = 'a'; c <= 'z'; ++c) take({&c, 1});
  for (char c = 'A'; c <= 'Z'; c = static_cast<char>(c + 2)) {
    const char both[] = {c, static_cast<char>(c + 1)};
    take({both, 2});
  }
  for (char c = '0'; c <= '9'; c = static_cast<char>(c + 2)) {
    const char both[] = {c, static_cast<char>(c + 1)};
    take({both, 2});
  }
  for (const char* mark : {"_", "-", ".", "/", ":", "=", "\"", "'", "$", "@", "+", " ", "&?", "\n\r\t", "(){}[]<>;,"})
    take(mark);
  return classes;
}();

inline constexpr std::uint8_t class_of(char byte) { return kByteClasses[static_cast<unsigned char>(byte) & 127]; }

}  // namespace staunch
