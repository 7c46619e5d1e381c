// Layout: magic, version, 256 counts, ids, CRCs, offsets of 31 bits or places in the table of 64-bit ones, that table,
// the checksum of the pack, the checksum of the index. All numbers are big-endian.
#include "frontends/git/pack_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <numeric>

#include "frontends/git/descriptor.h"

namespace staunch {
namespace {

constexpr std::string_view kMagic("\377tOc", 4);
constexpr std::size_t kHeader = 8, kFanOut = 256 * 4, kIds = kHeader + kFanOut;
constexpr std::uint64_t kMaxIndexBytes = std::uint64_t{1} << 36;
constexpr std::uint32_t kLarge = 0x80000000;
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

std::uint32_t number32(const char* at) {
  std::uint32_t number = 0;
  std::memcpy(&number, at, sizeof number);
  return std::endian::native == std::endian::little ? __builtin_bswap32(number) : number;
}

std::uint64_t number64(const char* at) { return std::uint64_t{number32(at)} << 32 | number32(at + 4); }

// Null, or what is wrong with the fan-out and the order of the ids.
const char* check_order(const char* fan, const char* ids, std::size_t id_bytes) {
  std::uint32_t before = 0;
  for (unsigned first = 0; first < 256; ++first) {
    const std::uint32_t until = number32(fan + 4 * first);
    if (until < before) return "its fan-out table goes back";
    const auto first_byte = [&](std::uint32_t object) {
      return static_cast<unsigned char>(ids[std::size_t{object} * id_bytes]);
    };
    if (until > before && (first_byte(before) != first || first_byte(until - 1) != first))
      return "its fan-out table does not fit its ids";
    before = until;
  }
  for (std::uint32_t i = 1; i < before; ++i) {
    const char* id = ids + std::size_t{i} * id_bytes;
    const std::uint64_t here = number64(id), last = number64(id - id_bytes);
    if (here > last) continue;
    // Two of the same are what git makes of a pack that holds an object twice.
    if (here < last || std::memcmp(id, id - id_bytes, id_bytes) < 0) return "its ids are not in order";
  }
  return nullptr;
}

// Sorts by the bits from `low` on; what they leave equal stays in its order.
void radix_sort(std::vector<std::uint64_t>& keys, unsigned low) {
  constexpr unsigned kDigit = 11;
  std::uint64_t all = 0;
  for (std::uint64_t key : keys) all |= key;
  std::vector<std::uint64_t> other(keys.size());
  for (unsigned shift = low; shift < 64 && all >> shift != 0; shift += kDigit) {
    std::array<std::size_t, (1U << kDigit) + 1> starts{};
    const auto digit = [shift](std::uint64_t key) { return (key >> shift) & ((1U << kDigit) - 1); };
    for (std::uint64_t key : keys) ++starts[digit(key) + 1];
    std::partial_sum(starts.begin(), starts.end(), starts.begin());
    for (std::uint64_t key : keys) other[starts[digit(key)]++] = key;
    keys.swap(other);
  }
}

}  // namespace

Result<PackIndex> PackIndex::read(const std::string& path, std::size_t id_bytes) {
  Result<std::string> bytes = read_whole(path, kMaxIndexBytes);
  if (!bytes) return bytes.error();
  return parse(*std::move(bytes), id_bytes, path);
}

Result<PackIndex> PackIndex::parse(std::string bytes, std::size_t id_bytes, const std::string& name) {
  const auto corrupt = [&](std::string_view why) { return Error{fmt::format("corrupt index: {}", why), name}; };
  if (bytes.size() < kIds + 2 * id_bytes) return corrupt("too short");
  if (!bytes.starts_with(kMagic))
    return Error{"an index of version 1, or none; `git index-pack` makes one of version 2", name};
  if (const std::uint32_t version = number32(bytes.data() + 4); version != 2)
    return Error{fmt::format("an index of version {}; only 2 is read", version), name};

  PackIndex index;
  index.id_bytes_ = id_bytes;
  index.count_ = number32(bytes.data() + kIds - 4);
  const std::uint64_t fixed = kIds + std::uint64_t{index.count_} * (id_bytes + 8) + 2 * id_bytes;
  if (bytes.size() < fixed) return corrupt("too short for its objects");
  const std::uint64_t large = bytes.size() - fixed;
  if (large % 8 != 0 || large / 8 > index.count_) return corrupt("of a size that does not fit its objects");
  index.large_ = static_cast<std::uint32_t>(large / 8);
  if (const char* why = check_order(bytes.data() + kHeader, bytes.data() + kIds, id_bytes)) return corrupt(why);
  index.bytes_ = std::move(bytes);
  index.make_fine();
  return index;
}

void PackIndex::make_fine() {
  const unsigned bits = std::clamp(static_cast<unsigned>(std::bit_width(count_)), 2u, 24u) - 1;
  fine_shift_ = 64 - bits;
  fine_.resize((std::size_t{1} << bits) + 1);
  std::size_t filled = 0;
  for (std::uint32_t i = 0; i < count_; ++i)
    for (const std::uint64_t place = number64(id(i).data()) >> fine_shift_; filled <= place; ++filled)
      fine_[filled] = i;
  for (; filled < fine_.size(); ++filled) fine_[filled] = count_;
}

std::string_view PackIndex::id(std::uint32_t object) const {
  return {bytes_.data() + kIds + object * id_bytes_, id_bytes_};
}

std::uint32_t PackIndex::crc(std::uint32_t object) const {
  return number32(bytes_.data() + kIds + count_ * id_bytes_ + std::size_t{object} * 4);
}

std::uint64_t PackIndex::offset(std::uint32_t object) const {
  const char* offsets = bytes_.data() + kIds + count_ * (id_bytes_ + 4);
  const std::uint32_t small = number32(offsets + std::size_t{object} * 4);
  if ((small & kLarge) == 0) return small;
  const std::size_t place = small & ~kLarge;
  return place < large_ ? number64(offsets + std::size_t{count_} * 4 + place * 8) : kNowhere;
}

std::string_view PackIndex::pack_checksum() const { return {bytes_.data() + bytes_.size() - 2 * id_bytes_, id_bytes_}; }

std::optional<std::uint32_t> PackIndex::find(std::string_view raw_id) const {
  if (count_ == 0 || raw_id.size() != id_bytes_) return std::nullopt;
  const std::uint64_t wanted = number64(raw_id.data());
  std::uint32_t begin = fine_[wanted >> fine_shift_], end = fine_[(wanted >> fine_shift_) + 1];
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    const std::string_view there = id(middle);
    const std::uint64_t start = number64(there.data());
    const int order = start != wanted ? (start < wanted ? -1 : 1) : there.compare(raw_id);
    if (order == 0) return middle;
    if (order < 0) begin = middle + 1;
    else end = middle;
  }
  return std::nullopt;
}

