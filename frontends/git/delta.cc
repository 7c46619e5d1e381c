// The hottest loop of a history: most bytes of most objects come out of here. An instruction of a copy is decoded
// without branches, since which of its bytes are there follows no pattern; short runs are moved by registers, into the
// slack of the Buffer where they are shorter than one.
#include "frontends/git/delta.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace staunch {
namespace {

using Byte = unsigned char;

constexpr std::size_t kShort = Buffer::kSlack;  // bytes that are moved at once
constexpr std::size_t kCopyBytes = 8;           // of the longest instruction
constexpr std::uint64_t kMaxRun = 0xffffff;     // bytes that one instruction makes

struct Instruction {
  std::uint64_t from = 0, size = 0;
};

// Little-endian numbers of seven bits a byte; the high bit says that there is more.
bool read_number(const Byte*& at, const Byte* end, std::uint64_t& number) {
  number = 0;
  for (unsigned shift = 0; at < end; shift += 7) {
    const std::uint64_t bits = *at & 0x7f;
    if (shift > 63 || (shift == 63 && bits > 1)) return false;
    number |= bits << shift;
    if ((*at++ & 0x80) == 0) return true;
  }
  return false;
}

// Bits 0-3 of the operation say which bytes of the offset follow, bits 4-6 which of the size. Requires seven bytes.
Instruction read_copy(unsigned operation, const Byte*& at) {
  std::uint32_t parts[7];
  for (unsigned i = 0; i < 7; ++i) {
    const std::uint32_t there = operation >> i & 1;
    parts[i] = *at & (0U - there);
    at += there;
  }
  const std::uint64_t from = parts[0] | parts[1] << 8 | parts[2] << 16 | parts[3] << 24;
  const std::uint64_t size = parts[4] | parts[5] << 8 | parts[6] << 16;
  return {from, size == 0 ? 0x10000 : size};
}

// The same near the end of the delta; false where it ends inside the instruction.
bool read_last_copy(unsigned operation, const Byte*& at, const Byte* end, Instruction& copy) {
  const std::size_t length = static_cast<std::size_t>(std::popcount(operation & 0x7f));
  if (static_cast<std::size_t>(end - at) < length) return false;
  Byte padded[kCopyBytes] = {};
  std::memcpy(padded, at, length);
  const Byte* in_padded = padded;
  copy = read_copy(operation, in_padded);
  at += length;
  return true;
}

// `readable` bytes stand at `from`. Requires size <= readable, and slack behind `to + size`.
inline void move_run(char* to, const char* from, std::size_t size, std::size_t readable) {
  if (size <= kShort && readable >= kShort) std::memcpy(to, from, kShort);
  else std::memcpy(to, from, size);
}

void add(std::vector<Copy>& copies, const Copy& copy) {
  if (!copies.empty()) {
    Copy& last = copies.back();
    if (last.to + last.size == copy.to && last.from + last.size == copy.from) {
      last.size += copy.size;
      return;
    }
  }
  copies.push_back(copy);
}

// Null, or what is wrong.
template <bool kWithCopies>
const char* run(std::string_view base, const Byte* at, const Byte* end, char* out, std::uint64_t size,
                std::vector<Copy>* copies) {
  std::uint64_t made = 0;
  while (at < end) {
    const unsigned operation = *at++;
    if (operation & 0x80) {
      Instruction copy;
      if (end - at >= static_cast<std::ptrdiff_t>(kCopyBytes)) copy = read_copy(operation, at);
      else if (!read_last_copy(operation, at, end, copy)) return "corrupt: its delta ends inside an instruction";
      if (copy.from > base.size() || copy.size > base.size() - copy.from)
        return "corrupt: its delta copies past the end of its base";
      if (copy.size > size - made) return "corrupt: its delta makes more than it claims";
      move_run(out + made, base.data() + copy.from, copy.size, base.size() - copy.from);
      if constexpr (kWithCopies) add(*copies, {copy.from, made, copy.size});
      made += copy.size;
    } else {
      const auto left = static_cast<std::size_t>(end - at);
      if (operation == 0) return "corrupt: its delta holds an unknown instruction";
      if (operation > left) return "corrupt: its delta ends inside an insertion";
      if (operation > size - made) return "corrupt: its delta makes more than it claims";
      move_run(out + made, reinterpret_cast<const char*>(at), operation, left);
      at += operation;
      made += operation;
    }
  }
  return made == size ? nullptr : "corrupt: its delta makes less than it claims";
}

const char* read_sizes(const Byte*& at, const Byte* end, DeltaSizes& sizes) {
  if (read_number(at, end, sizes.base) && read_number(at, end, sizes.result)) return nullptr;
  return "corrupt: its delta has no sizes";
}

const Byte* bytes(std::string_view text) { return reinterpret_cast<const Byte*>(text.data()); }

}  // namespace

Result<DeltaSizes> delta_sizes(std::string_view delta) {
  DeltaSizes sizes;
  const Byte* at = bytes(delta);
  if (const char* wrong = read_sizes(at, at + delta.size(), sizes)) return Error{wrong, {}};
  return sizes;
}

Status apply_delta(std::string_view base, std::string_view delta, Buffer& result, std::vector<Copy>* copies) {
  if (copies != nullptr) copies->clear();
  DeltaSizes sizes;
  const Byte* at = bytes(delta);
  const Byte* end = at + delta.size();
  if (const char* wrong = read_sizes(at, end, sizes)) return Error{wrong, {}};
  if (sizes.base != base.size()) return Error{"corrupt: its delta is of a base of another size", {}};
  // Said before any memory is taken: no delta of these few bytes makes as much.
  if (sizes.result / kMaxRun > static_cast<std::uint64_t>(end - at))
    return Error{"corrupt: its delta claims more than it can make", {}};
  char* out = result.reset(sizes.result);
  const char* wrong = copies != nullptr ? run<true>(base, at, end, out, sizes.result, copies)
                                        : run<false>(base, at, end, out, sizes.result, nullptr);
  if (wrong != nullptr) return Error{wrong, {}};
  return Done{};
}

}  // namespace staunch
