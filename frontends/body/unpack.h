// Content codings of HTTP (RFC 9110, 8.4.1): gzip, deflate, br (RFC 7932) and zstd (RFC 8878), with a limit on what
// they may expand to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace staunch {

inline constexpr unsigned kMaxCodings = 3;  // one over another

enum class Unpacked : std::uint8_t {
  done,
  unknown,    // a coding that is none of these, or too many
  damaged,    // cut, or followed by what does not belong to it
  too_large,  // more than `limit`
};

// `codings` as in Content-Encoding ("gzip, br": br was applied last). `out` holds what came out before a mistake.
Unpacked unpack(std::string_view codings, std::string_view packed, std::size_t limit, std::string& out);

// Whether there is anything to undo: not for an empty list or "identity".
bool is_packed(std::string_view codings);

}  // namespace staunch