void PackIndex::prepare(std::string_view raw_id, int step) const {
  if (count_ == 0 || raw_id.size() != id_bytes_) return;
  const std::uint32_t* slot = &fine_[number64(raw_id.data()) >> fine_shift_];
  if (step == 0) __builtin_prefetch(slot);
  else __builtin_prefetch(bytes_.data() + kIds + *slot * id_bytes_);
}

PackPlaces PackIndex::places() const {
  PackPlaces places;
  places.bits = static_cast<unsigned>(std::bit_width(count_));
  const std::uint64_t last = std::numeric_limits<std::uint64_t>::max() >> places.bits;
  places.keys.resize(count_);
  for (std::uint32_t i = 0; i < count_; ++i) places.keys[i] = std::min(offset(i), last) << places.bits | i;
  radix_sort(places.keys, places.bits);
  return places;
}

std::vector<std::uint32_t> PackIndex::by_offset() const {
  const PackPlaces places = this->places();
  std::vector<std::uint32_t> objects(count_);
  for (std::uint32_t i = 0; i < count_; ++i) objects[i] = places.object(i);
  return objects;
}

std::optional<std::size_t> PackPlaces::find(std::uint64_t wanted) const {
  if (wanted > std::numeric_limits<std::uint64_t>::max() >> bits) return std::nullopt;
  const auto at = std::lower_bound(keys.begin(), keys.end(), wanted << bits);
  const auto place = static_cast<std::size_t>(at - keys.begin());
  if (at == keys.end() || offset(place) != wanted) return std::nullopt;
  return place;
}

std::uint64_t PackPlaces::end(std::size_t place, std::uint64_t data_end) const {
  const std::uint64_t begin = offset(place);
  for (++place; place < keys.size(); ++place)
    if (offset(place) != begin) return std::min(offset(place), data_end);
  return data_end;
}

}  // namespace staunch
