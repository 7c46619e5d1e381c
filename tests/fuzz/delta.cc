// Any bytes as a delta of any base: the same object, or the same refusal, as byte by byte; copies that hold what they
// say, in order, none that continues the one before it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/git/delta.h"
#include "tests/fuzz/target.h"

namespace {

using namespace staunch;

constexpr std::uint64_t kMaxResult = 1 << 20;

class Slow {
 public:
  explicit Slow(std::string_view delta) : delta_(delta) {}

  // False where the delta is damaged.
  bool apply(std::string_view base, std::string& result) {
    std::uint64_t base_size = 0, result_size = 0;
    if (!number(base_size) || !number(result_size) || base_size != base.size()) return false;
    while (at_ < delta_.size() && result.size() <= result_size) {
      unsigned operation = 0;
      byte(operation);
      if (!(operation & 0x80 ? copy(operation, base, result) : insert(operation, result))) return false;
    }
    return result.size() == result_size;
  }

 private:
  bool byte(unsigned& value) {
    if (at_ >= delta_.size()) return false;
    value = static_cast<unsigned char>(delta_[at_++]);
    return true;
  }
  bool number(std::uint64_t& value) {
    value = 0;
    unsigned next = 0x80;
    for (unsigned shift = 0; next & 0x80; shift += 7) {
      if (!byte(next)) return false;
      for (unsigned bit = 0; bit < 7; ++bit) {
        if ((next >> bit & 1) == 0) continue;
        if (shift + bit > 63) return false;
        value |= std::uint64_t{1} << (shift + bit);
      }
      if (shift > 63) return false;
    }
    return true;
  }
  bool copy(unsigned operation, std::string_view base, std::string& result) {
    std::uint64_t parts[2] = {};
    for (unsigned i = 0; i < 7; ++i) {
      unsigned value = 0;
      if ((operation >> i & 1) == 0) continue;
      if (!byte(value)) return false;
      parts[i / 4] |= std::uint64_t{value} << (8 * (i % 4));
    }
    if (parts[1] == 0) parts[1] = 0x10000;
    for (std::uint64_t i = 0; i < parts[1]; ++i) {
      if (parts[0] + i >= base.size()) return false;
      result += base[parts[0] + i];
    }
    return true;
  }
  bool insert(unsigned count, std::string& result) {
    if (count == 0) return false;
    for (unsigned value = 0; count-- > 0; result += static_cast<char>(value))
      if (!byte(value)) return false;
    return true;
  }

  std::string_view delta_;
  std::size_t at_ = 0;
};

void check_copies(const std::vector<Copy>& copies, std::string_view base, std::string_view result) {
  std::uint64_t from = 0, to = 0;
  for (const Copy& copy : copies) {
    demand(copy.size > 0 && copy.to >= to && copy.to + copy.size <= result.size() && copy.from < base.size());
    demand(&copy == copies.data() || copy.to != to || copy.from != from);
    demand(base.substr(copy.from, copy.size) == result.substr(copy.to, copy.size));
    from = copy.from + copy.size;
    to = copy.to + copy.size;
  }
}

}  // namespace

// The first two bytes say how much of the rest is the base.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  // Copies, so that a step outside either is seen.
  const std::string base(text.substr(0, (data[0] | std::size_t{data[1]} << 8) % (text.size() + 1)));
  const std::string delta(text.substr(base.size()));

  const auto sizes = delta_sizes(delta);
  if (sizes && sizes->result > kMaxResult) return 0;
  std::string expected;
  const bool valid = Slow(delta).apply(base, expected);
  Buffer with, without;
  std::vector<Copy> copies;
  demand(apply_delta(base, delta, with, &copies).ok() == valid);
  demand(apply_delta(base, delta, without, nullptr).ok() == valid);
  if (!valid) return 0;
  demand(with.view() == expected && without.view() == expected);
  check_copies(copies, base, expected);
  return 0;
}
