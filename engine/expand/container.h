// The formats that archive.cc opens, told by the first bytes.
#pragma once

#include <cstdint>
#include <string_view>

namespace staunch {

// The last five are of compressed files, which have one content.
enum class ArchiveFormat : std::uint8_t { none, zip, seven_zip, tar, ar, cpio, gzip, xz, lzma, bzip2, zstd };

// What begins with `head`, the first kHeadBytes (engine/expand/archive.h) or all of a shorter item.
ArchiveFormat format_of(std::string_view head);

}  // namespace staunch
