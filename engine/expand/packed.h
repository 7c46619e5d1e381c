// Gzip in base64, inside what was decoded already: Helm keeps a release so in a Kubernetes secret, cloud-init its
// files.
//
// Only what stands in a copy is unpacked, of one base64 run without line ends at a time, and at most kUnpackedBytes and
// kUnpackedRatio times the run: input is hostile. Behind that, and where the data is damaged, the rest is left out.
// Sources: RFC 1952 sections 2.2 and 2.3.1 (the first three bytes); https://helm.sh/docs/topics/advanced/ (storage).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/expand/expansion.h"

namespace staunch {

inline constexpr std::size_t kUnpackedBytes = 4u << 20;
inline constexpr std::size_t kUnpackedRatio = 32;

// Characters of a text; none where `end` is 0.
struct PackedRun {
  std::size_t begin = 0, end = 0;
};

// The first run at or behind text[from].
PackedRun next_packed(std::string_view text, std::size_t from);

// What a run holds, empty where it is no gzip; its pieces stand for the characters of the run that they came from, as
// offsets of a source in which `text` begins at `base`.
Expansion unpack(std::string_view text, PackedRun run, std::uint64_t base);

}  // namespace staunch
