#include "engine/expand/sqlite_text.h"

#include <algorithm>

#include "engine/expand/decode_escape.h"

namespace staunch {
void SqliteTextWriter::add(const SqliteFragment& fragment) {
  if (fragment.bytes.empty()) return;
  if (encoding_ == SqliteEncoding::utf8)
    parts_.add(Codec::sqlite, fragment.at, fragment.at + fragment.bytes.size(), fragment.bytes, kVerbatim);
  else
    for (std::size_t i = 0; i < fragment.bytes.size(); ++i) add_byte(fragment.at + i, fragment.bytes[i]);
}

// ASCII is gathered into runs of two bytes for one; everything else is a piece of its own.
void SqliteTextWriter::add_byte(std::uint64_t at, char byte) {
  if (!half_) {
    half_ = byte;
    unit_at_ = at;
    return;
  }
  const auto first = static_cast<unsigned char>(*half_), second = static_cast<unsigned char>(byte);
  half_.reset();
  const std::uint32_t unit = encoding_ == SqliteEncoding::utf16le ? first | second << 8 : first << 8 | second;
  if (unit < 0x80 && at == unit_at_ + 1) {
    if (run_.empty() || unit_at_ != run_at_ + 2 * run_.size()) flush();
    if (run_.empty()) run_at_ = unit_at_;
    run_ += static_cast<char>(unit);
    high_ = 0;
    return;
  }
  flush();
  add_unit(unit);
}

void SqliteTextWriter::add_unit(std::uint32_t unit) {
  if (unit >= 0xd800 && unit < 0xdc00) {
    high_ = unit;
    high_at_ = unit_at_;
    return;
  }
  std::uint32_t point = unit;
  std::uint64_t begin = unit_at_;
  if (unit >= 0xdc00 && unit < 0xe000) {
    point = high_ == 0 ? 0xfffd : 0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00);
    if (high_ != 0) begin = std::min(begin, high_at_);
  }
  high_ = 0;
  char bytes[4];
  parts_.add(Codec::utf16, begin, unit_at_ + 2, {bytes, put_utf8(point, bytes)}, kWhole);
}

void SqliteTextWriter::flush() {
  if (!run_.empty()) parts_.add(Codec::utf16, run_at_, run_at_ + 2 * run_.size(), run_, {2, 1});
  run_.clear();
}

}  // namespace staunch
