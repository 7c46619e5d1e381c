// An Expansion in the making, handed on in parts that end between two texts.
#pragma once

#include <string_view>
#include <utility>

#include "engine/expand/records.h"

namespace staunch {

class CopyParts {
 public:
  explicit CopyParts(const OnExpansion& on_expansion) : on_expansion_(on_expansion) {}

  // Bytes of the copy's own, at the place in the source where they are added.
  void add_own(std::string_view bytes, std::uint64_t at) { part_.add(Codec::none, at, at, bytes, kWhole); }

  // Bytes of a text, that stand for [begin, end) of the source.
  void add(Codec codec, std::uint64_t begin, std::uint64_t end, std::string_view bytes, Ratio ratio) {
    part_.add(codec, begin, end, bytes, ratio);
    last_ = end;
  }

  void end_text() {
    add_own("\n", last_);
    if (part_.text.size() >= kPartBytes) flush();
  }

  void flush() {
    if (!part_.text.empty()) on_expansion_(std::exchange(part_, {}));
  }

 private:
  static constexpr std::size_t kPartBytes = 256u << 10;

  const OnExpansion& on_expansion_;
  Expansion part_;
  std::uint64_t last_ = 0;  // end in the source of the text added last
};

}  // namespace staunch
